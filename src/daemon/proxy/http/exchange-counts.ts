import { countedResponse } from '../../../core/proxy/http/accounting.ts';
import type { LiveServer } from '../../../core/proxy/live.ts';
import type { SessionEnd } from '../../../core/proxy/session-end.ts';
import type { ResponseHead } from '../../../wire/http1/head.ts';
import { countedRequest } from './counting.ts';
import type { ExchangeOptions } from './exchange-options.ts';

/** What one exchange adds to the counters of the server and both sides. */
export class ExchangeCounts {
  readonly #o: ExchangeOptions;
  #isSent = false;

  constructor(options: ExchangeOptions) {
    this.#o = options;
  }

  /** Once, however often it is sent. */
  request({ counters }: LiveServer): void {
    if (this.#isSent) return;
    this.#isSent = true;
    counters.bytesIn += countedRequest(this.#o.request);
  }

  /** As it came, before rules change it. */
  response(server: LiveServer | undefined, head: ResponseHead): void {
    if (server === undefined) return;
    server.counters.requests += 1;
    const { responses } = server.counters;
    if (head.status < 200 && head.status !== 101) responses[1] = (responses[1] ?? 0) + 1;
    this.#o.onBytes('server', countedResponse(head, head.headers), server);
  }

  bad(server: LiveServer | undefined): void {
    for (const counters of [server?.counters, this.#o.back.back?.counters])
      if (counters !== undefined) counters.responseErrors += 1;
  }

  /** Who broke off a response that had begun. */
  abort(server: LiveServer | undefined, { cause, phase }: SessionEnd): void {
    if (phase !== 'D') return;
    const what = cause.toLowerCase() === 'c' ? 'clientAborts' : 'serverAborts';
    const { front, back } = this.#o;
    for (const counters of [front.front?.counters, back.back?.counters, server?.counters])
      if (counters !== undefined) counters[what] += 1;
    if (cause === 'S') this.bad(server);
  }
}

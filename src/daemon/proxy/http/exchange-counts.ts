import type { AnswerSeen } from '../../../core/proxy/health/types.ts';
import type { LiveServer } from '../../../core/proxy/live.ts';
import type { SessionEnd } from '../../../core/proxy/session-end.ts';
import type { ResponseHead } from '../../../wire/http1/head.ts';
import { countResponse } from './counting.ts';
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
    counters.bytesIn += this.#o.requestBytes;
  }

  /** As it came, before rules change it; `bytes`: that its head counts. */
  response(server: LiveServer | undefined, head: ResponseHead, bytes: number): void {
    if (server === undefined) return;
    server.counters.requests += 1;
    countResponse(head.status, [server.counters]);
    this.#o.hands.onBytes('server', bytes, server);
  }

  /** Of a response that goes no further. */
  body(server: LiveServer | undefined, bytes: number): void {
    if (server !== undefined) this.#o.hands.onBytes('server', bytes, server);
  }

  /** By a rule. */
  denied(server: LiveServer | undefined): void {
    const { front, back } = this.#o;
    for (const counters of [front.front?.counters, back.back?.counters, server?.counters])
      if (counters !== undefined) counters.deniedResponses += 1;
  }

  /** What an answer, or that there was none, says of the server's health. */
  observe(server: LiveServer | undefined, result: AnswerSeen): void {
    if (server !== undefined) this.#o.traffic.observe(server, { layer: 7, result });
  }

  bad(server: LiveServer | undefined): void {
    for (const counters of [server?.counters, this.#o.back.back?.counters])
      if (counters !== undefined) counters.responseErrors += 1;
  }

  /** Who broke off a response that had begun; `invalid`: nobody, but it was none. */
  abort(server: LiveServer | undefined, { cause, phase }: SessionEnd, how?: 'invalid'): void {
    if (phase !== 'D') return;
    if (how === 'invalid') {
      this.bad(server);
      return;
    }
    const what = cause.toLowerCase() === 'c' ? 'clientAborts' : 'serverAborts';
    const { front, back } = this.#o;
    for (const counters of [front.front?.counters, back.back?.counters, server?.counters])
      if (counters !== undefined) counters[what] += 1;
    if (cause === 'S') this.bad(server);
  }
}

/** 501 and 505 are what clients have asked for. */
export function isFailure({ status }: ResponseHead): boolean {
  return status >= 500 && status !== 501 && status !== 505;
}

/** What the proxy itself says to a client: sent, and counted. */
import type { SideCounters } from '../../../core/proxy/counters.ts';
import { failurePage, type LocalAnswer } from '../../../core/proxy/http/answers.ts';
import {
  allowedKeeping,
  clientKeeping,
  type Keeping,
} from '../../../core/proxy/http/forwarding.ts';
import type { LiveProxy } from '../../../core/proxy/live.ts';
import type { SessionEnd } from '../../../core/proxy/session-end.ts';
import type { Stream } from '../../../ports/streams.ts';
import type { RequestHead } from '../../../wire/http1/head.ts';
import type { Traffic } from '../traffic.ts';
import { AnswerWriter } from './answer-writer.ts';
import { countResponse } from './counting.ts';
import { errorPage } from './error-page.ts';
import type { BodyState } from './exchange-options.ts';
import type { HttpRequestRecord } from './http-services.ts';

export interface Saying {
  readonly answer: LocalAnswer;
  /** `untold`: nothing is logged. */
  readonly end: SessionEnd | 'untold';
  /** Another request can follow only one that was read to its end. */
  readonly body: BodyState;
  /** Who counts its bytes besides the frontend. */
  readonly sides?: readonly (SideCounters | undefined)[];
}

export class Answering {
  readonly #front: LiveProxy;
  readonly #traffic: Traffic;
  readonly #writer: AnswerWriter;

  constructor(front: LiveProxy, client: Stream, traffic: Traffic) {
    this.#front = front;
    this.#traffic = traffic;
    this.#writer = new AnswerWriter(client, traffic.streams);
  }

  get isBusy(): boolean {
    return this.#writer.isBusy;
  }

  /** It is sent by `settle`; `onSent` is called once, when all of it went. */
  say(
    { answer, end, body, sides = [] }: Saying,
    record: HttpRequestRecord | undefined,
    onSent: (keeping: Keeping) => void,
  ): void {
    const { front } = this.#front;
    const keeping = this.#keepingAfter(answer, record?.head, body);
    const bytes = this.#writer.write(answer, record?.head, keeping, () => onSent(keeping));
    if (record !== undefined) {
      record.status = answer.status;
      record.bytesOut += bytes;
    }
    const back = (record?.back ?? this.#front).back;
    // One that was answered before it came to a backend is counted at the frontend's own.
    if (record !== undefined && record.back === undefined && back !== undefined)
      back.counters.bytesIn += record.bytesIn;
    for (const counters of [...sides, front?.counters, back?.counters])
      if (counters !== undefined) counters.bytesOut += bytes;
    if (front !== undefined) {
      if (end === 'untold' || end.cause === 'L') front.counters.intercepted += 1;
    }
    countResponse(answer.status, [front?.counters, record?.back?.back?.counters]);
  }

  settle(): void {
    this.#writer.settle();
  }

  continue(): void {
    this.#writer.continue();
  }

  drop(): void {
    this.#writer.drop();
  }

  #keepingAfter({ after }: LocalAnswer, head: RequestHead | undefined, body: BodyState): Keeping {
    if (head === undefined || after === 'close' || this.#traffic.isLeaving) return 'close';
    if (body !== 'read') return 'close';
    const allowed = allowedKeeping(this.#front.config, undefined).client;
    return allowed === 'close' ? 'close' : clientKeeping(head);
  }
}

/** The page of the configuration, where it has one. */
export function pageOf(front: LiveProxy, owner: LiveProxy, answer: LocalAnswer): LocalAnswer {
  const { status } = answer;
  const text = owner.config.errorFiles.get(status) ?? front.config.errorFiles.get(status);
  return text === undefined ? answer : errorPage(text, status);
}

/** Of a request that could not be read: the page of the configuration counts where it is no page. */
export function unreadPageOf(front: LiveProxy, status: number): LocalAnswer {
  const page = failurePage(status, 'unread');
  return front.config.errorFiles.get(status) === '' ? { ...page, raw: '' } : page;
}

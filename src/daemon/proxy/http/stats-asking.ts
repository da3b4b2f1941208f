/** A client that asks for the statistics, and the form that it may send. */
import type { LocalAnswer } from '../../../core/proxy/http/answers.ts';
import type { DraftRequest } from '../../../core/proxy/http/rules.ts';
import type { LiveProxy } from '../../../core/proxy/live.ts';
import type { SampleFacts } from '../../../core/proxy/samples/facts.ts';
import type { Inbox } from '../../../proxy/http/inbox.ts';
import { latin1, type RequestHead } from '../../../wire/http1/head.ts';
import type { HttpServices } from './http-services.ts';
import type { UnderstoodRequest } from './understanding.ts';

const FORM_BYTES_MAX = 16_000;

interface AwaitedForm {
  readonly proxy: LiveProxy;
  readonly head: RequestHead;
  readonly draft: DraftRequest;
  readonly bytes: number;
}

type FactsOf = (head: RequestHead, draft: DraftRequest, proxy: LiveProxy) => SampleFacts;

export class StatsAsking {
  readonly #services: HttpServices;
  readonly #factsOf: FactsOf;
  #form: AwaitedForm | undefined;

  constructor(services: HttpServices, factsOf: FactsOf) {
    this.#services = services;
    this.#factsOf = factsOf;
  }

  /** Whether the body of a form is on its way. */
  get isAwaiting(): boolean {
    return this.#form !== undefined;
  }

  /** Undefined: the request is not for the statistics. */
  ask(
    proxy: LiveProxy,
    { head, framing }: UnderstoodRequest,
    draft: DraftRequest,
  ): LocalAnswer | 'awaited' | undefined {
    const { stats } = proxy.config;
    if (stats === undefined || !draft.target.startsWith(stats.uri)) return undefined;
    const bytes = head.method === 'POST' && framing.kind === 'length' ? framing.bytes : undefined;
    if (bytes === undefined || bytes > FORM_BYTES_MAX)
      return this.#services.stats(proxy, this.#factsOf(head, draft, proxy), undefined);
    this.#form = { proxy, head, draft, bytes };
    return 'awaited';
  }

  /** What answers the form; 'awaited' while some of it has not come. */
  takeForm(inbox: Inbox): LocalAnswer | 'awaited' | undefined {
    const form = this.#form;
    if (form === undefined) return undefined;
    const { proxy, head, draft, bytes } = form;
    if (inbox.length < bytes) return 'awaited';
    this.#form = undefined;
    const body = latin1(inbox.bytes, 0, bytes);
    inbox.consume(bytes);
    return this.#services.stats(proxy, this.#factsOf(head, draft, proxy), body);
  }
}

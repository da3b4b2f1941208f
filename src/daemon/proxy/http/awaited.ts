/** What a session of HTTP may wait for besides the next head and a server. */
import type { Micros } from '../../../base/time.ts';
import type { DraftRequest } from '../../../core/proxy/http/rules.ts';
import type { LiveProxy } from '../../../core/proxy/live.ts';
import type { RequestHead } from '../../../wire/http1/head.ts';

/** The time of a tarpit, after which the answer comes. */
export interface Tarpitted {
  readonly proxy: LiveProxy;
  readonly status: number;
  readonly until: Micros;
}

/** The body of a form for the statistics. */
export interface AwaitedForm {
  readonly proxy: LiveProxy;
  readonly head: RequestHead;
  readonly draft: DraftRequest;
  readonly bytes: number;
}

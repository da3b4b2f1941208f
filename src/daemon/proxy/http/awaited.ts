/** What a session of HTTP may wait for besides the next head and a server. */
import { addMicros, type Micros } from '../../../base/time.ts';
import type { DraftRequest } from '../../../core/proxy/http/rules.ts';
import type { LiveProxy } from '../../../core/proxy/live.ts';
import type { RequestHead } from '../../../wire/http1/head.ts';
import { framingOf } from './understanding.ts';

const FORM_BYTES_MAX = 16_000;

/** The time of a tarpit, after which the answer comes. */
export interface Tarpitted {
  readonly owner: LiveProxy;
  readonly status: number;
  readonly until: Micros;
}

export function tarpittedBy(
  { owner, status }: Pick<Tarpitted, 'owner' | 'status'>,
  front: LiveProxy,
  now: Micros,
): Tarpitted {
  const { tarpit, connect } = { ...front.config.timeouts, ...owner.config.timeouts };
  return { owner, status, until: addMicros(now, tarpit ?? connect ?? 0) };
}

/** The body of a form for the statistics. */
export interface AwaitedForm {
  readonly proxy: LiveProxy;
  readonly head: RequestHead;
  readonly draft: DraftRequest;
  readonly bytes: number;
}

/** Undefined: the request carries none that is read. */
export function awaitedForm(
  proxy: LiveProxy,
  head: RequestHead,
  draft: DraftRequest,
): AwaitedForm | undefined {
  const framing = framingOf(head);
  if (head.method !== 'POST' || framing?.kind !== 'length') return undefined;
  return framing.bytes > FORM_BYTES_MAX ? undefined : { proxy, head, draft, bytes: framing.bytes };
}

import type { ProxyGlobal } from '../../../config/model/proxy.ts';
import { fitsBuffer } from '../../../core/proxy/http/accounting.ts';
import { withOneHost } from '../../../core/proxy/http/authority.ts';
import { isBadUpgrade, type Keeping } from '../../../core/proxy/http/forwarding.ts';
import { withOneLength } from '../../../core/proxy/http/one-length.ts';
import type { LiveProxy } from '../../../core/proxy/live.ts';
import type { Inbox } from '../../../proxy/http/inbox.ts';
import { createBodyReader } from '../../../wire/http1/body.ts';
import { type Framing, requestFraming } from '../../../wire/http1/framing.ts';
import type { RequestHead } from '../../../wire/http1/head.ts';
import { countedRequest, countSkipped } from './counting.ts';
import type { BodyState } from './exchange-options.ts';

/** A request that can be read in one way only. */
export interface UnderstoodRequest {
  readonly head: RequestHead;
  readonly framing: Framing;
  /** Bytes that the head counts. */
  readonly counted: number;
  /** What may become of both connections: the framing may be trusted for this message only. */
  readonly keeping: Keeping;
}

/** As far as its body has come, which is `bytes`; or the status that refuses it. */
export function understand(
  head: RequestHead,
  bytes: Uint8Array,
  buffers: Pick<ProxyGlobal, 'bufferSize' | 'rewriteReserve'>,
): UnderstoodRequest | 400 | 422 {
  const framing = requestFraming(head);
  if (framing === 'unprocessable') return 422;
  if (framing === 'malformed' || isBadUpgrade(head)) return 400;
  const settled = withOneHost(head);
  if (settled === undefined || !isReadable(framing, bytes)) return 400;
  const headers = withOneLength(settled.headers);
  const whole = headers === settled.headers ? settled : { ...settled, headers };
  const counted = countedRequest(whole);
  if (!fitsBuffer(counted, headers, buffers)) return 400;
  // A length beside chunks, or chunks of a client that cannot know them: others found another end.
  const isDoubtful = framing.kind === 'chunked' && (head.version === '1.0' || hasLength(head));
  const keeping = isDoubtful ? 'close' : 'keep';
  return { head: whole, framing, counted, keeping };
}

/** Whether the part of a body that has come is one. */
export function isReadable(framing: Framing, bytes: Uint8Array): boolean {
  if (framing.kind !== 'chunked') return true;
  return createBodyReader(framing).read(bytes.slice(), 0, bytes.length) >= 0;
}

function hasLength({ headers }: RequestHead): boolean {
  return headers.some(([name]) => name === 'content-length');
}

/** Takes the body out of what has come; `untouched`: some of it is still to come. */
export function skipBody(
  { framing, keeping }: UnderstoodRequest,
  inbox: Inbox,
  front: LiveProxy,
  record: Parameters<typeof countSkipped>[1],
): BodyState {
  const body = createBodyReader(framing);
  const end = body.read(inbox.bytes, 0, inbox.length);
  if (body.counted > 0) countSkipped(front, record, body.counted);
  if (end < 0 || !body.isComplete || keeping === 'close') return 'untouched';
  if (end > 0) inbox.consume(end);
  return 'read';
}

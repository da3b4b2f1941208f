/** What becomes of the head of a response: it goes on, or something is wrong with it. */
import { countedResponse, fitsBuffer } from '../../../core/proxy/http/accounting.ts';
import {
  isUnacceptedWebsocket,
  isUpgrade,
  withoutKeeping,
} from '../../../core/proxy/http/forwarding.ts';
import { framedHeaders } from '../../../core/proxy/http/framed.ts';
import { withOneLength } from '../../../core/proxy/http/one-length.ts';
import type { LiveServer } from '../../../core/proxy/live.ts';
import type { RequestFacts } from '../../../core/proxy/samples/facts.ts';
import type { Inbox } from '../../../proxy/http/inbox.ts';
import { createBodyReader } from '../../../wire/http1/body.ts';
import { type Framing, responseFraming } from '../../../wire/http1/framing.ts';
import type { Header, ResponseHead } from '../../../wire/http1/head.ts';
import type { ExchangeCounts } from './exchange-counts.ts';
import type { ExchangeOptions } from './exchange-options.ts';
import { ruledResponse } from './response-rules.ts';
import { isReadable } from './understanding.ts';

export type ResponseVerdict =
  /** `head`: as the rules leave it. */
  | { readonly kind: 'passed'; readonly head: ResponseHead; readonly framing: Framing }
  /** It is no response, and does not count as one. */
  | { readonly kind: 'unreadable' }
  /** It counts, but nobody asked for another protocol. */
  | { readonly kind: 'misplaced' }
  | { readonly kind: 'denied' };

/** `inbox`: what has come behind the head. What the response adds to the counters is added. */
export function judgeResponse(
  options: ExchangeOptions,
  received: ResponseHead,
  request: RequestFacts,
  inbox: Inbox,
  server: LiveServer | undefined,
  counts: ExchangeCounts,
): ResponseVerdict {
  const framing = responseFraming(received, request.method);
  if (framing === 'malformed') return { kind: 'unreadable' };
  if (framing.kind === 'chunked' && !isReadable(framing, inbox.bytes))
    return { kind: 'unreadable' };
  const isTunnel = received.status === 101;
  if (isTunnel && isUnacceptedWebsocket(request.headers, received.headers))
    return { kind: 'unreadable' };
  const headers = withOneLength(received.headers);
  const head = withHeaders(received, headers);
  const counted = countedResponse(head, headers);
  const { global } = options.traffic.live.config;
  if (!fitsBuffer(counted, headers, global)) return { kind: 'unreadable' };
  counts.response(server, head, counted);
  if (isTunnel && !(isUpgrade(request.headers) && isUpgrade(headers))) {
    counts.body(server, inbox.length);
    return { kind: 'misplaced' };
  }
  const draft = withHeaders(head, withoutKeeping(headers));
  const ruled = ruledResponse(options, draft, request, server);
  if (ruled !== 'denied') return { kind: 'passed', head: framed(ruled, framing), framing };
  const reader = createBodyReader(framing);
  reader.read(inbox.bytes, 0, inbox.length);
  counts.body(server, reader.counted);
  counts.denied(server);
  return { kind: 'denied' };
}

/** What rules have made of the framing is undone; what has no body may tell of one (HEAD, 304). */
function framed(head: ResponseHead, framing: Framing): ResponseHead {
  if (framing.kind === 'none' || framing.kind === 'tunnel') return head;
  return withHeaders(head, framedHeaders(head.headers, framing));
}

/** The same where they are the same; otherwise made as the decoder makes it, so that there is one shape. */
function withHeaders(head: ResponseHead, headers: readonly Header[]): ResponseHead {
  if (headers === head.headers) return head;
  const { status, code, reason, version, length } = head;
  return { status, code, reason, version, headers, length };
}

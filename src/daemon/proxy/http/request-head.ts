import { withHost } from '../../../core/proxy/http/authority.ts';
import {
  allowedKeeping,
  type Keeping,
  requestHeaders,
  saysClose,
} from '../../../core/proxy/http/forwarding.ts';
import { framedHeaders } from '../../../core/proxy/http/framed.ts';
import type { RequestFacts } from '../../../core/proxy/samples/facts.ts';
import type { Framing } from '../../../wire/http1/framing.ts';
import { headText } from '../../../wire/http1/head.ts';
import type { ExchangeOptions } from './exchange-options.ts';

/** The head as a server is sent it, and what may become of the server's connection. */
export function requestHeadOf(
  { front, back, draft, request, source, isDoubtful }: ExchangeOptions,
  facts: RequestFacts,
  framing: Framing,
): { readonly text: string; readonly keeping: Keeping } {
  const allowed = allowedKeeping(front.config, back.config).server;
  const told = isDoubtful && request.version === '1.0' ? 'close' : allowed;
  const forwardFor = back.config.forwardFor ?? front.config.forwardFor;
  const headers = framedHeaders(requestHeaders(facts, forwardFor, source, told), framing);
  const line = `${draft.method} ${withHost(draft)} HTTP/${request.version}`;
  const isClosing = isDoubtful || saysClose(headers);
  return { text: headText(line, headers), keeping: isClosing ? 'close' : allowed };
}

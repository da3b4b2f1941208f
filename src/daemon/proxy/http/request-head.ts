import {
  allowedKeeping,
  type Keeping,
  requestHeaders,
} from '../../../core/proxy/http/forwarding.ts';
import type { RequestFacts } from '../../../core/proxy/samples/facts.ts';
import { headText } from '../../../wire/http1/head.ts';
import type { ExchangeOptions } from './exchange-options.ts';

/** The head as a server is sent it, and what may become of the server's connection. */
export function requestHeadOf(
  { front, back, draft, request, source, isDoubtful }: ExchangeOptions,
  facts: RequestFacts,
): { readonly text: string; readonly keeping: Keeping } {
  const allowed = allowedKeeping(front.config, back.config).server;
  const told = isDoubtful && request.version === '1.0' ? 'close' : allowed;
  const forwardFor = back.config.forwardFor ?? front.config.forwardFor;
  const headers = requestHeaders(facts, forwardFor, source, told);
  const line = `${draft.method} ${draft.target} HTTP/${request.version}`;
  return { text: headText(line, headers), keeping: isDoubtful ? 'close' : allowed };
}

import { applyResponseRules } from '../../../core/proxy/http/rules.ts';
import type { LiveServer } from '../../../core/proxy/live.ts';
import type { RequestFacts, ResponseFacts } from '../../../core/proxy/samples/facts.ts';
import type { ResponseHead } from '../../../wire/http1/head.ts';
import type { ExchangeOptions } from './exchange-options.ts';

/** The response as the rules of the backend, and then of the frontend, leave it. */
export function ruledResponse(
  { front, back, factsOf }: ExchangeOptions,
  head: ResponseHead,
  request: RequestFacts,
  server: LiveServer | undefined,
): ResponseHead | 'denied' {
  const proxies = back === front ? [back] : [back, front];
  if (proxies.every(({ config }) => config.httpResponseRules.length === 0)) return head;
  const changed = { status: head.status, reason: head.reason, headers: [...head.headers] };
  for (const { config } of proxies) {
    const verdict = applyResponseRules(config.httpResponseRules, changed, (draft) => {
      const response: ResponseFacts = { ...draft, version: head.version };
      return factsOf({ request, response, ...(server !== undefined && { server }) });
    });
    if (verdict === 'deny') return 'denied';
  }
  const code = changed.status === head.status ? head.code : String(changed.status);
  return { ...head, ...changed, code };
}

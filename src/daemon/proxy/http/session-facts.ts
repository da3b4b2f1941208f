import type { DraftRequest } from '../../../core/proxy/http/rules.ts';
import type { LiveProxy } from '../../../core/proxy/live.ts';
import type { SampleFacts } from '../../../core/proxy/samples/facts.ts';
import type { RequestHead } from '../../../wire/http1/head.ts';
import type { HttpServices } from './http-services.ts';
import type { HttpSession } from './http-session.ts';

/** What rules know of a request: as it came, with what earlier rules have changed. */
export function sessionFacts(
  { front, source, destination, client }: HttpSession,
  services: HttpServices,
  request: RequestHead,
  draft: DraftRequest & { readonly isFirst: boolean },
  back: LiveProxy | undefined,
): SampleFacts {
  return services.facts({
    front,
    ...(source !== undefined && { source }),
    ...(destination !== undefined && { destination }),
    ...(back !== undefined && { back }),
    ...(client.tls !== undefined && { tls: client.tls }),
    request: { ...request, ...draft },
  });
}

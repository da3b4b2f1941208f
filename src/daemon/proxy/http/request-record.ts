import type { Micros } from '../../../base/time.ts';
import type { RequestHead } from '../../../wire/http1/head.ts';
import type { HttpRequestRecord } from './http-services.ts';
import type { HttpSession } from './http-session.ts';

/**
 * Of a request, or of what became none. All that will be known stands in it from the beginning: objects that
 * grow are made anew with each property.
 */
export function newRecord(
  session: HttpSession,
  startedAt: Micros,
  received?: { readonly head: RequestHead; readonly at: Micros; readonly bytes: number },
): HttpRequestRecord {
  return {
    session,
    head: received?.head,
    startedAt,
    headAt: received?.at,
    back: undefined,
    server: undefined,
    exchange: undefined,
    response: undefined,
    status: undefined,
    isOfStats: false,
    isTarpitted: false,
    bytesIn: received?.bytes ?? 0,
    bytesOut: 0,
  };
}

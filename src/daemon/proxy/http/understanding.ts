import { hasOneHost, isBadUpgrade } from '../../../core/proxy/http/forwarding.ts';
import { createBodyReader, type Framing, requestFraming } from '../../../wire/http1/framing.ts';
import type { RequestHead } from '../../../wire/http1/head.ts';

/** Undefined: the request cannot be understood in one way only. */
export function framingOf(request: RequestHead): Framing | undefined {
  const framing = requestFraming(request);
  return framing === 'malformed' ? undefined : framing;
}

/** In one way only, as far as its body has come. */
export function isUnderstood(head: RequestHead, bytes: Uint8Array): boolean {
  const framing = framingOf(head);
  if (framing === undefined || !hasOneHost(head) || isBadUpgrade(head)) return false;
  return framing.kind !== 'chunked' || createBodyReader(framing).read(bytes, 0, bytes.length) >= 0;
}

/** A length beside chunks: what follows is not to be trusted. */
export function hasBothLengths({ headers }: RequestHead): boolean {
  const has = (wanted: string): boolean => headers.some(([name]) => name === wanted);
  return has('content-length') && has('transfer-encoding');
}

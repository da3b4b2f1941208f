/** Where the body of a message ends (RFC 9112, 6): the place where smuggled requests come in. */
import { type Header, type RequestHead, type ResponseHead, trimBlanks } from './head.ts';

export type Framing =
  | { readonly kind: 'none' }
  | { readonly kind: 'length'; readonly bytes: number }
  | { readonly kind: 'chunked' }
  /** Of responses only. */
  | { readonly kind: 'until-close' }
  /** What follows is another protocol. */
  | { readonly kind: 'tunnel' };

/** Values of a header, one for each element of its comma-separated lists. */
export function elementsOf(headers: readonly Header[], name: string): readonly string[] {
  const elements: string[] = [];
  for (const header of headers)
    if (header[0] === name)
      for (const part of header[1].split(',')) elements.push(trimBlanks(part));
  return elements;
}

export function hasElement(headers: readonly Header[], name: string, word: string): boolean {
  return elementsOf(headers, name).some((element) => element.toLowerCase() === word);
}

/** `unprocessable`: a coding below the chunks that nobody here knows. */
export function requestFraming({
  headers,
}: Pick<RequestHead, 'headers'>): Framing | 'malformed' | 'unprocessable' {
  return declaredFraming(headers) ?? NO_BODY;
}

const NO_BODY: Framing = { kind: 'none' };

export function responseFraming(
  { headers, status }: Pick<ResponseHead, 'headers' | 'status'>,
  method: string,
): Framing | 'malformed' {
  if (status === 101) return { kind: 'tunnel' };
  if (method === 'CONNECT' && status >= 200 && status < 300) return { kind: 'tunnel' };
  const isBare = method === 'HEAD' || status === 204 || status === 304;
  if (isBare || (status >= 100 && status < 200)) return NO_BODY;
  const declared = declaredFraming(headers);
  if (declared === 'unprocessable') return 'malformed';
  if (status >= 100) return declared ?? { kind: 'until-close' };
  // Some readers take a status below 100 for one without a body, others do not.
  const isEmpty = typeof declared === 'object' && declared.kind === 'length' && !declared.bytes;
  return isEmpty ? NO_BODY : 'malformed';
}

function declaredFraming(
  headers: readonly Header[],
): Framing | 'malformed' | 'unprocessable' | undefined {
  if (headers.some((header) => header[0] === 'transfer-encoding')) {
    const codings = elementsOf(headers, 'transfer-encoding').filter((coding) => coding !== '');
    // Chunked, once, last: with anything else the end of the body is a matter of opinion.
    const at = codings.findIndex((coding) => coding.toLowerCase() === 'chunked');
    if (at < 0 || at < codings.length - 1) return 'malformed';
    return codings.length === 1 ? { kind: 'chunked' } : 'unprocessable';
  }
  const lengths = elementsOf(headers, 'content-length');
  const [first] = lengths;
  if (first === undefined) return undefined;
  if (!/^\d{1,15}$/.test(first) || lengths.some((length) => length !== first)) return 'malformed';
  return { kind: 'length', bytes: Number(first) };
}

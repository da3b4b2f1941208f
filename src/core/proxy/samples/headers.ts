import type { Header } from '../../../wire/http1/head.ts';

export interface HeaderQuery {
  /** In lower case. */
  readonly name: string;
  /** From 1; -1: the last. */
  readonly occurrence: number;
  /** Whether commas part values. */
  readonly split: 'commas' | 'whole';
}

export function headerValue(
  headers: readonly Header[],
  { name, occurrence, split }: HeaderQuery,
): string | undefined {
  const values = valuesOf(headers, name, split);
  return values.at(occurrence > 0 ? occurrence - 1 : occurrence);
}

export function headerCount(
  headers: readonly Header[],
  name: string,
  split: HeaderQuery['split'],
): number {
  return valuesOf(headers, name, split).length;
}

function valuesOf(
  headers: readonly Header[],
  wanted: string,
  split: HeaderQuery['split'],
): readonly string[] {
  const values = headers.filter(([name]) => name === wanted).map(([, value]) => value);
  if (split === 'whole') return values;
  return values.flatMap((value) => value.split(',').map((part) => part.trim()));
}

/** Of a Cookie or Set-Cookie header; without a name the first there is. */
export function cookieValue(
  headers: readonly Header[],
  header: 'cookie' | 'set-cookie',
  wanted: string | undefined,
): string | undefined {
  for (const [name, value] of headers) {
    if (name !== header) continue;
    const pairs = header === 'cookie' ? value.split(';') : value.split(';').slice(0, 1);
    for (const pair of pairs) {
      const at = pair.indexOf('=');
      if (at < 0) continue;
      if (wanted === undefined || pair.slice(0, at).trim() === wanted)
        return pair.slice(at + 1).trim();
    }
  }
  return undefined;
}

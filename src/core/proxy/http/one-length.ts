import type { Header } from '../../../wire/http1/head.ts';

/**
 * Headers with one length, once: equal lengths are one, and beside chunks there is none, since who
 * believed it would find another end.
 */
export function withOneLength(headers: readonly Header[]): readonly Header[] {
  let lengths = 0;
  let isChunked = false;
  let isList = false;
  for (const header of headers) {
    if (header[0] === 'transfer-encoding') isChunked = true;
    if (header[0] !== 'content-length') continue;
    lengths += 1;
    isList ||= header[1].includes(',');
  }
  if (lengths === 0 || (lengths === 1 && !isChunked && !isList)) return headers;
  const first = headers.find(([name]) => name === 'content-length')?.[1].split(',')[0] ?? '';
  const others = headers.filter(([name]) => name !== 'content-length');
  return isChunked ? others : insertAt(headers, others, ['content-length', first.trim()]);
}

/** Where the first of those stood that are left out. */
function insertAt(
  all: readonly Header[],
  others: readonly Header[],
  header: Header,
): readonly Header[] {
  const at = all.findIndex(([name]) => name === header[0]);
  return [...others.slice(0, at), header, ...others.slice(at)];
}

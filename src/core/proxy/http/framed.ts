import type { Framing } from '../../../wire/http1/framing.ts';
import type { Header } from '../../../wire/http1/head.ts';

/**
 * Headers that tell where the body ends as it does, whatever rules have made of them: who believed
 * otherwise would take a part of it for another message.
 */
export function framedHeaders(headers: readonly Header[], framing: Framing): readonly Header[] {
  const wanted = headerOf(framing);
  let count = 0;
  let isRight = true;
  for (const [name, value] of headers) {
    if (name !== 'content-length' && name !== 'transfer-encoding') continue;
    count += 1;
    isRight &&= wanted !== undefined && name === wanted[0] && tells(framing, value);
  }
  if (isRight && count === (wanted === undefined ? 0 : 1)) return headers;
  const others = headers.filter(
    ([name]) => name !== 'content-length' && name !== 'transfer-encoding',
  );
  return wanted === undefined ? others : [...others, wanted];
}

function headerOf(framing: Framing): Header | undefined {
  if (framing.kind === 'length') return ['content-length', String(framing.bytes)];
  return framing.kind === 'chunked' ? ['transfer-encoding', 'chunked'] : undefined;
}

function tells(framing: Framing, value: string): boolean {
  if (framing.kind === 'length') return Number(value) === framing.bytes;
  return value.toLowerCase() === 'chunked';
}

/**
 * Messages with their chunks joined: where one chunk ends and the next begins depends on how much came
 * at a time. Sizes, extensions and whatever else is not of the form `SIZE CRLF bytes CRLF` stay visible.
 */
const HEAD_END = '\r\n\r\n';

export function withoutChunks(heard: Buffer): Buffer {
  if (!heard.includes('transfer-encoding: chunked', 0, 'latin1')) return heard;
  const parts: Buffer[] = [];
  let at = 0;
  while (at < heard.length) {
    const end = heard.indexOf(HEAD_END, at, 'latin1');
    if (end < 0) break;
    const head = heard.toString('latin1', at, end);
    const bodyAt = end + HEAD_END.length;
    parts.push(heard.subarray(at, bodyAt));
    at = bodyAt;
    if (/^transfer-encoding: chunked$/m.test(head.replaceAll('\r', ''))) {
      const joined = joinChunks(heard, bodyAt);
      parts.push(...joined.parts);
      at = joined.end;
    } else {
      const length = Number(/^content-length: (\d+)/m.exec(head)?.[1] ?? 0);
      parts.push(heard.subarray(at, at + length));
      at += length;
    }
  }
  return Buffer.concat([...parts, heard.subarray(at)]);
}

function joinChunks(heard: Buffer, from: number): { parts: readonly Buffer[]; end: number } {
  const parts: Buffer[] = [];
  let at = from;
  for (;;) {
    const end = heard.indexOf('\r\n', at, 'latin1');
    const line = end < 0 ? '' : heard.toString('latin1', at, end);
    if (!/^[0-9a-f]+$/i.test(line)) return { parts, end: at };
    const size = Number.parseInt(line, 16);
    const dataAt = end + 2;
    if (size === 0) return lastChunk(heard, dataAt, parts);
    parts.push(heard.subarray(dataAt, Math.min(heard.length, dataAt + size)));
    const next = dataAt + size;
    // Cut off: where its size said more, or right behind it.
    if (next + 2 >= heard.length) return { parts: [...parts, CUT_OFF], end: heard.length };
    if (heard.toString('latin1', next, next + 2) !== '\r\n') return { parts, end: next };
    at = next + 2;
  }
}

const CUT_OFF = Buffer.from('[cut off]');

/** Trailers with one blank behind their colons. */
function lastChunk(
  heard: Buffer,
  from: number,
  parts: readonly Buffer[],
): { parts: readonly Buffer[]; end: number } {
  const isEmpty = heard.toString('latin1', from, from + 2) === '\r\n';
  const end = isEmpty ? from + 2 : heard.indexOf(HEAD_END, from, 'latin1') + HEAD_END.length;
  if (end < from) return { parts, end: from };
  const trailers = heard.toString('latin1', from, end).replace(/^([^:\r\n]+):[ \t]*/gm, '$1: ');
  return { parts: [...parts, Buffer.from(`[last chunk]${trailers}`, 'latin1')], end };
}

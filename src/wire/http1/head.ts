/**
 * Heads of HTTP/1 messages (RFC 9112), read strictly: whatever two readers could understand in two ways
 * is no message. Text is one character a byte.
 */

export interface HeadFields {
  /** `1.0` and `1.1`. */
  readonly version: '1.0' | '1.1';
  /** In their order; names in lower case, values without blanks around them. */
  readonly headers: readonly Header[];
  /** Bytes of the head, with the empty line. */
  readonly length: number;
}

export type Header = readonly [name: string, value: string];

export interface RequestHead extends HeadFields {
  readonly method: string;
  readonly target: string;
}

export interface ResponseHead extends HeadFields {
  readonly status: number;
  readonly reason: string;
}

export type HeadError =
  | 'start-line'
  | 'version'
  | 'header-name'
  | 'header-value'
  | 'line-end'
  | 'too-many-headers';

export type HeadResult<Head> = Head | 'incomplete' | { readonly error: HeadError };

const HEADERS_MAX = 101;
const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
/** No blank, no control character, nothing above 127, and no fragment, which is the client's own matter. */
const TARGET = /^[\x21\x22\x24-\x7e]+$/;
const FORBIDDEN_IN_VALUE = /[\0\r\n]/;

export function decodeRequestHead(bytes: Uint8Array): HeadResult<RequestHead> {
  const lines = splitHead(bytes);
  if (typeof lines === 'string' || 'error' in lines) return lines;
  const [method, target, protocol, ...more] = (lines.texts[0] ?? '').split(' ');
  if (method === undefined || target === undefined || protocol === undefined || more.length > 0)
    return { error: 'start-line' };
  if (!TOKEN.test(method) || !TARGET.test(target)) return { error: 'start-line' };
  const version = versionOf(protocol);
  if (version === undefined) return { error: 'version' };
  const headers = readHeaders(lines.texts);
  if ('error' in headers) return headers;
  return { method, target, version, headers: headers.list, length: lines.length };
}

export function decodeResponseHead(bytes: Uint8Array): HeadResult<ResponseHead> {
  const lines = splitHead(bytes);
  if (lines === 'incomplete' && !beginsLikeResponse(bytes)) return { error: 'start-line' };
  if (typeof lines === 'string' || 'error' in lines) return lines;
  const match = /^(\S+) (\d{3})(?: (.*))?$/.exec(lines.texts[0] ?? '');
  if (match === null) return { error: 'start-line' };
  const version = versionOf(match[1] ?? '');
  if (version === undefined) return { error: 'version' };
  const headers = readHeaders(lines.texts);
  if ('error' in headers) return headers;
  const [status, reason] = [Number(match[2]), match[3] ?? ''];
  return { status, reason, version, headers: headers.list, length: lines.length };
}

/** So that nobody waits for the end of what is no response. */
function beginsLikeResponse(bytes: Uint8Array): boolean {
  const wanted = 'HTTP/';
  let from = 0;
  // Empty lines before it are skipped, however much of them has come.
  while (bytes[from] === CR || bytes[from] === LF) from += 1;
  for (let index = 0; index < Math.min(wanted.length, bytes.length - from); index++)
    if (bytes[from + index] !== wanted.charCodeAt(index)) return false;
  return true;
}

/** Whatever is later than 1.1 is 1.1 to us: so the sender is told by the answer. */
function versionOf(protocol: string): '1.0' | '1.1' | undefined {
  if (!/^HTTP\/[1-9]\.\d$/.test(protocol)) return undefined;
  return protocol === 'HTTP/1.0' ? '1.0' : '1.1';
}

interface HeadLines {
  readonly texts: readonly string[];
  readonly length: number;
}

const LF = 10;
const CR = 13;

/** Lines up to the empty one; empty lines before the first are skipped (RFC 9112, 2.2). */
function splitHead(bytes: Uint8Array): HeadLines | 'incomplete' | { readonly error: HeadError } {
  const texts: string[] = [];
  let from = 0;
  for (;;) {
    const end = bytes.indexOf(LF, from);
    if (end < 0) return 'incomplete';
    const stop = end > from && bytes[end - 1] === CR ? end - 1 : end;
    const text = latin1(bytes, from, stop);
    from = end + 1;
    // A lone CR ends lines for some readers and for others not.
    if (text.includes('\r')) return { error: 'line-end' };
    if (text !== '') texts.push(text);
    else if (texts.length > 0) return { texts, length: from };
    if (texts.length > HEADERS_MAX) return { error: 'too-many-headers' };
  }
}

/** Continued lines are joined with a blank (RFC 9112, 5.2). */
function readHeaders(
  lines: readonly string[],
): { readonly list: readonly Header[] } | { readonly error: HeadError } {
  const list: [string, string][] = [];
  for (const line of lines.slice(1)) {
    const last = list.at(-1);
    if (line[0] === ' ' || line[0] === '\t') {
      if (last === undefined) return { error: 'header-name' };
      last[1] = trimBlanks(`${last[1]} ${trimBlanks(line)}`);
      if (FORBIDDEN_IN_VALUE.test(last[1])) return { error: 'header-value' };
      continue;
    }
    const colon = line.indexOf(':');
    const name = line.slice(0, Math.max(0, colon));
    if (!TOKEN.test(name)) return { error: 'header-name' };
    const value = trimBlanks(line.slice(colon + 1));
    if (FORBIDDEN_IN_VALUE.test(value)) return { error: 'header-value' };
    list.push([name.toLowerCase(), value]);
  }
  return { list };
}

/** Blanks and tabs only: what else may be trimmed is another reader's byte. */
export function trimBlanks(text: string): string {
  return text.replace(/^[ \t]+/, '').replace(/[ \t]+$/, '');
}

export function latin1(bytes: Uint8Array, from: number, to: number): string {
  let text = '';
  for (let at = from; at < to; at += CHARACTERS_AT_ONCE)
    text += String.fromCharCode(...bytes.subarray(at, Math.min(to, at + CHARACTERS_AT_ONCE)));
  return text;
}

const CHARACTERS_AT_ONCE = 4096;

/** Writes one character a byte; how many. */
export function writeLatin1(text: string, into: Uint8Array, at: number): number {
  for (let index = 0; index < text.length; index++) into[at + index] = text.charCodeAt(index);
  return text.length;
}

export function headText(startLine: string, headers: readonly Header[]): string {
  let text = `${startLine}\r\n`;
  for (const [name, value] of headers) text += `${name}: ${value}\r\n`;
  return `${text}\r\n`;
}

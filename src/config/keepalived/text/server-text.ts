import { endOfBlock, type PlainBlock } from './plain-block.ts';

/** Of a real server, as written. */
export interface RealServerText {
  readonly address: string;
  readonly port: number;
  /** From its `{` to its `}`. */
  readonly body: string;
}

/** A plain virtual_server taken apart, so that it can be told whether it looks like another one. */
export interface ServerText {
  readonly address: string;
  readonly port: number;
  /** All but the real servers, each row of which is a NUL. */
  readonly rest: string;
  readonly realServers: readonly RealServerText[];
}

const HEADER = /^\S+[ \t]+(\S+)[ \t]+(\d+)/;
const REST_OF_HEADER = '(?=[\\da-fA-F.:]+[ \\t]+[1-9]\\d{0,4}[ \\t]*\\{[ \\t]*$)';
/** Up to the address of a real server: wherever there is one, and in the line that begins at an index. */
const NEXT_REAL_SERVER = new RegExp(`^[ \\t]*real_server[ \\t]+${REST_OF_HEADER}`, 'gm');
const REAL_SERVER_HERE = new RegExp(`[ \\t]*real_server[ \\t]+${REST_OF_HEADER}`, 'my');
const PORT_MAX = 65_535;
const ROW = '\0';
const SPACE = 32;
const DIGIT_0 = 48;

/** Undefined where it has no real servers, or one that is not written in lines of its own. */
export function takeApart({ text }: PlainBlock): ServerText | undefined {
  const [header, address, port] = HEADER.exec(text) ?? [];
  if (header === undefined || address === undefined) return undefined;
  const realServers: RealServerText[] = [];
  let rest = '';
  let from = header.length;
  let newline = text.indexOf('\n', from);
  let body = '';
  for (;;) {
    REAL_SERVER_HERE.lastIndex = newline + 1;
    let at: number;
    if (realServers.length > 0 && REAL_SERVER_HERE.test(text)) at = REAL_SERVER_HERE.lastIndex;
    else {
      NEXT_REAL_SERVER.lastIndex = newline;
      const found = NEXT_REAL_SERVER.exec(text);
      if (found === null) break;
      const between = text.slice(from, found.index);
      if (realServers.length === 0 || between.trim() !== '') rest += between + ROW;
      at = NEXT_REAL_SERVER.lastIndex;
    }
    const addressEnd = wordEnd(text, at);
    const open = text.indexOf('{', addressEnd);
    // In a file that a program has written most are as the one before.
    if (body === '' || !text.startsWith(body, open)) {
      from = endOfBlock(text, open);
      if (from === -1) return undefined;
      body = text.slice(open, from);
    } else from = open + body.length;
    newline = text.indexOf('\n', from);
    // The brace of the virtual server follows it at least.
    if (newline === -1 || !isBlank(text, from, newline)) return undefined;
    from = newline;
    const realServer = {
      address: text.slice(at, addressEnd),
      port: numberIn(text, addressEnd, open),
      body,
    };
    if (realServer.port > PORT_MAX) return undefined;
    realServers.push(realServer);
  }
  if (realServers.length === 0 || Number(port) > PORT_MAX) return undefined;
  return { address, port: Number(port), rest: rest + text.slice(from), realServers };
}

function wordEnd(text: string, from: number): number {
  let at = from;
  while (text.charCodeAt(at) > SPACE) at++;
  return at;
}

/** Of its digits, whatever stands around them. */
function numberIn(text: string, from: number, to: number): number {
  let number = 0;
  for (let at = from; at < to; at++) {
    const code = text.charCodeAt(at);
    if (code > SPACE) number = number * 10 + code - DIGIT_0;
  }
  return number;
}

function isBlank(text: string, from: number, to: number): boolean {
  for (let at = from; at < to; at++) if (text.charCodeAt(at) > SPACE) return false;
  return true;
}

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
const REAL_SERVER = /^[ \t]*real_server[ \t]+([\da-fA-F.:]+)[ \t]+([1-9]\d{0,4})[ \t]*\{[ \t]*$/gm;
const PORT_MAX = 65_535;
const ROW = '\0';

/** Undefined where it has no real servers, or one that is not written in lines of its own. */
export function takeApart({ text }: PlainBlock): ServerText | undefined {
  const [header, address, port] = HEADER.exec(text) ?? [];
  if (header === undefined || address === undefined) return undefined;
  const realServers: RealServerText[] = [];
  let rest = '';
  let from = header.length;
  REAL_SERVER.lastIndex = from;
  for (;;) {
    const found = REAL_SERVER.exec(text);
    if (found === null) break;
    const between = text.slice(from, found.index);
    if (realServers.length === 0 || between.trim() !== '') rest += between + ROW;
    const open = REAL_SERVER.lastIndex - 1;
    from = endOfBlock(text, open);
    const newline = text.indexOf('\n', from);
    // The brace of the virtual server follows it at least.
    if (from === -1 || newline === -1 || text.slice(from, newline).trim() !== '') return undefined;
    realServers.push({
      address: found[1] ?? '',
      port: Number(found[2]),
      body: text.slice(open, from),
    });
    REAL_SERVER.lastIndex = newline;
    from = newline;
  }
  if (realServers.length === 0 || !hasPorts(Number(port), realServers)) return undefined;
  return { address, port: Number(port), rest: rest + text.slice(from), realServers };
}

function hasPorts(own: number, realServers: readonly RealServerText[]): boolean {
  return own <= PORT_MAX && realServers.every(({ port }) => port <= PORT_MAX);
}

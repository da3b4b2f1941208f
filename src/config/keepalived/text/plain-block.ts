import { BLOCKS } from '../grammar/blocks.ts';
import type { TracedLine } from './traced.ts';

/** What may be a plain block. */
export type PlainKeyword = 'vrrp_instance' | 'virtual_server';

/**
 * A block of which every line means the same wherever it stands, below the scripts that it tracks: no
 * definitions, conditions, includes, and every brace has its partner. Whether it is right is another
 * matter.
 */
export interface PlainBlock {
  readonly keyword: PlainKeyword;
  /** Of an instance its name, of a virtual server its address. */
  readonly name: string;
  /** Comments and indentation included; the last line without its end. */
  readonly text: string;
  readonly lineCount: number;
  readonly file: string;
  /** Of its first line. */
  readonly line: number;
}

/** The same without its place. */
export type BlockText = Pick<PlainBlock, 'keyword' | 'name' | 'text' | 'lineCount'>;

export function isPlainBlock(one: object): one is PlainBlock {
  return 'lineCount' in one;
}

/** A line, or all lines of a block at once. */
export type SourceLine = TracedLine | PlainBlock;

const HEADERS: Readonly<Record<PlainKeyword, RegExp>> = {
  vrrp_instance: /vrrp_instance[ \t]+([\w.-]+)[ \t]*\{[ \t]*\n/y,
  virtual_server: /virtual_server[ \t]+([\da-fA-F.:]+)[ \t]+[1-9]\d{0,4}[ \t]*\{[ \t]*\n/y,
};
/** What may begin a block at the root, wherever it stands. */
const ROOT_BLOCKS = [...BLOCKS.root.values()].flatMap(({ name, body }) => (body ? [name] : []));
/**
 * What depends on other places, or changes what they mean; and braces of which it takes a closer look
 * to tell whether they are any.
 */
const DEPENDENT = new RegExp(
  `[$~\\\\\\0\\r]|@(?!holdfast\\s)|include|track_(?!(?:src_ip|interface|script)\\b)|\\{\\{|\\}\\}|["#!].*[{}]|` +
    `\\b(?:${ROOT_BLOCKS.join('|')})\\b`,
);
/** Of a block; whatever is longer is read like everything else. */
const CHARACTERS_MAX = 65_536;

/** What looks like such a block at `index`, the start of a line; undefined where nothing does. */
export function cutBlock(text: string, index: number): Omit<BlockText, 'lineCount'> | undefined {
  const keyword = keywordAt(text, index);
  if (keyword === undefined) return undefined;
  const header = HEADERS[keyword];
  header.lastIndex = index;
  const name = header.exec(text)?.[1];
  if (name === undefined) return undefined;
  const end = endOfBlock(text, index);
  if (end === -1 || (end < text.length && text[end] !== '\n')) return undefined;
  return { keyword, name, text: text.slice(index, end) };
}

function keywordAt(text: string, index: number): PlainKeyword | undefined {
  if (text[index] !== 'v') return undefined;
  if (text.startsWith('vrrp_instance', index)) return 'vrrp_instance';
  return text.startsWith('virtual_server', index) ? 'virtual_server' : undefined;
}

/** Index behind the `}` that is the partner of the first `{`; -1 where there is none. */
export function endOfBlock(text: string, index: number): number {
  let open = text.indexOf('{', index);
  let depth = 0;
  for (let at = index; at - index < CHARACTERS_MAX; ) {
    const close = text.indexOf('}', at);
    if (close === -1) return -1;
    for (; open !== -1 && open < close; open = text.indexOf('{', open + 1)) depth++;
    if (--depth === 0) return close + 1;
    at = close + 1;
  }
  return -1;
}

/** Whether what looks like a plain block is one. */
export function isPlain({ keyword, text }: Pick<BlockText, 'keyword' | 'text'>): boolean {
  return !DEPENDENT.test(text.slice(keyword.length));
}

export function countLines(text: string): number {
  let count = 1;
  for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) count++;
  return count;
}

/** The text without those of its blocks that `isLeftOut`. */
export function withoutBlocks(text: string, isLeftOut: (block: string) => boolean): string {
  let rest = '';
  let from = 0;
  for (let index = 0; index < text.length; ) {
    const block = cutBlock(text, index)?.text;
    if (block !== undefined && isLeftOut(block)) {
      rest += text.slice(from, index);
      index += block.length;
      from = index;
    }
    const newline = text.indexOf('\n', index);
    index = newline === -1 ? text.length : newline + 1;
  }
  return rest + text.slice(from);
}

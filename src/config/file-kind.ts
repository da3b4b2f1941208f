/** Tells a keepalived.conf from a haproxy.cfg. */

import { SECTION_NAMES } from './haproxy/grammar/sections.ts';
import { ROOT_KEYWORDS } from './keepalived/grammar/root-keywords.ts';

export type FileKind = 'keepalived' | 'haproxy';

interface Sign {
  readonly kind: FileKind;
  readonly word: string;
  /** 1-based. */
  readonly line: number;
}

export type KindFinding =
  | { readonly kind: FileKind }
  /** What it holds belongs to both, or to neither. */
  | { readonly kind: 'unclear'; readonly line: number; readonly reason: string };

const KINDS: ReadonlyMap<string, FileKind> = new Map([
  ...ROOT_KEYWORDS.map(({ name }) => [name, 'keepalived'] as const),
  ...SECTION_NAMES.map((name) => [name, 'haproxy'] as const),
]);

const FILE_NAMES: Readonly<Record<FileKind, string>> = {
  keepalived: 'keepalived.conf',
  haproxy: 'haproxy.cfg',
};

const PLACE: Readonly<Record<FileKind, string>> = {
  keepalived: 'a block',
  haproxy: 'a section',
};

/**
 * By the words that begin blocks and sections; where there are none, as in a file that only includes
 * others, by the end of its name: `.conf` or `.cfg`.
 */
export function kindOfFile(path: string, text: string): KindFinding {
  const signs = signsOf(text);
  const [first] = signs;
  if (first === undefined) return kindOfName(path);
  const other = signs.find(({ kind }) => kind !== first.kind);
  if (other === undefined) return { kind: first.kind };
  const said = ({ kind, word }: Sign): string =>
    `'${word}' begins ${PLACE[kind]} of a ${FILE_NAMES[kind]}`;
  return {
    kind: 'unclear',
    line: other.line,
    reason: `${said(other)}, but ${said(first)} on line ${first.line}`,
  };
}

/** Of a file that is not there, or says nothing. */
export function kindOfName(path: string): KindFinding {
  if (path.endsWith('.cfg')) return { kind: 'haproxy' };
  if (path.endsWith('.conf')) return { kind: 'keepalived' };
  const reason = 'it holds no block of a keepalived.conf and no section of a haproxy.cfg';
  return { kind: 'unclear', line: 1, reason };
}

/** First words at depth 0; a word inside braces may be anything. */
function signsOf(text: string): readonly Sign[] {
  const signs: Sign[] = [];
  let depth = 0;
  for (const [index, written] of text.split('\n').entries()) {
    const line = written.replace(/[#!].*$/, '');
    const [, word = ''] = /^\s*(?:@\S+\s+)?([\w-]+)/.exec(line) ?? [];
    const kind = KINDS.get(word);
    if (kind !== undefined && depth === 0) signs.push({ kind, word, line: index + 1 });
    for (const character of line) {
      if (character === '{') depth++;
      else if (character === '}') depth = Math.max(0, depth - 1);
    }
  }
  return signs;
}

/** A haproxy.cfg as sections of words, for what the reader's model does not keep. */
import { grep, once, piecesOf, withoutComment } from '../lines.ts';
import type { Piece, Place, Subject } from '../types.ts';

export interface Line {
  readonly at: Place;
  readonly words: readonly string[];
}

export interface Section {
  readonly kind: string;
  readonly name: string;
  readonly at: Place;
  readonly lines: readonly Line[];
  /** Of the `defaults` before it. */
  readonly defaults: readonly Line[];
}

export const sectionsOf = once((piece: Piece): readonly Section[] => {
  const sections: { -readonly [Key in keyof Section]: Section[Key] }[] = [];
  let lines: Line[] = [];
  let defaults: readonly Line[] = [];
  const text = piece.text.split('\n').map(withoutComment).join('\n');
  for (const { at, text: line } of grep({ file: piece.file, text }, /\S/)) {
    const words = line.trim().split(/(?<!\\)\s+/);
    const [kind = '', name = ''] = words;
    if (/^(?:global|defaults|frontend|backend|listen|resolvers|peers|userlist|cache)$/.test(kind)) {
      lines = [];
      if (kind === 'defaults') defaults = lines;
      sections.push({ kind, name, at, lines, defaults: kind === 'global' ? [] : defaults });
    } else lines.push({ at, words });
  }
  return sections;
});

export const sections = once((subject: Subject): readonly Section[] =>
  piecesOf(subject, 'haproxy').flatMap(sectionsOf),
);

export function serversOf({ lines }: Section): readonly Line[] {
  return lines.filter(({ words }) => words[0] === 'server');
}

/** Whether its servers are API servers of Kubernetes, by port or name. */
export function servesApi(section: Section): boolean {
  const isApi = ({ words }: Line): boolean => /:6443$/.test(words[2] ?? '');
  return /apiserver/.test(section.name) || serversOf(section).some(isApi);
}

/** The line that begins with these words, of the section or of its defaults. */
export function lineOf(section: Section, ...begin: readonly string[]): Line | undefined {
  const matches = ({ words }: Line): boolean => begin.every((word, index) => words[index] === word);
  return section.lines.findLast(matches) ?? section.defaults.findLast(matches);
}

/** In milliseconds, as HAProxy reads it; undefined where it is not a time. */
export function timeOf(text: string): number | undefined {
  const [, number, unit = 'ms'] = /^(\d+)(us|ms|s|m|h|d)?$/.exec(text) ?? [];
  const units = { us: 0.001, ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };
  return number === undefined
    ? undefined
    : Number(number) * (units[unit as keyof typeof units] ?? 1);
}

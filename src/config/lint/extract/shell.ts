/** What a shell writes: here documents, and copies that sed changes. */
import { lineFrom, literal, padded } from '../lines.ts';
import type { Piece } from '../types.ts';
import { kindOfText } from './kinds.ts';

const HEREDOC = /<<-?\s*(['"\\]?)(\w+)['"]?/;
const TARGET = />{1,2}\s*([^\s<>&|]+)/;

interface Heredoc {
  readonly from: number;
  readonly to: number;
  readonly target: string;
  readonly isExpanded: boolean;
}

export function heredocsOf(text: string): readonly Heredoc[] {
  const lines = text.split('\n');
  const found: Heredoc[] = [];
  for (let index = 0; index < lines.length; index++) {
    const line = lines[index] ?? '';
    const begin = line.includes('<<') ? HEREDOC.exec(line) : null;
    if (begin === null) continue;
    const [, quote = '', word = ''] = begin;
    const end = lineFrom(lines, index + 1, (each) => each.trim() === word);
    if (end === -1) continue;
    const target = TARGET.exec(line.replace(HEREDOC, ''))?.[1] ?? '';
    found.push({ from: index + 1, to: end, target, isExpanded: quote === '' });
    index = end;
  }
  return found;
}

/** Names that a shell text gives values to, outside its here documents. */
export function assignmentsOf(text: string): ReadonlyMap<string, string> {
  const outside = withoutHeredocs(text);
  const pattern = /(?:^|[;&\s])(?:export\s+)?([A-Za-z_]\w*)=("[^"]*"|'[^']*'|[^\s;]*)/gm;
  const reads = /\b(?:read|for)\s+(?:-\w+\s+)*([A-Za-z_]\w*)/gm;
  const found = new Map<string, string>();
  for (const [, name = '', value = ''] of outside.matchAll(pattern)) {
    found.set(name, value.replace(/^['"]|['"]$/g, ''));
  }
  for (const [, name = ''] of outside.matchAll(reads)) if (!found.has(name)) found.set(name, '');
  return found;
}

export function withoutHeredocs(text: string): string {
  const heredocs = heredocsOf(text);
  if (heredocs.length === 0) return text;
  const lines = text.split('\n');
  for (const { from, to } of heredocs) lines.fill('', from, to);
  return lines.join('\n');
}

/** The pieces that one shell text writes, and itself. */
export function piecesOfShell(shell: Piece): readonly Piece[] {
  const lines = shell.text.split('\n');
  const written = heredocsOf(shell.text).map(({ from, to, target, isExpanded }): Piece => {
    const text = padded(lines, from, to);
    const kind = kindOfText(text.trimStart(), target);
    return { ...shell, kind, text, origin: 'heredoc', target, isExpanded };
  });
  return [{ ...shell, text: withoutHeredocs(shell.text) }, ...written];
}

const SED = /\bsed\s+-i\S*\s+(?:-e\s+)?["']s(.)(.*?)\1(.*?)\1\w*["']\s+(\S+)/;

/**
 * Where a later text of shell takes a file over from another host and changes it by sed, the file as
 * the next host has it. The places are those of the file that was copied.
 */
export function derivedPieces(pieces: readonly Piece[]): readonly Piece[] {
  const derived: Piece[] = [];
  for (const shell of pieces.filter(({ kind }) => kind === 'shell')) {
    const changes = shell.text.split('\n').flatMap((line) => {
      const [, , from, to, path] = SED.exec(line) ?? [];
      return from === undefined || to === undefined || path === undefined
        ? []
        : [{ from, to, path }];
    });
    for (const path of new Set(changes.map((change) => change.path))) {
      const original = pieces.find(({ target, file }) => target === path && file === shell.file);
      if (original === undefined || original.kind !== 'keepalived') continue;
      if (!new RegExp(`\\bscp\\b.*${literal(path.split('/').at(-1) ?? path)}`).test(shell.text))
        continue;
      const text = changes
        .filter((change) => change.path === path)
        .reduce((before, { from, to }) => before.replaceAll(from, to), original.text);
      const line = shell.text.split('\n').findIndex((each) => SED.test(each)) + 1;
      derived.push({ ...original, text, origin: 'derived', node: `the host of line ${line}` });
    }
  }
  return derived;
}

/** Lines and words with their places. */
import type { Piece, PieceKind, Place, Subject } from './types.ts';

export interface Hit {
  readonly at: Place;
  readonly match: RegExpExecArray;
  readonly text: string;
}

interface Lines {
  /** How many empty lines stand before those of `texts`. */
  readonly skipped: number;
  readonly texts: readonly string[];
}

const known = new WeakMap<Pick<Piece, 'text'>, Lines>();

/** What a piece has in its place before it costs nothing: a document of many blocks has much of it. */
function linesOf(piece: Pick<Piece, 'text'>): Lines {
  const found = known.get(piece);
  if (found !== undefined) return found;
  const skipped = /^\n*/.exec(piece.text)?.[0].length ?? 0;
  const lines = { skipped, texts: piece.text.slice(skipped).split('\n') };
  known.set(piece, lines);
  return lines;
}

/** The first match of each line. */
export function* grep(piece: Pick<Piece, 'file' | 'text'>, pattern: RegExp): Generator<Hit> {
  const once = new RegExp(pattern.source, pattern.flags.replace('g', ''));
  const { skipped, texts } = linesOf(piece);
  for (const [index, text] of texts.entries()) {
    const match = once.exec(text);
    if (match === null) continue;
    const at = { file: piece.file, line: skipped + index + 1, column: match.index + 1 };
    yield { at, match, text };
  }
}

export function piecesOf(subject: Subject, ...kinds: readonly PieceKind[]): readonly Piece[] {
  return subject.pieces.filter(({ kind }) => kinds.includes(kind));
}

/** Calculated once for each object, and kept as long as that is. */
export function once<Key extends object, Value>(calculate: (key: Key) => Value) {
  const results = new WeakMap<Key, { readonly value: Value }>();
  return (key: Key): Value => {
    const found = results.get(key) ?? { value: calculate(key) };
    results.set(key, found);
    return found.value;
  };
}

/** `from` and `to` are 0-based lines, `to` is not included. */
export function padded(lines: readonly string[], from: number, to: number): string {
  return `${'\n'.repeat(from)}${lines.slice(from, to).join('\n')}\n`;
}

/** The first line from `from` on that it is true of, 0-based; -1 where there is none. */
export function lineFrom(
  lines: readonly string[],
  from: number,
  isIt: (line: string) => boolean,
): number {
  for (let index = from; index < lines.length; index++) {
    if (isIt(lines[index] ?? '')) return index;
  }
  return -1;
}

/** Without comments; enough for keepalived.conf and haproxy.cfg. */
export function withoutComment(text: string): string {
  return text.replace(/(?:^|\s)[#!].*$/, '');
}

/** The text itself as a regular expression. */
export function literal(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&');
}

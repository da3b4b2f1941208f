/** Lines and words with their places. */
import type { Piece, PieceKind, Place, Subject } from './types.ts';

export interface Hit {
  readonly at: Place;
  readonly match: RegExpExecArray;
  readonly text: string;
}

/** The first match of each line. */
export function* grep(piece: Pick<Piece, 'file' | 'text'>, pattern: RegExp): Generator<Hit> {
  const once = new RegExp(pattern.source, pattern.flags.replace('g', ''));
  for (const [index, text] of piece.text.split('\n').entries()) {
    const match = once.exec(text);
    if (match === null) continue;
    yield { at: { file: piece.file, line: index + 1, column: match.index + 1 }, match, text };
  }
}

export function piecesOf(subject: Subject, ...kinds: readonly PieceKind[]): readonly Piece[] {
  return subject.pieces.filter(({ kind }) => kinds.includes(kind));
}

/** `from` and `to` are 0-based lines, `to` is not included. */
export function padded(lines: readonly string[], from: number, to: number): string {
  return `${'\n'.repeat(from)}${lines.slice(from, to).join('\n')}\n`;
}

/** Without comments; enough for keepalived.conf and haproxy.cfg. */
export function withoutComment(text: string): string {
  return text.replace(/(?:^|\s)[#!].*$/, '');
}

/** The text itself as a regular expression. */
export function literal(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&');
}

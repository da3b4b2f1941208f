import type { Report } from '../report.ts';
import { isBlockBrace } from './placeholder.ts';
import { type QuoteScan, scanQuotes } from './quotes.ts';
import { type Position, positionAt, sliceLine, type TracedLine, trimLine } from './traced.ts';
import { splitWords, type Word } from './words.ts';

/** A line cut at its braces: what the parser reads one after another. */
export type Piece =
  | {
      readonly kind: 'text';
      readonly words: readonly [Word, ...Word[]];
      /** As written, for keywords that split their line by other rules. */
      readonly source: TracedLine;
      /** Column of the first character of the whole line. */
      readonly indent: number;
      readonly at: Position;
    }
  | {
      readonly kind: 'open' | 'close';
      readonly at: Position;
      readonly indent: number;
      /** Whether it is the first thing on its line. */
      readonly place: 'first' | 'later';
    };

export type TextPiece = Extract<Piece, { kind: 'text' }>;

/** Every unquoted brace ends a line and is a piece of its own. */
export function cutAtBraces(lines: Iterable<TracedLine>, report: Report): Piece[] {
  const pieces: Piece[] = [];
  for (const line of lines) {
    const indent = positionAt(line, 0).column;
    let from = 0;
    while (from < line.text.length) {
      const { stop }: QuoteScan = scanFrom(line, from, report);
      const end = stop === -1 ? line.text.length : stop;
      const source = trimLine(sliceLine(line, from, end));
      const [first, ...others] = splitWords(source);
      if (first !== undefined) {
        pieces.push({ kind: 'text', words: [first, ...others], source, indent, at: first.at });
      }
      if (stop === -1) break;
      const kind = line.text[stop] === '{' ? 'open' : 'close';
      const place = stop === 0 ? 'first' : 'later';
      pieces.push({ kind, at: positionAt(line, stop), indent, place });
      from = stop + 1;
    }
  }
  return pieces;
}

function scanFrom(line: TracedLine, from: number, report: Report): QuoteScan {
  const scan = scanQuotes(line.text, from, isBlockBrace);
  if (scan.unterminated !== -1) {
    report.add(
      'unterminated-quote',
      positionAt(line, scan.unterminated),
      'this quote is never closed',
      'add the second " before the end of the line',
    );
  }
  return scan;
}

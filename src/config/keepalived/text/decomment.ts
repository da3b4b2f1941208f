import type { Report } from '../report.ts';
import { scanQuotes } from './quotes.ts';
import {
  LineBuilder,
  positionAt,
  sliceLine,
  type TracedLine,
  traceLine,
  trimLine,
} from './traced.ts';

/**
 * The lines of a file without comments, surrounding blanks and carriage returns. `!` and `#` begin a
 * comment anywhere outside quotes, unless a backslash precedes them.
 */
export function* readPlainLines(
  file: string,
  text: string,
  report: Report,
  next: LineStart,
): Generator<TracedLine> {
  while (next.index <= text.length) {
    const { index, line } = next;
    const newline = text.indexOf('\n', index);
    const end = newline === -1 ? text.length : newline;
    next.index = end + 1;
    next.line++;
    yield plainLine(traceLine(file, line, text.slice(index, end)), report);
  }
}

/** Where the next line begins that is to be read; whoever reads the lines may put it further on. */
export interface LineStart {
  index: number;
  line: number;
}

/** What fits into the buffer that keepalived 2.2.7 reads a line into. */
const LINE_BYTES_MAX = 1023;

function plainLine(written: TracedLine, report: Report): TracedLine {
  const line = withoutMark(written, report);
  // No character has more than three bytes for each of its units.
  if (line.text.length * 3 > LINE_BYTES_MAX && utf8Length(line.text) > LINE_BYTES_MAX) {
    report.add(
      'line-too-long',
      positionAt(line, line.text.length - line.text.trimStart().length),
      `keepalived cuts lines that are longer than ${LINE_BYTES_MAX} bytes, comments too; all of it is read`,
      'break it into several lines',
    );
  }
  const nul = line.text.indexOf('\0');
  if (nul !== -1) {
    report.add(
      'nul-in-line',
      positionAt(line, nul),
      'this line contains a NUL byte and is ignored',
    );
    return sliceLine(line, 0, 0);
  }
  return trimLine(unescapeMarks(withoutComment(closeQuotes(line, report))));
}

function withoutMark(line: TracedLine, report: Report): TracedLine {
  if (line.line !== 1 || !line.text.startsWith('\uFEFF')) return line;
  report.add(
    'byte-order-mark',
    positionAt(line, 0),
    'keepalived takes the byte order mark for a part of the first word',
    'save the file without it',
  );
  return cut(line, 1);
}

function utf8Length(text: string): number {
  let bytes = text.length;
  for (let index = 0; index < text.length; index++) {
    const unit = text.charCodeAt(index);
    // Two units of a pair make four bytes.
    if (unit > 0x7f) bytes += unit > 0x7ff && (unit < 0xd800 || unit > 0xdfff) ? 2 : 1;
  }
  return bytes;
}

function cut(line: TracedLine, from: number): TracedLine {
  return sliceLine(line, from, line.text.length);
}

/** A quote without its partner is reported and left out, so that what follows it still counts. */
function closeQuotes(line: TracedLine, report: Report): TracedLine {
  if (!line.text.includes('"')) return line;
  const { unterminated } = scanQuotes(line.text, 0, startsComment);
  if (unterminated === -1) {
    return withoutLoneEscape(line, report);
  }
  report.add(
    'unterminated-quote',
    positionAt(line, unterminated),
    'this quote is never closed',
    'add the second " before the end of the line',
  );
  const builder = new LineBuilder(line);
  builder.keep(0, unterminated);
  builder.insert(' ', positionAt(line, unterminated).column);
  builder.keep(unterminated + 1, line.text.length);
  return builder.build();
}

/** To keepalived a quote is a quote, whatever precedes it: their number must be even. */
function withoutLoneEscape(line: TracedLine, report: Report): TracedLine {
  const escaped = line.text.indexOf('\\"');
  if (escaped === -1) return line;
  const end = scanQuotes(line.text, 0, startsComment).stop;
  const text = end === -1 ? line.text : line.text.slice(0, end);
  if ((text.split('"').length - 1) % 2 === 0) return line;
  report.add(
    'unterminated-quote',
    positionAt(line, escaped + 1),
    'this quote has no partner: a backslash does not make it a character',
    'within a command write \\\\042',
  );
  const builder = new LineBuilder(line);
  builder.keep(0, escaped);
  builder.keep(escaped + 2, line.text.length);
  return builder.build();
}

function withoutComment(line: TracedLine): TracedLine {
  if (!line.text.includes('#') && !line.text.includes('!')) return line;
  const { stop } = scanQuotes(line.text, 0, startsComment);
  return stop === -1 ? line : sliceLine(line, 0, stop);
}

function startsComment(text: string, index: number): boolean {
  const character = text[index];
  return (character === '#' || character === '!') && text[index - 1] !== '\\';
}

/** `\#` and `\!` outside quotes stand for the character itself. */
function unescapeMarks(line: TracedLine): TracedLine {
  if (!/\\[#!]/.test(line.text)) return line;
  const builder = new LineBuilder(line);
  let from = 0;
  for (;;) {
    const { stop } = scanQuotes(line.text, from, isEscapedMark);
    if (stop === -1) break;
    builder.keep(from, stop);
    builder.keep(stop + 1, stop + 2);
    from = stop + 2;
  }
  builder.keep(from, line.text.length);
  return builder.build();
}

function isEscapedMark(text: string, index: number): boolean {
  return text[index] === '\\' && (text[index + 1] === '#' || text[index + 1] === '!');
}

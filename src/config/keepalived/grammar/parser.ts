import type { Report } from '../report.ts';
import type { Piece, TextPiece } from '../text/pieces.ts';
import { BLOCKS } from './blocks.ts';
import { type Frame, keywordsOf, looksLikeData, openFrame } from './frame.ts';
import type { Body, Keyword } from './keyword.ts';
import { reportUnknown } from './report-unknown.ts';
import { findSegments, type Segment } from './segments.ts';
import type { Statement } from './tree.ts';

/** Statements of the whole configuration; whatever is wrong with braces costs as little as can be. */
export function parse(pieces: readonly Piece[], report: Report): readonly Statement[] {
  return findSegments(pieces).flatMap((segment) =>
    new SegmentParser(pieces, segment, report).run(),
  );
}

type ClosePiece = Extract<Piece, { kind: 'open' | 'close' }>;

class SegmentParser {
  readonly #pieces: readonly Piece[];
  readonly #report: Report;
  readonly #start: number;
  readonly #end: number;
  #at: number;
  /** Braces known to be missing from this segment, and braces known to be too many. */
  #deficit: number;
  #surplus: number;
  readonly #root: Frame;
  readonly #stack: Frame[] = [];
  /** Statements whose block is being read, one for each frame but strays. */
  readonly #pending: { readonly frame: Frame; readonly statement: Statement; into: Statement[] }[] =
    [];

  constructor(pieces: readonly Piece[], segment: Segment, report: Report) {
    this.#pieces = pieces;
    this.#report = report;
    this.#start = segment.start;
    this.#at = segment.start;
    this.#end = segment.end;
    this.#deficit = Math.max(0, segment.excess);
    this.#surplus = Math.max(0, -segment.excess);
    const place = { file: '', line: 1, column: 1 };
    this.#root = openFrame(
      { kind: 'keywords', block: 'root' },
      { label: '', open: place, indent: 1, braces: 'bare' },
    );
  }

  run(): readonly Statement[] {
    this.#noteBlock();
    while (this.#at < this.#end) {
      const piece = this.#pieces[this.#at++];
      if (piece?.kind === 'text') this.#readText(piece);
      else if (piece?.kind === 'open') this.#readOpen(piece);
      else if (piece?.kind === 'close') this.#readClose(piece);
    }
    this.#finish();
    return this.#root.statements;
  }

  #noteBlock(): void {
    const first = this.#pieces[this.#start];
    const last = this.#pieces[this.#end - 1];
    if (first === undefined || last === undefined) return;
    const { file, line } = first.at;
    const isWhole = last.at.file === file;
    this.#report.noteBlock({
      file,
      from: line,
      to: isWhole ? last.at.line : Number.MAX_SAFE_INTEGER,
    });
  }

  get #top(): Frame {
    return this.#stack.at(-1) ?? this.#root;
  }

  #next(): Piece | undefined {
    return this.#at < this.#end ? this.#pieces[this.#at] : undefined;
  }

  #readText(piece: TextPiece): void {
    const top = this.#top;
    if (top.kind === 'opaque') return;
    const [keyword, ...words] = piece.words;
    if (this.#belongsOutside(piece)) {
      this.#closeImplicitly();
      this.#readText(piece);
      return;
    }
    if (top.kind === 'lines') {
      top.lines.push({ words: piece.words, source: piece.source });
      return;
    }
    const definition = keywordsOf(top).get(keyword.text);
    if (definition === undefined) {
      this.#excuse(piece, reportUnknown(piece, top.block ?? 'root', this.#report));
      if (this.#next()?.kind === 'open') this.#skipBlock();
      return;
    }
    const statement: Statement = { keyword, definition, words, source: piece.source };
    if (definition.body !== undefined) this.#openBlock(piece, statement, definition.body);
    else {
      top.statements.push(statement);
      const next = this.#next();
      if (next?.kind === 'open') {
        this.#at++;
        this.#strayOpen(next, definition);
      }
    }
  }

  /** What a misspelt keyword leaves missing, and what is the matter with the definition around it. */
  #excuse({ words: [{ at }, name] }: TextPiece, meant: string | undefined): void {
    const definition = meant === undefined ? undefined : keywordsOf(this.#top).get(meant);
    if (definition === undefined) return;
    this.#report.excuse({ missing: definition.name, at });
    if (definition.spellingOf !== undefined) {
      this.#report.excuse({ missing: definition.spellingOf, at });
    }
    const header = this.#pieces[this.#start];
    const around = header?.kind === 'text' ? header.words[1] : undefined;
    const isRoot = this.#stack.length === 0 && definition.body !== undefined;
    const left = isRoot ? name : around;
    if (left !== undefined) this.#report.excuse({ missing: left.text });
  }

  /** A keyword that only a block further out knows, where a brace is missing: it ends this block. */
  #belongsOutside(piece: TextPiece): boolean {
    const top = this.#top;
    const name = piece.words[0].text;
    if (this.#stack.length === 0) return false;
    if (this.#deficit === 0 && top.braces !== 'bare') return false;
    if (keywordsOf(top).has(name)) return false;
    const isOpener = this.#next()?.kind === 'open';
    // Names look like anything; one that is spelt like a keyword is less likely than the keyword.
    const isData =
      top.lineKind !== undefined &&
      top.lineKind !== 'names' &&
      looksLikeData(top.lineKind, piece.words);
    if (isData && !isOpener) return false;
    return this.#stack
      .slice(0, -1)
      .concat(top.braces === 'bare' ? this.#root : [])
      .some((frame) => keywordsOf(frame).has(name));
  }

  #closeImplicitly(): void {
    const frame = this.#top;
    if (frame.braces !== 'bare') {
      this.#deficit--;
      this.#reportUnclosed([frame]);
    }
    this.#pop();
  }

  #openBlock(piece: TextPiece, statement: Statement, body: Body): void {
    const next = this.#next();
    const place = { label: piece.words[0].text, indent: piece.indent };
    if (next?.kind === 'open') {
      this.#at++;
      this.#push(statement, openFrame(body, { open: next.at, braces: 'braced', ...place }));
      return;
    }
    this.#report.add(
      'missing-open-brace',
      piece.at,
      `'${place.label}' opens a block, but no '{' follows`,
      `${piece.source.text} {`,
    );
    const isFollowed = next?.kind === 'text' && this.#couldContain(body, next);
    const braces = this.#surplus > 0 ? 'half' : 'bare';
    if (!isFollowed && !(braces === 'half' && next?.kind === 'close')) {
      this.#top.statements.push(statement);
      return;
    }
    if (braces === 'half') this.#surplus--;
    this.#push(statement, openFrame(body, { ...place, open: piece.at, braces }));
  }

  #couldContain(body: Body, piece: TextPiece): boolean {
    const name = piece.words[0].text;
    switch (body.kind) {
      case 'keywords':
        return BLOCKS[body.block].has(name);
      case 'lines':
        return !keywordsOf(this.#top).has(name) && looksLikeData(body.lines, piece.words);
      case 'opaque':
        return this.#surplus > 0;
    }
  }

  #push(statement: Statement, frame: Frame): void {
    this.#pending.push({ frame, statement, into: this.#top.statements });
    this.#stack.push(frame);
  }

  #pop(): void {
    const frame = this.#stack.pop();
    const pending = this.#pending.at(-1);
    if (frame === undefined || pending?.frame !== frame) return;
    this.#pending.pop();
    const { open, statements, lines } = frame;
    pending.into.push({ block: { open, statements, lines }, ...pending.statement });
  }

  /** Steps over an unknown block by its own braces. */
  #skipBlock(): void {
    const keyword = this.#pieces[this.#at - 1];
    const open = this.#pieces[this.#at];
    if (keyword?.kind !== 'text' || open?.kind !== 'open') return;
    this.#at++;
    this.#stack.push(
      openFrame(
        { kind: 'opaque' },
        { label: keyword.words[0].text, open: open.at, indent: keyword.indent, braces: 'braced' },
      ),
    );
  }

  #readOpen(piece: ClosePiece): void {
    if (this.#top.kind !== 'opaque') {
      this.#strayOpen(piece, undefined);
      return;
    }
    const before = this.#pieces[this.#at - 2];
    const isNamed = before?.kind === 'text';
    this.#stack.push(
      openFrame(
        { kind: 'opaque' },
        {
          label: isNamed ? before.words[0].text : '',
          open: piece.at,
          indent: isNamed ? before.indent : piece.indent,
          braces: 'braced',
        },
      ),
    );
  }

  #strayOpen(piece: ClosePiece, before: Keyword | undefined): void {
    const reason =
      before === undefined ? 'no keyword precedes it' : `'${before.name}' has no block`;
    this.#report.add(
      'unexpected-open-brace',
      piece.at,
      `this '{' opens nothing: ${reason}`,
      'remove it, and the } that belongs to it',
    );
    if (this.#deficit > 0) {
      this.#deficit--;
      return;
    }
    const top = this.#top;
    this.#stack.push({ ...top, open: piece.at, indent: piece.indent, braces: 'stray' });
  }

  #readClose(piece: ClosePiece): void {
    while (this.#top.braces === 'bare' && this.#stack.length > 0) this.#pop();
    if (this.#stack.length === 0 || this.#isTooMany()) {
      this.#surplus = Math.max(0, this.#surplus - 1);
      this.#report.add('extra-close-brace', piece.at, "this '}' closes nothing", 'remove it');
      return;
    }
    const outer = this.#matchByIndent(piece);
    if (outer !== -1) {
      const unclosed = this.#stack.slice(outer + 1);
      this.#deficit -= unclosed.length;
      this.#reportUnclosed(unclosed);
      for (const _ of unclosed) this.#pop();
    }
    this.#pop();
  }

  /** A brace too many: what follows it still belongs to the block that it would close. */
  #isTooMany(): boolean {
    const top = this.#top;
    const next = this.#next();
    if (this.#surplus === 0 || next?.kind !== 'text') return false;
    const around = this.#stack.at(-2) ?? this.#root;
    const name = next.words[0].text;
    if (around.kind === 'opaque' || keywordsOf(around).has(name)) return false;
    if (around.lineKind !== undefined && looksLikeData(around.lineKind, next.words)) return false;
    return top.lineKind === undefined
      ? keywordsOf(top).has(name)
      : looksLikeData(top.lineKind, next.words);
  }

  /** Where braces are missing, a `}` below the first letter of a block further out closes that one. */
  #matchByIndent({ place, indent }: ClosePiece): number {
    if (this.#deficit === 0 || place !== 'first') return -1;
    if (this.#top.indent <= indent) return -1;
    const outer = this.#stack.findLastIndex((frame) => frame.indent === indent);
    return this.#stack.length - 1 - outer <= this.#deficit ? outer : -1;
  }

  #finish(): void {
    const unclosed = this.#stack.filter(({ braces }) => braces === 'braced' || braces === 'stray');
    if (unclosed.length > 0) this.#reportUnclosed(unclosed);
    while (this.#stack.length > 0) this.#pop();
  }

  #reportUnclosed(frames: readonly Frame[]): void {
    const innermost = frames.at(-1);
    if (innermost === undefined) return;
    const others = frames
      .slice(0, -1)
      .map(({ label, open }) => `, nor that of '${label}' on line ${open.line}`)
      .join('');
    this.#report.add(
      'missing-close-brace',
      innermost.open,
      `the block of '${innermost.label}' that opens here is never closed${others}`,
      "add the missing '}'",
    );
  }
}

import { type ConfigFiles, directoryOf, type ReadFailure } from '../files.ts';
import { BLOCKS } from '../grammar/blocks.ts';
import type { Report } from '../report.ts';
import { expandBraces } from './braces.ts';
import { type LineStart, readPlainLines } from './decomment.ts';
import { type Budget, readValue, type Surroundings, substitute } from './definitions.ts';
import {
  ALL_CHECKS,
  type IncludeCheck,
  type IncludeChecks,
  includeChecks,
  readIncludeCheck,
} from './include.ts';
import { type BlockText, isPlainBlock, type PlainBlock, type SourceLine } from './plain-block.ts';
import { type Repetition, readRepetition, sequenceNumbers } from './sequences.ts';
import {
  LineBuilder,
  type Position,
  positionAt,
  sliceLine,
  type TracedLine,
  trimLine,
} from './traced.ts';

const INCLUDE_DEPTH_MAX = 32;
const EXPANSION_DEPTH_MAX = 16;
const EXPANSION_CHARACTERS_MAX = 1_000_000;
/** Of files that were read before: some 0.3 s of reading. */
const READ_AGAIN_CHARACTERS_MAX = 400_000;
const COPIES_MAX = 100_000;

interface PreprocessorOptions {
  readonly report: Report;
  /** `all`: every include is checked, whatever `include_check` says. */
  readonly includes: 'as-written' | 'all';
  readonly blocks?: BlockFinder | undefined;
}

/** Tells which blocks are to stay whole. */
export interface BlockFinder {
  /** `index`: the start of a line. */
  find(text: string, index: number): BlockText | undefined;
}

/** Turns a file and all that it includes into the lines that the parser shall see. */
export class Preprocessor {
  readonly #files: ConfigFiles;
  readonly #surroundings: Surroundings;
  readonly #report: Report;
  readonly #definitions = new Map<string, string[]>();
  readonly #budget: Budget = { left: EXPANSION_CHARACTERS_MAX };
  readonly #open: string[] = [];
  /** Characters that may be read from files that were read before. */
  #again = READ_AGAIN_CHARACTERS_MAX;
  readonly #lines: SourceLine[] = [];
  readonly #filesRead: string[] = [];
  /** What `include_check` asks for; a file that is included changes it for itself alone. */
  #checks: IncludeChecks;
  readonly #fixedChecks: IncludeChecks | undefined;
  readonly #blocks: BlockFinder | undefined;
  #block = '';

  constructor(
    files: ConfigFiles,
    surroundings: Surroundings,
    { report, includes, blocks }: PreprocessorOptions,
  ) {
    this.#files = files;
    this.#surroundings = surroundings;
    this.#report = report;
    this.#blocks = blocks;
    this.#fixedChecks = includes === 'all' ? ALL_CHECKS : undefined;
    this.#checks = this.#fixedChecks ?? new Set();
  }

  get filesRead(): readonly string[] {
    return this.#filesRead;
  }

  /** The lines of the file at `path`, and of what it includes. */
  run(path: string): readonly SourceLine[] {
    const start: Position = { file: path, line: 1, column: 1 };
    const paths = /[*?[{]/.test(path) ? this.#files.expand(path, '.') : [path];
    if (paths.length === 0) this.#cannotRead(path, 'missing', start, undefined);
    for (const file of paths) this.#readFile(file, start, undefined);
    return this.#lines;
  }

  /** The lines of a block that has stayed whole. */
  readBlock({ file, text, line }: PlainBlock): readonly TracedLine[] {
    this.#readText(file, text, { index: 0, line });
    return this.#lines.filter((one): one is TracedLine => !isPlainBlock(one));
  }

  /** `checks`: those of the include; undefined for the file that is read first. */
  #readFile(path: string, from: Position, checks: IncludeChecks | undefined): void {
    if (this.#open.includes(path)) {
      const chain = [...this.#open.slice(this.#open.indexOf(path)), path].join(' → ');
      this.#report.add('include-loop', from, `this includes itself: ${chain}`, 'remove this line');
      return;
    }
    if (this.#open.length >= INCLUDE_DEPTH_MAX) {
      this.#report.add(
        'include-too-deep',
        from,
        `files include each other more than ${INCLUDE_DEPTH_MAX} deep`,
      );
      return;
    }
    const text = this.#files.read(path);
    if (!text.ok) {
      this.#cannotRead(path, text.reason, from, checks);
      return;
    }
    if (this.#filesRead.includes(path) && !this.#affordAgain(text.value, path, from)) return;
    this.#filesRead.push(path);
    this.#report.noteFile(path);
    this.#open.push(path);
    const checksOutside = this.#checks;
    this.#readText(path, text.value, { index: 0, line: 1 });
    this.#open.pop();
    this.#checks = checksOutside;
  }

  #readText(file: string, text: string, next: LineStart): void {
    const lines = readPlainLines(file, text, this.#report, next);
    this.#skipBlocks(file, text, next);
    for (const line of lines) {
      const kept = this.#applyCondition(line);
      if (kept.text !== '') this.#readLine(kept, lines);
      this.#skipBlocks(file, text, next);
    }
  }

  #skipBlocks(file: string, text: string, next: LineStart): void {
    for (;;) {
      const block = this.#blocks?.find(text, next.index);
      if (block === undefined) return;
      this.#lines.push({ ...block, file, line: next.line });
      this.#block = block.keyword;
      next.index += block.text.length + 1;
      next.line += block.lineCount;
    }
  }

  /** Whether a file may be read once more: two that include each other's neighbours grow fast. */
  #affordAgain(text: string, path: string, at: Position): boolean {
    this.#again -= text.length + 100;
    if (this.#again >= 0) return true;
    this.#report.add(
      'expansion-too-large',
      at,
      `${path} is included too often: this one is ignored`,
    );
    return false;
  }

  #cannotRead(
    path: string,
    reason: ReadFailure,
    at: Position,
    checks: IncludeChecks | undefined,
  ): void {
    const said = { missing: 'does not exist', 'not-a-file': 'is not a regular file' } as const;
    const isRequired = checks?.has('read') === true;
    if (reason === 'executable' && !isRequired) {
      this.#report.add(
        'executable-config',
        at,
        `${path} is executable, so it is taken for a script and skipped`,
        `chmod a-x ${path}`,
      );
      if (checks !== undefined) return;
    }
    const what =
      reason in said
        ? said[reason as keyof typeof said]
        : reason === 'executable'
          ? 'is executable, so it is taken for a script'
          : 'cannot be read';
    const code =
      checks === undefined
        ? 'config-unreadable'
        : isRequired
          ? 'include-required'
          : 'include-missing';
    this.#report.add(code, at, `${path} ${what}`);
  }

  /** `@id rest` and `@^id rest`; `@holdfast rest` is for us alone. */
  #applyCondition(written: TracedLine): TracedLine {
    let line = written;
    for (;;) {
      const match = /^@(\^?)(\S*)/.exec(line.text);
      if (match === null) return line;
      const [whole, negation, id = ''] = match;
      const matches = id === this.#surroundings.configId || id === 'holdfast';
      const keep = negation === '^' ? !matches : matches;
      if (!keep) return sliceLine(line, 0, 0);
      line = trimLine(sliceLine(line, whole.length, line.text.length));
      // keepalived knows one condition a line; behind ours, which it never sees, one of its own may stand.
      if (id !== 'holdfast') return line;
      line = { ...line, reader: id };
    }
  }

  #readLine(line: TracedLine, rest: Generator<TracedLine>): void {
    const definition = /^\$([A-Za-z_]\w*)=\s*/.exec(line.text);
    if (definition !== null) {
      const name = definition[1] ?? '';
      this.#definitions.set(name, readValue(line.text.slice(definition[0].length), rest));
      return;
    }
    this.#expand(line, new Map(), 0);
  }

  #expand(written: TracedLine, bound: ReadonlyMap<string, string>, depth: number): void {
    if (depth > EXPANSION_DEPTH_MAX) {
      this.#grewTooLarge(written);
      return;
    }
    const line = this.#withNumbers(written, bound);
    const repetition = readRepetition(line.text, COPIES_MAX);
    if (repetition === 'malformed') {
      this.#report.add(
        'malformed-sequence',
        positionAt(line, 0),
        'this ~SEQ or ~LST cannot be read; the line is ignored',
        'write ~SEQ(NAME, START, STEP, END) TEXT or ~LST(NAME, A, B, …) TEXT',
      );
    } else if (repetition === 'too-many') this.#grewTooLarge(line);
    else if (repetition !== undefined) this.#repeat(line, repetition, { bound, depth });
    else this.#finish(line, bound, depth);
  }

  /** The line with the numbers of its ~SEQ substituted, and no more. */
  #withNumbers(line: TracedLine, bound: ReadonlyMap<string, string>): TracedLine {
    const { open, close } = sequenceNumbers(line.text) ?? { open: -1, close: -1 };
    if (close === -1) return line;
    const inside = sliceLine(line, open, close);
    const [read, ...others] = this.#substitute(inside, bound) ?? [];
    if (read === undefined || others.length > 0 || read.text === inside.text) return line;
    const builder = new LineBuilder(line);
    builder.keep(0, open);
    builder.insert(read.text, positionAt(line, open).column);
    builder.keep(close, line.text.length);
    return builder.build();
  }

  #repeat(
    line: TracedLine,
    { bindings, end }: Repetition,
    { bound, depth }: { readonly bound: ReadonlyMap<string, string>; readonly depth: number },
  ): void {
    const written = trimLine(sliceLine(line, end, line.text.length));
    const body = this.#applyCondition(written);
    if (body.text === '') return;
    for (const binding of bindings) {
      this.#budget.left -= body.text.length + 1;
      if (this.#budget.left < 0) {
        this.#grewTooLarge(line);
        return;
      }
      this.#expand(body, new Map([...bound, ...binding]), depth);
    }
  }

  #finish(line: TracedLine, bound: ReadonlyMap<string, string>, depth: number): void {
    const lines = this.#substitute(line, bound);
    if (lines === undefined) this.#grewTooLarge(line);
    for (const one of lines ?? []) {
      const trimmed = trimLine(one);
      if (trimmed.text === '') continue;
      // What a definition stands for may be a line with a condition or a sequence of its own.
      if (trimmed.text !== line.text && /^[@~]/.test(trimmed.text)) {
        const kept = this.#applyCondition(trimmed);
        if (kept.text !== '') this.#expand(kept, bound, depth + 1);
        continue;
      }
      if (this.#include(trimmed)) continue;
      this.#noteIncludeCheck(trimmed);
      this.#lines.push(trimmed);
    }
  }

  #substitute(line: TracedLine, bound: ReadonlyMap<string, string>): TracedLine[] | undefined {
    const definitions = new Map<string, readonly string[]>(this.#definitions);
    for (const [name, value] of bound) definitions.set(name, [value]);
    return substitute(line, definitions, {
      surroundings: this.#surroundings,
      directory: directoryOf(line.file),
      budget: this.#budget,
    });
  }

  #grewTooLarge(line: TracedLine): void {
    this.#report.add(
      'expansion-too-large',
      positionAt(line, 0),
      'the definitions used here refer to themselves or grow without bounds; the line is ignored',
    );
  }

  /** `include_check` counts as soon as it is read, since it is about the lines below it. */
  #noteIncludeCheck(line: TracedLine): void {
    const keyword = /^\w+/.exec(line.text)?.[0] ?? '';
    if (BLOCKS.root.get(keyword)?.body !== undefined) this.#block = keyword;
    if (this.#block !== 'global_defs' || !line.text.includes('include_check')) return;
    const match = /^(?:global_defs\s*)?\{?\s*(include_check(?![\w-])[^{}]*)/.exec(line.text);
    if (match?.[1] === undefined) return;
    const start = match[0].length - match[1].length;
    const statement = sliceLine(line, start, match[0].length);
    const checks = readIncludeCheck(statement, this.#checks, this.#report);
    this.#checks = this.#fixedChecks ?? checks;
  }

  #include(line: TracedLine): boolean {
    const [keyword] = /^include[a-z]?(?=\s|$)/.exec(line.text) ?? [];
    if (keyword === undefined) return false;
    const checks = includeChecks(keyword, this.#checks);
    if (checks === undefined) return false;
    const rest = trimLine(sliceLine(line, keyword.length, line.text.length));
    const at = positionAt(rest, 0);
    if (rest.text === '') {
      this.#report.add(
        'include-empty',
        positionAt(line, 0),
        `'${keyword}' needs the name of a file`,
        `${keyword} /etc/keepalived/conf.d/*.conf`,
      );
      return true;
    }
    const pattern = this.#unquoted(rest.text, at);
    const found = expandBraces(pattern).map((alternative) => ({
      alternative,
      paths: this.#files.expand(alternative, directoryOf(line.file)),
    }));
    const missing = found.filter(({ paths }) => paths.length === 0);
    for (const { alternative } of missing) {
      this.#nothingMatches(alternative, at, {
        checks,
        among: found.length > 1 ? 'several' : 'none',
        others: missing.length < found.length ? 'found' : 'missing',
      });
    }
    for (const path of new Set(found.flatMap(({ paths }) => paths))) {
      this.#readFile(path, at, checks);
    }
    return true;
  }

  /** To keepalived quotes are part of the name, so that it finds no such file. */
  #unquoted(pattern: string, at: Position): string {
    const inside = /^"([^"]*)"$/.exec(pattern)?.[1];
    if (inside === undefined) return pattern;
    this.#report.add(
      'include-quoted',
      at,
      'keepalived takes these quotes for a part of the name and includes nothing',
      `write ${inside} without quotes, blanks and all`,
    );
    return inside;
  }

  #nothingMatches(
    pattern: string,
    at: Position,
    {
      checks,
      among,
      others,
    }: {
      readonly checks: IncludeChecks;
      /** Whether it is one of several alternatives, and whether another of them is there. */
      readonly among: 'several' | 'none';
      readonly others: 'found' | 'missing';
    },
  ): void {
    const isWildcard = /[*?[]/.test(pattern);
    // A wildcard in a folder that is not there counts as a plain name.
    const folder = directoryOf(pattern);
    const isPlain =
      !isWildcard ||
      (!/[*?[]/.test(folder) &&
        folder !== '.' &&
        this.#files.expand(folder, directoryOf(at.file)).length === 0);
    if (among === 'several' && isWildcard && others === 'found') return;
    const needed: IncludeCheck =
      among === 'several' && !isWildcard ? 'brace_match' : isPlain ? 'match' : 'wildcard_match';
    if (checks.has(needed) || (isPlain && among === 'none' && checks.has('match'))) {
      this.#report.add('include-required', at, `nothing matches '${pattern}'`);
    } else if (isPlain) this.#report.add('include-missing', at, `${pattern} does not exist`);
  }
}

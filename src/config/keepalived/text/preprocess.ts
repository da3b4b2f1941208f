import { type ConfigFiles, directoryOf, type ReadFailure } from '../files.ts';
import type { Report } from '../report.ts';
import { readPlainLines } from './decomment.ts';
import { type Budget, type Surroundings, substitute } from './definitions.ts';
import { includePolicy } from './include.ts';
import { type Repetition, readRepetition } from './sequences.ts';
import { type Position, positionAt, sliceLine, type TracedLine, trimLine } from './traced.ts';
import { splitWords } from './words.ts';

const INCLUDE_DEPTH_MAX = 32;
const EXPANSION_CHARACTERS_MAX = 1_000_000;
const COPIES_MAX = 100_000;

/** Turns a file and all that it includes into the lines that the parser shall see. */
export class Preprocessor {
  readonly #files: ConfigFiles;
  readonly #surroundings: Surroundings;
  readonly #report: Report;
  readonly #definitions = new Map<string, string[]>();
  readonly #budget: Budget = { left: EXPANSION_CHARACTERS_MAX };
  readonly #open: string[] = [];
  readonly #lines: TracedLine[] = [];
  readonly #filesRead: string[] = [];

  constructor(files: ConfigFiles, surroundings: Surroundings, report: Report) {
    this.#files = files;
    this.#surroundings = surroundings;
    this.#report = report;
  }

  get filesRead(): readonly string[] {
    return this.#filesRead;
  }

  /** The lines of the file at `path`, and of what it includes. */
  run(path: string): readonly TracedLine[] {
    const start: Position = { file: path, line: 1, column: 1 };
    const paths = /[*?[{]/.test(path) ? this.#files.expand(path, '.') : [path];
    if (paths.length === 0) this.#cannotRead(path, 'missing', start, 'start');
    for (const file of paths) this.#readFile(file, start, 'start');
    return this.#lines;
  }

  #readFile(path: string, from: Position, why: 'start' | 'include'): void {
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
      this.#cannotRead(path, text.reason, from, why);
      return;
    }
    this.#filesRead.push(path);
    this.#open.push(path);
    const lines = readPlainLines(path, text.value, this.#report);
    for (const line of lines) {
      const kept = this.#applyCondition(line);
      if (kept.text !== '') this.#readLine(kept, lines);
    }
    this.#open.pop();
  }

  #cannotRead(path: string, reason: ReadFailure, at: Position, why: 'start' | 'include'): void {
    const said = { missing: 'does not exist', 'not-a-file': 'is not a regular file' } as const;
    if (reason === 'executable') {
      this.#report.add(
        'executable-config',
        at,
        `${path} is executable, so it is taken for a script and skipped`,
        `chmod a-x ${path}`,
      );
      if (why === 'include') return;
    }
    const what = reason in said ? said[reason as keyof typeof said] : 'cannot be read';
    const code = why === 'start' ? 'config-unreadable' : 'include-missing';
    this.#report.add(code, at, `${path} ${what}`);
  }

  /** `@id rest` and `@^id rest`; `@holdfast rest` is for us alone. */
  #applyCondition(line: TracedLine): TracedLine {
    const match = /^@(\^?)(\S*)/.exec(line.text);
    if (match === null) return line;
    const [whole, negation, id = ''] = match;
    const matches = id === this.#surroundings.configId || id === 'holdfast';
    const keep = negation === '^' ? !matches : matches;
    return keep
      ? this.#applyCondition(trimLine(sliceLine(line, whole.length, line.text.length)))
      : sliceLine(line, 0, 0);
  }

  #readLine(line: TracedLine, rest: Generator<TracedLine>): void {
    const definition = /^\$([A-Za-z_]\w*)=\s*/.exec(line.text);
    if (definition !== null) {
      const name = definition[1] ?? '';
      this.#definitions.set(name, readValue(line.text.slice(definition[0].length), rest));
      return;
    }
    this.#expand(line, new Map());
  }

  #expand(line: TracedLine, bound: ReadonlyMap<string, string>): void {
    const repetition = readRepetition(line.text, COPIES_MAX);
    if (repetition === 'malformed') {
      this.#report.add(
        'malformed-sequence',
        positionAt(line, 0),
        'this ~SEQ or ~LST cannot be read; the line is ignored',
        'write ~SEQ(NAME, START, STEP, END) TEXT or ~LST(NAME, A, B, …) TEXT',
      );
    } else if (repetition === 'too-many') this.#grewTooLarge(line);
    else if (repetition !== undefined) this.#repeat(line, repetition, bound);
    else this.#finish(line, bound);
  }

  #repeat(
    line: TracedLine,
    { bindings, end }: Repetition,
    bound: ReadonlyMap<string, string>,
  ): void {
    const body = trimLine(sliceLine(line, end, line.text.length));
    for (const binding of bindings) {
      this.#budget.left -= body.text.length + 1;
      if (this.#budget.left < 0) {
        this.#grewTooLarge(line);
        return;
      }
      this.#expand(body, new Map([...bound, ...binding]));
    }
  }

  #finish(line: TracedLine, bound: ReadonlyMap<string, string>): void {
    const definitions = new Map<string, readonly string[]>(this.#definitions);
    for (const [name, value] of bound) definitions.set(name, [value]);
    const directory = directoryOf(line.file);
    const lines = substitute(line, definitions, {
      surroundings: this.#surroundings,
      directory,
      budget: this.#budget,
    });
    if (lines === undefined) this.#grewTooLarge(line);
    for (const one of lines ?? []) {
      const trimmed = trimLine(one);
      if (trimmed.text !== '' && !this.#include(trimmed)) this.#lines.push(trimmed);
    }
  }

  #grewTooLarge(line: TracedLine): void {
    this.#report.add(
      'expansion-too-large',
      positionAt(line, 0),
      'the definitions used here refer to themselves or grow without bounds; the line is ignored',
    );
  }

  #include(line: TracedLine): boolean {
    if (!line.text.startsWith('include')) return false;
    const [keyword, pattern, ...others] = splitWords(line);
    const policy = includePolicy(keyword?.text ?? '');
    if (keyword === undefined || policy === undefined) return false;
    if (pattern === undefined) {
      this.#report.add(
        'include-empty',
        keyword.at,
        `'${keyword.text}' needs the name of a file`,
        `${keyword.text} /etc/keepalived/conf.d/*.conf`,
      );
      return true;
    }
    const extra = others[0];
    if (extra !== undefined) {
      this.#report.add('extra-words', extra.at, `'${extra.text}' is ignored: one pattern per line`);
    }
    const paths = this.#files.expand(pattern.text, directoryOf(line.file));
    if (paths.length === 0) {
      const isPattern = /[*?[{]/.test(pattern.text);
      if (policy === 'required') {
        this.#report.add('include-required', pattern.at, `nothing matches '${pattern.text}'`);
      } else if (!isPattern) {
        this.#report.add('include-missing', pattern.at, `${pattern.text} does not exist`);
      }
    }
    for (const path of paths) this.#readFile(path, pattern.at, 'include');
    return true;
  }
}

/** The value of a definition; each line of it but the last ends in a backslash. */
function readValue(first: string, rest: Generator<TracedLine>): string[] {
  const values: string[] = [];
  let text = first;
  while (text.endsWith('\\')) {
    values.push(text.slice(0, -1).trim());
    const next = rest.next();
    if (next.done === true) return values;
    text = next.value.text;
  }
  values.push(text.trim());
  return values;
}

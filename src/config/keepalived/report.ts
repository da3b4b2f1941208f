import type { Diagnostic, Severity } from '../../base/diagnostics.ts';
import { CODES, type Code } from './codes.ts';
import { type Cause, consequencesOf, type RootBlock } from './consequences.ts';
import type { Position } from './text/traced.ts';

/** Something that is wrong with the word at a place; the place is the word's own, not a copy. */
export interface Fault {
  readonly code: Code;
  readonly at: Position;
}

/** What may have been meant by an unknown word. */
export interface Hint {
  readonly text?: string;
  /** The keyword of the same block that is nearest to it. */
  readonly meant?: string;
}

/** To look for the nearest of all keywords takes about a millisecond. */
const HINTS_MAX = 200;

/** Collects what is to be told; says nothing twice about the same place. */
export class Report {
  readonly #diagnostics: Diagnostic[] = [];
  readonly #seen = new Set<string>();
  readonly #faults: Fault[] = [];
  readonly #causes: Cause[] = [];
  readonly #blocks: RootBlock[] = [];
  readonly #hints = new Map<string, Hint>();
  readonly #files = new Set<string>();

  add(code: Code, at: Position, message: string, hint?: string | undefined): void {
    this.#faults.push({ code, at });
    const key = `${code} ${at.file}:${at.line}:${at.column} ${message}`;
    if (this.#seen.has(key)) return;
    this.#seen.add(key);
    this.#diagnostics.push({
      code,
      severity: severityOf(code),
      ...at,
      message,
      ...(hint !== undefined && { hint }),
    });
  }

  /** What `find` says, asked once a word; a text that is none of ours at all gets no more of it. */
  hintFor(word: string, find: () => Hint): Hint {
    const known = this.#hints.get(word);
    if (known !== undefined || this.#hints.size >= HINTS_MAX) return known ?? {};
    const hint = find();
    this.#hints.set(word, hint);
    return hint;
  }

  /** Files are read in the order in which they are mentioned here. */
  noteFile(path: string): void {
    this.#files.add(path);
  }

  /** What follows from this is not told. */
  excuse(cause: Cause): void {
    this.#causes.push(cause);
  }

  /** What stands in one block, so that causes are not looked for in others. */
  noteBlock(block: RootBlock): void {
    this.#blocks.push(block);
  }

  /** Also those that are not told again, because they are about the same place of a macro. */
  get faults(): readonly Fault[] {
    return this.#faults;
  }

  /** In the order in which files were read, then of place; without what follows from something else. */
  sorted(): Diagnostic[] {
    const files = new Set([...this.#files, ...this.#diagnostics.map(({ file }) => file)]);
    const order = new Map([...files].map((file, index) => [file, index]));
    const isConsequence = consequencesOf(this.#causes, this.#blocks);
    const told = this.#diagnostics.filter(
      ({ code, message, ...at }) => !isConsequence({ code: code as Code, at, message }),
    );
    return told.toSorted(
      (a, b) =>
        (order.get(a.file) ?? 0) - (order.get(b.file) ?? 0) ||
        a.line - b.line ||
        a.column - b.column,
    );
  }
}

export function severityOf(code: Code): Severity {
  return CODES[code].severity;
}

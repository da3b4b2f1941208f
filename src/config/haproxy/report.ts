import type { Diagnostic } from '../../base/diagnostics.ts';
import { CODES, type Code } from './codes.ts';

/** A place of a configuration. */
export interface Position {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

/** To look for the nearest of all keywords takes a part of a millisecond. */
const HINTS_MAX = 200;

/** Collects what is to be told; says nothing twice about the same place. */
export class Report {
  readonly #diagnostics: Diagnostic[] = [];
  #hints = 0;
  readonly #seen = new Set<string>();

  add(code: Code, at: Position, message: string, hint?: string): void {
    const key = `${code} ${at.file}:${at.line}:${at.column} ${message}`;
    if (this.#seen.has(key)) return;
    this.#seen.add(key);
    const { file, line, column } = at;
    this.#diagnostics.push({
      code,
      severity: CODES[code].severity,
      file,
      line,
      column,
      message,
      ...(hint !== undefined && { hint }),
    });
  }

  /** Whether to look for what may have been meant: of a text that is none of ours, not for ever. */
  mayHint(): boolean {
    return this.#hints++ < HINTS_MAX;
  }

  get hasErrors(): boolean {
    return this.#diagnostics.some(({ severity }) => severity === 'error' || severity === 'fatal');
  }

  get hasWarnings(): boolean {
    return this.#diagnostics.some(({ severity }) => severity === 'warning');
  }

  /** By file as they were read, then by place. */
  sorted(files: readonly string[]): readonly Diagnostic[] {
    const order = new Map(files.map((file, index) => [file, index]));
    return this.#diagnostics.toSorted(
      (a, b) =>
        (order.get(a.file) ?? -1) - (order.get(b.file) ?? -1) ||
        a.line - b.line ||
        a.column - b.column,
    );
  }
}

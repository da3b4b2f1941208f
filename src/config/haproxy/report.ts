import type { Diagnostic } from '../../base/diagnostics.ts';
import { CODES, type Code } from './codes.ts';

/** A place of a configuration. */
export interface Position {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

/** Collects what is to be told; says nothing twice about the same place. */
export class Report {
  readonly #diagnostics: Diagnostic[] = [];
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

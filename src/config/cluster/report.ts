import type { Diagnostic } from '../../base/diagnostics.ts';
import { CODES, type Code } from './codes.ts';

/** A place of a file. */
export interface Position {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

/** Collects what is to be told. */
export class Report {
  readonly #diagnostics: Diagnostic[] = [];

  add(code: Code, at: Position, message: string, hint?: string): void {
    const { severity } = CODES[code];
    const { file, line, column } = at;
    const rest = hint === undefined ? {} : { hint };
    this.#diagnostics.push({ code, severity, file, line, column, message, ...rest });
  }

  /** Reports, and stands for the value that there is none of. */
  reject(code: Code, at: Position, message: string, hint: string): undefined {
    this.add(code, at, message, hint);
    return undefined;
  }

  get hasErrors(): boolean {
    return this.#diagnostics.some(({ severity }) => severity === 'error' || severity === 'fatal');
  }

  /** By place. */
  sorted(): readonly Diagnostic[] {
    return this.#diagnostics.toSorted((a, b) => a.line - b.line || a.column - b.column);
  }
}

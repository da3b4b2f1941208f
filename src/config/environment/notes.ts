/** Collects what is to be told of variables: `$NAME:1:COLUMN` is the place of a value. */
import type { Diagnostic } from '../../base/diagnostics.ts';
import { nearestWord } from '../../base/edit-distance.ts';
import { ENVIRONMENT_CODES, type EnvironmentCode } from './codes.ts';
import { nearMisses, type Variable } from './variable.ts';

export interface Note {
  readonly code: EnvironmentCode;
  /** The variable, or where there is none the option or file. */
  readonly about: string;
  readonly message: string;
  readonly hint?: string;
}

export class Notes {
  readonly #diagnostics: Diagnostic[] = [];

  add({ code, about, message, hint }: Note): void {
    const [severity] = ENVIRONMENT_CODES[code];
    const place = { file: about, line: 1, column: 1 };
    const base = { code, severity, ...place, message };
    this.#diagnostics.push(hint === undefined ? base : { ...base, hint });
  }

  get all(): readonly Diagnostic[] {
    return this.#diagnostics;
  }

  /** Names of a family that are not in its table. */
  addNearMisses(names: Iterable<string>, table: readonly Variable[]): void {
    for (const [name, meant] of nearMisses(names, table, nearestWord)) {
      this.add({
        code: 'image-variable-unknown',
        about: placeOf(name),
        message: `there is no variable ${name}: it is ignored`,
        hint: `did you mean ${meant}?`,
      });
    }
  }
}

/** How a variable is named as the place of a diagnostic. */
export function placeOf(variable: string): string {
  return `$${variable}`;
}

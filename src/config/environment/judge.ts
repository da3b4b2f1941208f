/** What the reader of keepalived.conf says of a draft, told of the variables that its lines came from. */
import type { Diagnostic } from '../../base/diagnostics.ts';
import { createRng } from '../../base/rng.ts';
import { readKeepalivedConfig } from '../keepalived/index.ts';
import { createMemoryFiles } from '../keepalived/memory-files.ts';
import type { Draft } from './draft.ts';
import { placeOf } from './notes.ts';

export interface Judged {
  readonly draft: Draft;
  /** Where it will lie, for what no variable is to blame for. */
  readonly path: string;
  /** By the code of a diagnostic: the variable that causes it elsewhere than in its own line. */
  readonly blame: Readonly<Record<string, string>>;
  /** Of the lines that an image writes itself only mistakes are told: nobody can change them. */
  readonly template: 'own' | 'mounted';
}

/** Old images write it always, and it does no harm. */
const SILENT = new Set(['own-interface-tracked']);

export function judge({ draft, path, blame, template }: Judged): readonly Diagnostic[] {
  const { diagnostics } = readKeepalivedConfig(path, {
    files: createMemoryFiles({ [path]: draft.text }),
    environment: { get: () => undefined },
    rng: createRng(1),
    hostName: '',
  });
  return diagnostics.flatMap((diagnostic) => {
    const { code, severity, line, column } = diagnostic;
    if (SILENT.has(code)) return [];
    const blamed = blame[code];
    const origin =
      blamed === undefined ? draft.origin(line, column) : { variable: blamed, column: 1 };
    if (origin !== undefined) {
      return [{ ...diagnostic, file: placeOf(origin.variable), line: 1, column: origin.column }];
    }
    const isTold = template === 'mounted' || severity === 'error' || severity === 'fatal';
    return isTold ? [diagnostic] : [];
  });
}

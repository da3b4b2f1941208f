import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createTwoFilesPatch } from 'diff';
import type { PlannedFile } from '../../plan/files.ts';

export interface Difference {
  readonly path: string;
  readonly kind: 'new' | 'changed';
  /** As `diff -u` has it, passwords left out. */
  readonly patch: string;
}

/** How the folder differs from the plan; files that are not of the plan are nobody's concern. */
export function compare(folder: string, files: readonly PlannedFile[]): readonly Difference[] {
  return files.flatMap(({ path, text }): readonly Difference[] => {
    const present = readIfPresent(join(folder, path));
    if (present === undefined) return [{ path, kind: 'new', patch: '' }];
    if (present === text) return [];
    const patch = createTwoFilesPatch(
      path,
      path,
      redact(present),
      redact(text),
      'there',
      'planned',
    );
    return [{ path, kind: 'changed', patch }];
  });
}

export function describeDifference({ path, kind, patch }: Difference): string {
  if (kind === 'new') return `new      ${path}\n`;
  const lines = patch.split('\n').slice(1);
  return `changed  ${path}\n${lines.join('\n')}`;
}

function readIfPresent(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}

function redact(text: string): string {
  return text.replace(/\b(auth_pass|peer_key)\s+\S+/g, '$1 ********');
}

import { chmodSync, mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { PlannedFile } from '../../plan/files.ts';

/** Writes every file whole or not at all; returns what went wrong. */
export function writePlanned(folder: string, files: readonly PlannedFile[]): string | undefined {
  for (const { path, text, mode } of files) {
    const target = join(folder, path);
    const beside = `${target}.${process.pid}.tmp`;
    try {
      mkdirSync(dirname(target), { recursive: true });
      writeFileSync(beside, text, { mode });
      chmodSync(beside, mode);
      renameSync(beside, target);
    } catch (error) {
      return (error as Error).message;
    }
  }
  return undefined;
}

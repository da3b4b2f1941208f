import { existsSync, readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';

export const isRoot = process.platform === 'linux' && process.getuid?.() === 0;

/** The namespaces and temporary directories whose names begin with the prefix. */
export function leftovers(prefix: string): string[] {
  return ['/run/netns', tmpdir()].flatMap((folder) =>
    existsSync(folder) ? readdirSync(folder).filter((name) => name.startsWith(prefix)) : [],
  );
}

/** Lays out a package's files in a folder, always in the same way. */
import {
  chmodSync,
  copyFileSync,
  lutimesSync,
  mkdirSync,
  readdirSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import type { Entry } from './layout.ts';

/** `epochS`: the time of every file and folder, in seconds since 1970. */
export function stage(entries: readonly Entry[], folder: string, epochS: number): void {
  for (const entry of entries) write(entry, join(folder, entry.path));
  settle(folder, epochS);
}

function write({ contents, mode }: Entry, path: string): void {
  mkdirSync(dirname(path), { recursive: true });
  switch (contents.kind) {
    case 'link':
      symlinkSync(contents.target, path);
      return;
    case 'file':
      copyFileSync(contents.source, path);
      break;
    case 'text':
      writeFileSync(path, contents.text);
      break;
    case 'compressed':
      // Without a name and a time in it.
      writeFileSync(path, gzipSync(contents.text, { level: 9 }));
      break;
  }
  chmodSync(path, mode);
}

function settle(path: string, epochS: number): void {
  for (const entry of readdirSync(path, { withFileTypes: true })) {
    const inner = join(path, entry.name);
    if (entry.isDirectory()) settle(inner, epochS);
    else lutimesSync(inner, epochS, epochS);
  }
  chmodSync(path, 0o755);
  lutimesSync(path, epochS, epochS);
}

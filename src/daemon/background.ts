/**
 * Becoming a daemon. Node cannot fork, so the program starts itself again in a session of its own; the
 * first process ends when the second says that it serves, or with its exit code when it does not.
 */
import { spawn } from 'node:child_process';
import { closeSync, openSync, writeSync } from 'node:fs';

/** In the environment of the second process, until it serves. */
export const BACKGROUND_MARK = 'HOLDFAST_BACKGROUND';
const READY_FD = 3;
const STDERR_FD = 2;

export function isBackgroundChild(): boolean {
  return process.env[BACKGROUND_MARK] === '1';
}

/** In the second process: tells the first that it may end. */
export function tellReady(): void {
  if (!isBackgroundChild()) return;
  delete process.env[BACKGROUND_MARK];
  try {
    writeSync(READY_FD, 'ready');
    closeSync(READY_FD);
  } catch {
    // The first process was killed; that is no reason to stop serving.
  }
  // The first process reads the other end no more. The lowest free descriptor is the one just closed.
  closeSync(STDERR_FD);
  openSync('/dev/null', 'r+');
}

/** In the first process: starts the second and waits until it serves. Resolves with the exit code. */
export async function startInBackground(): Promise<number> {
  const script = process.argv[1];
  if (script === undefined) return 1;
  const child = spawn(process.execPath, [...process.execArgv, script, ...process.argv.slice(2)], {
    argv0: process.argv0,
    detached: true,
    env: { ...process.env, [BACKGROUND_MARK]: '1' },
    stdio: ['ignore', 'ignore', 'pipe', 'pipe'],
  });
  child.stderr?.pipe(process.stderr);
  return await new Promise((resolve) => {
    child.stdio[READY_FD]?.once('data', () => resolve(0));
    child.once('error', () => resolve(1));
    child.once('exit', (code) => resolve(code ?? 1));
  });
}

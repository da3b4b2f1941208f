import { renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Before the umask. */
const MODE = 0o666;

/** Where keepalived's users look for its dumps. */
export function dumpPath(name: string): string {
  return join(process.env.TMPDIR || '/tmp', name);
}

/**
 * Writes a file beside its place and moves it there, so that a reader sees the whole of the old or of
 * the new one.
 */
export function writeDump(path: string, text: string, umask: number): Error | undefined {
  const unfinished = `${path}.${process.pid}`;
  try {
    // Anybody may put something there: nothing that is there is written to.
    rmSync(unfinished, { force: true });
    writeFileSync(unfinished, text, { flag: 'wx', mode: MODE & ~umask });
    renameSync(unfinished, path);
    return undefined;
  } catch (error) {
    return error as Error;
  }
}

/** Why nobody answers at a control socket, and since when, as far as others can see. */
import { readFileSync, statSync } from 'node:fs';
import { findListener } from '../../linux/local-socket.ts';
import { isSysError } from '../../ports/sys-error.ts';

/** The heartbeat comes once a second. */
const HEARTBEAT_SLACK_MS = 2000;

/** The letters of /proc/PID/stat. */
const STATES: Readonly<Record<string, string>> = {
  T: 'is stopped (SIGSTOP)',
  t: 'is stopped by a debugger',
  D: 'waits for a device or a file system',
  R: 'is busy with something else',
  S: 'waits for something else',
  Z: 'has ended, and its parent has not noticed',
};

/** One sentence for people; undefined where nothing is to be found out. */
export function describeSilence(path: string): string | undefined {
  const listener = findListener(path);
  const pid = isSysError(listener) ? 0 : listener.pid;
  const who =
    pid > 0 ? `process ${pid} ${stateOf(pid)}` : 'its process is not to be seen from here';
  const since = sinceWhen(path);
  return since === undefined ? who : `${who}; ${since}`;
}

function stateOf(pid: number): string {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    // The name before it stands in brackets and may hold some itself.
    const letter = stat.slice(stat.lastIndexOf(')') + 2).charAt(0);
    return STATES[letter] ?? `is in state ${letter}`;
  } catch {
    return 'has ended';
  }
}

function sinceWhen(path: string): string | undefined {
  try {
    const { mtime } = statSync(path);
    const ageMs = Date.now() - mtime.getTime();
    const when = `${(ageMs / 1000).toFixed(1)} s ago (${mtime.toISOString()})`;
    return ageMs > HEARTBEAT_SLACK_MS
      ? `its last sign of life was ${when}`
      : `its last sign of life was ${when}, so it may be about to answer`;
  } catch {
    return undefined;
  }
}

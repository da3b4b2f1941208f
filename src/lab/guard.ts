import { spawn } from 'node:child_process';
import type { Socket } from 'node:net';
import { labEnvironment } from './execute.ts';

/**
 * Arguments: the directory, then the namespaces. It blocks reading a pipe whose other end only the
 * lab holds. A word means that all is clean; the end of the file means that the lab is gone.
 */
const script = `
trap '' HUP INT TERM PIPE
if read -r word; then exit 0; fi
directory=$1
shift
# A command that the lab had started may still be making what is to be removed.
for attempt in 1 2 3 4 5; do
  for name in "$@"; do
    [ -e "/run/netns/$name" ] || continue
    for pid in $(ip netns pids "$name" 2>/dev/null); do kill -9 "$pid" 2>/dev/null; done
    ip netns del "$name" 2>/dev/null
  done
  rm -rf "$directory" 2>/dev/null
  sleep 0.1
done
`;

export interface Guard {
  /** Tells the guard that nothing is left to remove, and waits until it is gone. */
  dismiss(): Promise<void>;
}

/** Starts the process that removes namespaces and directory when this one is killed. */
export function startGuard(options: {
  readonly namespaces: readonly string[];
  readonly directory: string;
}): Guard {
  const child = spawn('sh', ['-c', script, 'lab-guard', options.directory, ...options.namespaces], {
    detached: true,
    // Not the mark by which a test run finds and kills what its tests left behind.
    env: { PATH: labEnvironment().PATH },
    stdio: ['pipe', 'ignore', 'ignore'],
    cwd: '/',
  });
  const exited = new Promise<void>((resolve) => {
    child.once('exit', () => resolve());
    child.once('error', () => resolve());
  });
  child.stdin.on('error', () => {});
  child.unref();
  (child.stdin as Socket).unref();
  return {
    dismiss: async () => {
      child.ref();
      child.stdin.end('clean\n');
      await exited;
    },
  };
}

import { spawn } from 'node:child_process';
import { onProcessEnd } from '../../src/lab/exit-hooks.ts';

/**
 * Processes that never rest, each in a session of its own, as separate services are. They end by
 * themselves after `limitSeconds`, should nobody be left to stop them.
 */
export function startLoad(count: number, limitSeconds: number): { stop(): void } {
  const loop = ['sh', '-c', 'while :; do :; done'];
  const children = Array.from({ length: count }, () =>
    spawn('timeout', ['-s', 'KILL', String(limitSeconds), ...loop], {
      detached: true,
      stdio: 'ignore',
      cwd: '/',
    }),
  );
  const kill = (): void => {
    for (const { pid } of children.splice(0)) {
      try {
        if (pid !== undefined) process.kill(-pid, 'SIGKILL');
      } catch {
        // It has ended.
      }
    }
  };
  const forget = onProcessEnd(kill);
  return {
    stop: () => {
      kill();
      forget();
    },
  };
}

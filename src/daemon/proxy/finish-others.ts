import type { ProxyRunOptions } from './run-options.ts';

/** Processes in whose place this one is: they end, softly or at once. */
export function finishOthers({ finish }: Pick<ProxyRunOptions, 'finish'>): void {
  for (const pid of finish?.pids ?? []) {
    try {
      process.kill(pid, finish?.how === 'hard' ? 'SIGTERM' : 'SIGUSR1');
    } catch {
      // It has ended already.
    }
  }
}

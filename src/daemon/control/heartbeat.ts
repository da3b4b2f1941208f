import { lutimes } from 'node:fs';

const INTERVAL_MS = 1000;

/**
 * Sets the time of the socket's file once a second, so that whoever finds that nobody answers there can
 * say since when. Beside the event loop: a file system that hangs does not hang this process.
 */
export function startHeartbeat(path: string): { stop(): void } {
  let phase: 'idle' | 'writing' = 'idle';
  const beat = (): void => {
    if (phase === 'writing') return;
    phase = 'writing';
    const now = new Date();
    lutimes(path, now, now, () => {
      phase = 'idle';
    });
  };
  const timer = setInterval(beat, INTERVAL_MS).unref();
  return { stop: () => clearInterval(timer) };
}

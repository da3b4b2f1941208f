import { performance } from 'node:perf_hooks';
import type { FdWatch, FdWatcher } from '../ports/fd-watcher.ts';
import { isSysError, type SysError } from '../ports/sys-error.ts';

const READS_PER_TURN = 16;
const PERIOD_MS = 100;
const READS_PER_PERIOD = 50;

export interface PacedReader {
  close(): void;
}

/**
 * Reads a socket that anybody on the segment can flood: 500 times a second at most, and between two
 * bursts the event loop is not even told that there is more. What the socket's small buffer does not
 * hold until then, the kernel drops. `readOne` says whether something was there.
 */
export function openPacedReader(
  watcher: FdWatcher,
  fd: number,
  readOne: () => 'read' | 'empty',
): PacedReader | SysError {
  let watch: FdWatch | undefined;
  let timer: NodeJS.Timeout | undefined;
  let phase: 'open' | 'closed' = 'open';
  let periodBegan = performance.now();
  let reads = 0;

  function onReadable(): void {
    const now = performance.now();
    if (now - periodBegan >= PERIOD_MS) {
      periodBegan = now;
      reads = 0;
    }
    for (let count = 0; count < READS_PER_TURN && phase === 'open'; count++) {
      if (reads >= READS_PER_PERIOD) {
        rest(PERIOD_MS - (now - periodBegan));
        return;
      }
      if (readOne() === 'empty') return;
      reads++;
    }
  }

  function rest(restMs: number): void {
    watch?.close();
    watch = undefined;
    timer = setTimeout(() => {
      const opened = watcher.watch(fd, onReadable);
      if (isSysError(opened)) rest(PERIOD_MS);
      else watch = opened;
    }, restMs);
  }

  const opened = watcher.watch(fd, onReadable);
  if (isSysError(opened)) return opened;
  watch = opened;
  return {
    close: () => {
      phase = 'closed';
      clearTimeout(timer);
      watch?.close();
      watch = undefined;
    },
  };
}

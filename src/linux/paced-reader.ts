import { performance } from 'node:perf_hooks';
import type { FdWatch, FdWatcher } from '../ports/fd-watcher.ts';
import { isSysError, type SysError } from '../ports/sys-error.ts';
import { close } from './ffi/libc.ts';

/** Adverts wait no longer than these take. */
const READS_PER_TURN = 16;
/** A successor may announce thousands of addresses at once, twice. */
export const BURST_READS = 8192;
export const READS_PER_SECOND = 500;
const REST_MS = 100;

export interface PacedReaderOptions {
  /** Says whether something was there. */
  readonly readOne: () => 'read' | 'empty';
  /** The first time that not all is read, and again after it was quiet for a while. */
  readonly onFlood: () => void;
}

export interface PacedReader {
  close(): void;
}

/**
 * Reads a socket that anybody on the segment can flood: after a burst only 500 times a second, and in
 * between the event loop is not even told that there is more. What the socket's buffer does not hold
 * until then, the kernel drops. The socket is the reader's, and is closed with it.
 */
export function openPacedReader(
  watcher: FdWatcher,
  fd: number,
  { readOne, onFlood }: PacedReaderOptions,
): PacedReader | SysError {
  let watch: FdWatch | undefined;
  let timer: NodeJS.Timeout | undefined;
  let phase: 'open' | 'closed' = 'open';
  let allowance = BURST_READS;
  let countedAt = performance.now();
  let pace: 'free' | 'slow' = 'free';

  function onReadable(): void {
    const now = performance.now();
    const earned = ((now - countedAt) / 1000) * READS_PER_SECOND;
    allowance = Math.min(BURST_READS, allowance + earned);
    countedAt = now;
    if (allowance === BURST_READS) pace = 'free';
    for (let count = 0; count < READS_PER_TURN && phase === 'open'; count++) {
      if (allowance < 1) {
        rest();
        if (pace === 'free') onFlood();
        pace = 'slow';
        return;
      }
      if (readOne() === 'empty') return;
      allowance--;
    }
  }

  function rest(): void {
    watch?.close();
    watch = undefined;
    timer = setTimeout(() => {
      const opened = watcher.watch(fd, onReadable);
      if (isSysError(opened)) rest();
      else watch = opened;
    }, REST_MS);
  }

  const opened = watcher.watch(fd, onReadable);
  if (isSysError(opened)) {
    close(fd);
    return opened;
  }
  watch = opened;
  return {
    close: () => {
      if (phase === 'closed') return;
      phase = 'closed';
      clearTimeout(timer);
      watch?.close();
      watch = undefined;
      close(fd);
    },
  };
}

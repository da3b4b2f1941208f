import { performance } from 'node:perf_hooks';
import type { FdWatch, FdWatcher } from '../ports/fd-watcher.ts';
import { isSysError, type SysError } from '../ports/sys-error.ts';

/** A wake-up so soon after the one before belongs to a burst. */
const SOON_MS = 0.5;
/** Few adverts are read as they come: some of them decide who serves. */
const FREE_WAKE_UPS = 4;
const REST_MS = 1;

/**
 * Reads a socket when something is there. A master sends the adverts of hundreds of routers one after the
 * other; whoever is real-time would be woken up for each of them. In a burst it reads what is there once
 * a millisecond.
 */
export function openCrowdedReader(
  watcher: FdWatcher,
  fd: number,
  /** Says whether anything was there. */
  readAll: () => 'read' | 'empty',
): FdWatch | SysError {
  let watch: FdWatch | undefined;
  let timer: NodeJS.Timeout | undefined;
  let phase: 'open' | 'closed' = 'open';
  let wokenAt = 0;
  let inARow = 0;

  function onReadable(): void {
    const now = performance.now();
    inARow = now - wokenAt < SOON_MS ? inARow + 1 : 0;
    readAll();
    wokenAt = performance.now();
    if (inARow >= FREE_WAKE_UPS) rest();
  }

  function rest(): void {
    if (phase === 'closed') return;
    watch?.close();
    watch = undefined;
    timer = setTimeout(() => {
      if (phase === 'closed') return;
      if (readAll() === 'read') rest();
      else goOn();
    }, REST_MS);
  }

  function goOn(): void {
    inARow = 0;
    const opened = watcher.watch(fd, onReadable);
    if (isSysError(opened)) rest();
    else watch = opened;
  }

  const opened = watcher.watch(fd, onReadable);
  if (isSysError(opened)) return opened;
  watch = opened;
  return {
    close: () => {
      if (phase === 'closed') return;
      phase = 'closed';
      clearTimeout(timer);
      watch?.close();
      watch = undefined;
    },
  };
}

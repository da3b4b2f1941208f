import { performance } from 'node:perf_hooks';
import type { FdWatcher } from '../ports/fd-watcher.ts';
import { isSysError, type SysError } from '../ports/sys-error.ts';

/** A wake-up so soon after the one before belongs to a burst. */
const SOON_MS = 0.5;
/** Few adverts are read as they come: some of them decide who serves. */
const FREE_WAKE_UPS = 4;
const SHORT_REST_MS = 1;
/** Where nothing waits for the adverts: a master of hundreds of routers has said all by then. */
const LONG_REST_MS = 5;
/** What brings no more than so many is no burst; but it may be the end of one. */
const FEW = 4;
const FEW_IN_A_ROW = 3;

export interface CrowdedReaderOptions {
  /** Reads what is there; says how many datagrams that were. */
  readAll(): number;
  /**
   * `long`: what comes may lie for a while, for whoever judges by it calls `readWaiting` before, and
   * what is urgent does so too.
   */
  rest(): 'short' | 'long';
}

export interface CrowdedReader {
  /** Reads at once what lies there while the socket is not looked at. */
  readWaiting(): void;
  /** The same whether it is looked at or not: something is there. */
  readNow(): void;
  close(): void;
}

/**
 * Reads a socket when something is there. A master sends the adverts of hundreds of routers one after the
 * other; whoever is real-time would be woken up for each of them. In a burst it reads what is there once
 * a millisecond; where nobody waits for it, it is woken up at the beginning of a burst and reads at its end.
 */
export function openCrowdedReader(
  watcher: FdWatcher,
  fd: number,
  { readAll, rest: lengthOfRest }: CrowdedReaderOptions,
): CrowdedReader | SysError {
  let phase: 'watching' | 'resting' | 'closed' = 'watching';
  let timer: NodeJS.Timeout | undefined;
  let restMs = 0;
  let wokenAt = 0;
  let inARow = 0;
  /** `crowded`: the last burst was one, so the next one is expected to be. */
  let pace: 'free' | 'crowded' = 'free';
  /** Since the socket was woken up last. */
  let taken = 0;
  let smallOnes = 0;

  function onReadable(): void {
    if (pace === 'crowded' && lengthOfRest() === 'long') {
      taken = 0;
      rest();
      return;
    }
    const now = performance.now();
    inARow = now - wokenAt < SOON_MS ? inARow + 1 : 0;
    readAll();
    wokenAt = performance.now();
    if (inARow < FREE_WAKE_UPS || phase === 'closed') return;
    pace = 'crowded';
    smallOnes = 0;
    rest();
  }

  function rest(): void {
    if (phase === 'closed') return;
    phase = 'resting';
    watch.pause();
    const wantedMs = lengthOfRest() === 'long' ? LONG_REST_MS : SHORT_REST_MS;
    if (timer !== undefined && wantedMs === restMs) {
      timer.refresh();
      return;
    }
    clearTimeout(timer);
    restMs = wantedMs;
    timer = setTimeout(onRested, restMs);
  }

  function onRested(): void {
    if (phase !== 'resting') return;
    const count = readAll();
    taken += count;
    if (count > 0 && restMs === SHORT_REST_MS) rest();
    else goOn();
  }

  function goOn(): void {
    if (phase !== 'resting') return;
    smallOnes = taken <= FEW ? smallOnes + 1 : 0;
    if (smallOnes >= FEW_IN_A_ROW) pace = 'free';
    inARow = 0;
    phase = 'watching';
    watch.resume();
  }

  const opened = watcher.watch(fd, onReadable);
  if (isSysError(opened)) return opened;
  const watch = opened;
  return {
    readWaiting: () => {
      if (phase === 'resting') taken += readAll();
    },
    readNow: () => {
      if (phase !== 'closed') taken += readAll();
    },
    close: () => {
      if (phase === 'closed') return;
      phase = 'closed';
      clearTimeout(timer);
      watch.close();
    },
  };
}

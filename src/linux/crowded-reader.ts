import { performance } from 'node:perf_hooks';
import type { FdWatcher } from '../ports/fd-watcher.ts';
import { isSysError, type SysError } from '../ports/sys-error.ts';

/** A wake-up so soon after the one before belongs to a burst. */
const SOON_MS = 0.5;
/** Few adverts are read as they come: some of them decide who serves. */
const FREE_WAKE_UPS = 4;
const SHORT_REST_MS = 1;
/** Where nothing waits for the adverts: as long as what comes meanwhile is not much. */
const LONG_RESTS_MS = { first: 75, least: 4, most: 300 } as const;
const MUCH = 800;
const LITTLE = 320;
/** What brings no more than so many is no burst; but it may be the end of one. */
const FEW = 4;
const FEW_IN_A_ROW = 3;

/** `late`: what is there may have come a while ago. */
export type ReadTime = 'at-once' | 'late';

export interface CrowdedReaderOptions {
  /** Reads what is there; says how many datagrams that were. */
  readAll(when: ReadTime): number;
  /**
   * `long`: what comes may lie for a while, for whoever judges by it calls `readWaiting` before, and
   * what is urgent does so too.
   */
  rest(): 'short' | 'long';
}

export interface CrowdedReader {
  /** Reads at once what lies there while the socket is not looked at, and asks how long it may rest. */
  readWaiting(): void;
  /** Reads whether it is looked at or not: something is there. */
  readNow(): void;
  close(): void;
}

/**
 * Reads a socket when something is there. A master sends the adverts of hundreds of routers one after the
 * other; whoever is real-time would be woken up for each of them. In a burst it reads what is there once
 * a millisecond; where nobody waits for it some times a second, and is not woken up by what comes at all.
 */
export function openCrowdedReader(
  watcher: FdWatcher,
  fd: number,
  { readAll, rest: lengthOfRest }: CrowdedReaderOptions,
): CrowdedReader | SysError {
  let phase: 'watching' | 'short-rest' | 'long-rest' | 'closed' = 'watching';
  let timer: NodeJS.Timeout | undefined;
  let timerMs = 0;
  let longMs: number = LONG_RESTS_MS.first;
  let wokenAt = 0;
  let inARow = 0;
  /** Since the socket was read at the end of a rest. */
  let taken = 0;
  let smallOnes = 0;

  function onReadable(): void {
    const now = performance.now();
    inARow = now - wokenAt < SOON_MS ? inARow + 1 : 0;
    readAll('at-once');
    wokenAt = performance.now();
    if (inARow < FREE_WAKE_UPS || isClosed()) return;
    taken = 0;
    smallOnes = 0;
    longMs = LONG_RESTS_MS.first;
    rest();
  }

  function rest(): void {
    if (phase === 'watching') watch.pause();
    phase = lengthOfRest() === 'long' ? 'long-rest' : 'short-rest';
    const wantedMs = phase === 'long-rest' ? longMs : SHORT_REST_MS;
    if (timer !== undefined && wantedMs === timerMs) {
      timer.refresh();
      return;
    }
    clearTimeout(timer);
    timerMs = wantedMs;
    timer = setTimeout(onRested, timerMs);
  }

  function onRested(): void {
    if (phase === 'short-rest') {
      if (readAll('at-once') > 0 && !isClosed()) rest();
      else goOn();
      return;
    }
    if (phase !== 'long-rest') return;
    taken += readAll('late');
    if (isClosed()) return;
    if (taken > MUCH) longMs = Math.max(LONG_RESTS_MS.least, longMs / 2);
    else if (taken < LITTLE) longMs = Math.min(LONG_RESTS_MS.most, longMs * 2);
    smallOnes = taken <= FEW ? smallOnes + 1 : 0;
    taken = 0;
    if (smallOnes < FEW_IN_A_ROW) rest();
    else goOn();
  }

  function goOn(): void {
    if (phase === 'watching' || isClosed()) return;
    inARow = 0;
    phase = 'watching';
    watch.resume();
  }

  function isClosed(): boolean {
    return phase === 'closed';
  }

  const opened = watcher.watch(fd, onReadable);
  if (isSysError(opened)) return opened;
  const watch = opened;
  return {
    readWaiting: () => {
      if (phase === 'short-rest') readAll('at-once');
      if (phase !== 'long-rest') return;
      taken += readAll('late');
      if (phase !== 'long-rest') return;
      if (lengthOfRest() === 'short') goOn();
      else timer?.refresh();
    },
    readNow: () => {
      if (!isClosed()) taken += readAll(phase === 'long-rest' ? 'late' : 'at-once');
    },
    close: () => {
      if (isClosed()) return;
      phase = 'closed';
      clearTimeout(timer);
      watch.close();
    },
  };
}

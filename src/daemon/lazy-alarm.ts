/**
 * An alarm that costs nothing while its instant only moves later, as a backup's does with every advert:
 * it goes off at the earlier one, finds that it is too early, and is set anew once.
 */
import type { Micros } from '../base/time.ts';
import type { Alarm, AlarmFactory, Clock } from '../ports/clock.ts';

export interface LazyAlarmParts {
  readonly clock: Pick<Clock, 'now'>;
  readonly alarms: AlarmFactory;
}

export interface LazyAlarmCalls {
  /** May put the instant off; returns the time up to which all is known. */
  before(): Micros;
  onDue(now: Micros): void;
}

export interface LazyAlarm extends Alarm {
  /** Sets what has been put off, so that it does not go off too early. */
  settle(): void;
}

/** Calls back at the end of a turn: packets that wait in a socket are older than the alarm, and come first. */
export function createLazyAlarm(
  { clock, alarms }: LazyAlarmParts,
  { before, onDue }: LazyAlarmCalls,
): LazyAlarm {
  let wantedAt: Micros | undefined;
  let setAt: Micros | undefined;
  let phase: 'idle' | 'going-off' = 'idle';
  const isEarly = (at: Micros): boolean => at > clock.now();

  const inner = alarms.createAlarm(() => {
    setAt = undefined;
    phase = 'going-off';
    setImmediate(goOff);
  });

  function set(at: Micros): void {
    if (setAt !== undefined && setAt <= at) return;
    setAt = at;
    inner.arm(at);
  }

  function goOff(): void {
    const knownTo = wantedAt === undefined || isEarly(wantedAt) ? undefined : before();
    phase = 'idle';
    if (wantedAt === undefined) return;
    if (knownTo === undefined || wantedAt > knownTo) set(wantedAt);
    else onDue(knownTo);
  }

  return {
    arm: (at) => {
      wantedAt = at;
      if (at === undefined) {
        setAt = undefined;
        inner.arm(undefined);
      } else if (phase === 'idle') set(at);
    },
    settle: () => {
      if (phase === 'going-off' || wantedAt === undefined || wantedAt === setAt) return;
      setAt = wantedAt;
      inner.arm(wantedAt);
    },
    close: () => {
      wantedAt = undefined;
      inner.close();
    },
  };
}

/** Says when this process could do nothing for a while, and for want of what: nobody can see that any more later. */
import { readFileSync } from 'node:fs';
import type { LogSink } from '../ports/log.ts';

const LOOK_MS = 500;
/** What is less is no news on a busy host. */
const LATE_MS = 1000;

/** Of the main thread since it began, in milliseconds. */
export interface ThreadTimes {
  readonly ran: number;
  /** It was ready to run, and others had the processors. */
  readonly waited: number;
}

export interface StandStillParts {
  readonly log: Pick<LogSink, 'write'>;
  /** Milliseconds that only go forwards. */
  nowMs(): number;
  /** Undefined where the kernel does not tell. */
  times(): ThreadTimes | undefined;
}

export class StandStill {
  readonly #parts: StandStillParts;
  #at: number;
  #times: ThreadTimes | undefined;

  constructor(parts: StandStillParts) {
    this.#parts = parts;
    this.#at = parts.nowMs();
    this.#times = parts.times();
    setInterval(() => this.look(), LOOK_MS).unref();
  }

  /** Each half second, or later. */
  look(): void {
    const { log, nowMs, times } = this.#parts;
    const [at, now] = [nowMs(), times()];
    const lateMs = at - this.#at - LOOK_MS;
    if (lateMs > LATE_MS) {
      const text = `stood still for ${seconds(lateMs)}${causes(lateMs, this.#times, now)}`;
      log.write({ level: 'warning', text });
    }
    [this.#at, this.#times] = [at, now];
  }
}

/** From `/proc/self/schedstat` (Documentation/scheduler/sched-stats.rst), which is the main thread's. */
export function mainThreadTimes(): ThreadTimes | undefined {
  try {
    const [ran = Number.NaN, waited = Number.NaN] = readFileSync('/proc/self/schedstat', 'latin1')
      .split(' ')
      .map((nanoseconds) => Number(nanoseconds) / 1e6);
    return Number.isNaN(ran + waited) ? undefined : { ran, waited };
  } catch {
    return undefined;
  }
}

function causes(
  lateMs: number,
  before: ThreadTimes | undefined,
  after: ThreadTimes | undefined,
): string {
  if (before === undefined || after === undefined) return '';
  const ranMs = after.ran - before.ran;
  const waitedMs = after.waited - before.waited;
  const restMs = Math.max(0, lateMs - ranMs - waitedMs);
  const parts = [
    `worked for ${seconds(ranMs)}`,
    `waited for a processor for ${seconds(waitedMs)}`,
    `was held by the kernel for ${seconds(restMs)}`,
  ];
  return `: it ${parts.join(', ')}`;
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(2)} s`;
}

/** When the next piece of long work is done: after what is due for others, and after a pause now and then. */
import type { Clock } from '../ports/clock.ts';
import { PAUSE_MS, Streak } from './streak.ts';

export class PieceSchedule {
  readonly #clock: Clock;
  readonly #work: () => void;
  readonly #streak = new Streak();
  #state: 'idle' | 'scheduled' | 'closed' = 'idle';
  #pause: NodeJS.Timeout | undefined;

  /** `work`: does one piece. */
  constructor(clock: Clock, work: () => void) {
    this.#clock = clock;
    this.#work = work;
  }

  /** Another piece, after a pause where the last `streakUs` were work. */
  soon(streakUs: number): void {
    if (this.#state !== 'idle') return;
    if (this.#streak.next(this.#clock.now(), streakUs) === 'after-pause') this.afterPause();
    else {
      this.#state = 'scheduled';
      setImmediate(this.#go);
    }
  }

  afterPause(): void {
    if (this.#state !== 'idle') return;
    this.#state = 'scheduled';
    this.#pause = setTimeout(this.#go, PAUSE_MS);
  }

  /** Nothing is left to be done. */
  end(): void {
    this.#streak.end();
  }

  close(): void {
    this.#state = 'closed';
    clearTimeout(this.#pause);
  }

  readonly #go = (): void => {
    if (this.#state === 'closed') return;
    this.#state = 'idle';
    this.#work();
  };
}

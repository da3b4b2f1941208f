/** Finds out that a process which ought to say something again and again has fallen silent. */
import { BEAT_MS } from '../api/proxy-child.ts';

/** Missed in a row: a host on which everything stands still for half a second is no reason. */
export const BEATS_MISSED_MAX = 10;
/** Before the first one it reads its files, and starts workers. */
const BEATS_MISSED_AT_START_MAX = 150;

/**
 * Counts its own turns, not time: when this process was held up as well, that is one turn. What came
 * meanwhile is read before it is judged.
 */
export class SilenceWatch {
  readonly #onSilence: (forMs: number) => void;
  readonly #beatMs: number;
  #missed = 0;
  #max = BEATS_MISSED_AT_START_MAX;
  #timer: NodeJS.Timeout | undefined;

  constructor(onSilence: (forMs: number) => void, beatMs = BEAT_MS) {
    this.#onSilence = onSilence;
    this.#beatMs = beatMs;
  }

  /** A process was started. */
  begin(): void {
    this.end();
    this.#missed = 0;
    this.#max = BEATS_MISSED_AT_START_MAX;
    this.#timer = setTimeout(() => this.#turn(), this.#beatMs);
  }

  heard(): void {
    this.#missed = 0;
    this.#max = BEATS_MISSED_MAX;
  }

  end(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #turn(): void {
    this.#timer = setTimeout(() => this.#turn(), this.#beatMs);
    this.#missed++;
    if (this.#missed === this.#max) setImmediate(() => this.#judge());
  }

  /** What had come was read by now. */
  #judge(): void {
    if (this.#timer !== undefined && this.#missed >= this.#max)
      this.#onSilence(this.#missed * this.#beatMs);
  }
}

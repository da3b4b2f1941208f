/**
 * Gives memory back that only a start, a reload or a take-over needed. V8 would keep it for the next
 * one: its collector takes what is dead, but moves little together. To do both at one go holds the
 * process up, so that it is done right after an advert, when the next one is far enough away, and not
 * at all where it never is.
 */
import type { OwnMemory } from '../ports/own-memory.ts';
import type { Calm } from './calm.ts';

const PERIOD_MS = 10_000;
/** A start leaves most, and is over by then. */
const FIRST_MS = 5000;
/** Measured: 1.3 µs for each KiB in use; a slow processor takes longer. */
const PAUSE_US_PER_KIB = 2.5;
/** What V8 takes and collects again by itself stays below that (`--heap-growing-percent`). */
const SPARE_FACTOR = 1.5;
const SPARE_BYTES = 6 * 1024 * 1024;
const ATTEMPTS = 20;
const RETRY_MS = 250;

export interface SpareMemoryParts {
  readonly memory: OwnMemory;
  readonly vrrp: Calm & { isQuiet(): boolean };
  /** Holds no process up that has nothing else to do. */
  later(ms: number, act: () => void): void;
}

export class SpareMemory {
  readonly #parts: SpareMemoryParts;
  /** What was held after the last time; at the start nothing is known to be needed. */
  #neededBytes = 0;
  #state: 'watching' | 'waiting' | 'unable' = 'watching';

  constructor(parts: SpareMemoryParts) {
    this.#parts = parts;
  }

  begin(waitMs = FIRST_MS): void {
    this.#parts.later(waitMs, () => {
      this.begin(PERIOD_MS);
      this.#review();
    });
  }

  #review(): void {
    if (this.#state !== 'watching') return;
    const { heldBytes } = this.#parts.memory.heap();
    if (heldBytes < this.#neededBytes * SPARE_FACTOR + SPARE_BYTES) return;
    this.#state = 'waiting';
    this.#attempt(ATTEMPTS);
  }

  #attempt(left: number): void {
    const { memory, vrrp } = this.#parts;
    const isPossible = vrrp.phase === 'running' && vrrp.isQuiet();
    const dueUs = vrrp.untilDueUs();
    if (isPossible && dueUs >= (memory.heap().usedBytes / 1024) * PAUSE_US_PER_KIB) {
      this.#state = memory.giveBack() === 'done' ? 'watching' : 'unable';
      this.#neededBytes = memory.heap().heldBytes;
    } else if (left === 0) this.#state = 'watching';
    else {
      const waitMs = isPossible ? Math.max(0, dueUs) / 1000 + 1 : RETRY_MS;
      this.#parts.later(waitMs, () => this.#attempt(left - 1));
    }
  }
}

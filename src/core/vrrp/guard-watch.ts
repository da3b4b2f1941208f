/**
 * Keeps the kernel's guard over the addresses awake, and knows by its own clock when it was not: what
 * expired while this process slept may be another host's by now, and is not healed.
 */
import { MICROS_PER_SECOND, type Micros, micros, millis } from '../../base/time.ts';
import type { Guard } from './types.ts';

/** More often it is of no use, and costs. */
const RENEWAL_MIN = millis(100);
/** The kernel's seconds may be shorter than ours by a tick or two. */
const MARGIN_US = 50_000;

export class GuardWatch {
  #guard: Guard;
  #renewedAt: Micros | undefined;

  constructor(guard: Guard) {
    this.#guard = guard;
  }

  get guard(): Guard {
    return this.#guard;
  }

  /** Of the last renewal, while something is held; for a successor of this process. */
  get renewedAt(): Micros | undefined {
    return this.#renewedAt;
  }

  configure(guard: Guard): void {
    this.#guard = guard;
  }

  /** From now on something is held. */
  hold(now: Micros): void {
    this.#renewedAt = now;
  }

  release(): void {
    this.#renewedAt = undefined;
  }

  /** Whether it is time to renew; if so, it counts as done. */
  takeTurn(now: Micros): boolean {
    if (this.#guard.kind === 'none' || this.#renewedAt === undefined) return false;
    if (now - this.#renewedAt < RENEWAL_MIN) return false;
    this.#renewedAt = now;
    return true;
  }

  /** When to renew next where no advert gives occasion. */
  nextTurn(now: Micros, advertInterval: Micros): Micros {
    const last = this.#guard.kind === 'none' ? now : (this.#renewedAt ?? now);
    return micros(Math.max(now, last + Math.max(RENEWAL_MIN, advertInterval)));
  }

  /** For how long nothing was renewed, where that is longer than the kernel believed in us. */
  overslept(now: Micros): number | undefined {
    if (this.#renewedAt === undefined) return undefined;
    const silence = now - this.#renewedAt;
    return silence > this.#validity() ? silence : undefined;
  }

  #validity(): number {
    switch (this.#guard.kind) {
      case 'none':
        return Number.POSITIVE_INFINITY;
      case 'lifetime':
        return this.#guard.seconds * MICROS_PER_SECOND - MARGIN_US;
      case 'firewall':
        return this.#guard.validity;
    }
  }
}

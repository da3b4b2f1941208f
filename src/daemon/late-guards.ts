/**
 * Addresses that the kernel has and the dead-man switch does not guard yet: while others are still
 * missing those come first, for a tenth of a second.
 */
import type { VirtualAddress } from '../config/model/vrrp.ts';
import type { AddressLedger } from '../core/kernel/address-ledger.ts';
import type { Clock } from '../ports/clock.ts';

const COUNT_PER_TURN = 256;
const LATE_US = 100_000;

export interface LateGuardsParts {
  readonly clock: Clock;
  readonly ledger: Pick<AddressLedger, 'isPresent' | 'isOurs'>;
  guard(name: string, address: VirtualAddress): void;
}

export class LateGuards {
  readonly #parts: LateGuardsParts;
  #waiting: { readonly interface: string; readonly address: VirtualAddress }[] = [];
  #since = 0;

  constructor(parts: LateGuardsParts) {
    this.#parts = parts;
  }

  isIdle(): boolean {
    return this.#waiting.length === 0;
  }

  /** The kernel has it because of us. */
  add(name: string, address: VirtualAddress): void {
    if (this.#waiting.length === 0) this.#since = this.#parts.clock.now();
    this.#waiting.push({ interface: name, address });
  }

  /** Hands some over, without those that are gone again. */
  step(others: 'missing' | 'there'): 'more' | 'done' {
    const { clock, ledger, guard } = this.#parts;
    if (this.#waiting.length === 0) return 'done';
    if (others === 'missing' && clock.now() - this.#since < LATE_US) return 'more';
    for (const { interface: name, address } of this.#waiting.splice(0, COUNT_PER_TURN)) {
      if (!ledger.isPresent(name, address.address)) continue;
      if (ledger.isOurs(name, address.address)) guard(name, address);
    }
    return this.#waiting.length > 0 ? 'more' : 'done';
  }
}

/**
 * Renews the lifetimes of addresses that the kernel has, a few milliseconds at a time. What a holder has
 * seldom changes, so the list of each is made once and used until the ledger says otherwise.
 */
import { type IpFamily, ipFamily } from '../base/ip.ts';
import type { Micros } from '../base/time.ts';
import type { AddressLedger, HeldAddress } from '../core/kernel/address-ledger.ts';
import type { Clock } from '../ports/clock.ts';
import type { AddressOperation, AddressTable } from '../ports/network.ts';
import type { SysError } from '../ports/sys-error.ts';
import { SliceCost } from './slice-cost.ts';

const GUESS_US = { 4: 10, 6: 100 };
const SLICE_COUNT_MAX = 512;
/** They are never urgent. */
const BUDGET_US = 2000;
/**
 * A process that was stopped in the middle of its renewals must not go on with them: the kernel would
 * add what has expired meanwhile.
 */
const STALE_US = 1_000_000;

export interface RenewalsParts {
  readonly clock: Clock;
  readonly table: Pick<AddressTable, 'renew'>;
  readonly ledger: Pick<AddressLedger, 'heldBy' | 'revision'>;
  /** Without those whose interface is gone. */
  operationsOf(
    held: readonly HeldAddress[],
    lifetimeSeconds: number | undefined,
  ): readonly AddressOperation[];
  onError(error: SysError): void;
}

interface Slice {
  readonly family: IpFamily;
  readonly operations: readonly AddressOperation[];
}

interface Plan {
  readonly revision: number;
  readonly seconds: number | undefined;
  readonly slices: readonly Slice[];
}

interface Order {
  readonly orderedAt: Micros;
  readonly seconds: number | undefined;
  /** Slices that are done. */
  done: number;
}

export class Renewals {
  readonly #parts: RenewalsParts;
  readonly #plans = new Map<string, Plan>();
  /** By holder; the first one is next. */
  readonly #orders = new Map<string, Order>();
  readonly #cost = new SliceCost(GUESS_US, SLICE_COUNT_MAX);

  constructor(parts: RenewalsParts) {
    this.#parts = parts;
  }

  /** An order that is not finished goes on; what it has renewed already has time until the next. */
  order(holder: string, seconds: number | undefined): void {
    const earlier = this.#orders.get(holder);
    if (earlier !== undefined && earlier.seconds === seconds) return;
    this.#orders.delete(holder);
    this.#orders.set(holder, { orderedAt: this.#parts.clock.now(), seconds, done: 0 });
  }

  forget(holder: string): void {
    this.#orders.delete(holder);
    this.#plans.delete(holder);
  }

  hasPending(): boolean {
    return this.#orders.size > 0;
  }

  /** Renews one slice, or what fits of several short ones. */
  step(): void {
    const begin = this.#parts.clock.now();
    let now = begin;
    while (now - begin < BUDGET_US / 2) {
      const [holder, order] = this.#orders.entries().next().value ?? [];
      if (holder === undefined || order === undefined) return;
      const slice = this.#planOf(holder, order).slices[order.done];
      if (slice === undefined || now - order.orderedAt > STALE_US) {
        this.#orders.delete(holder);
        continue;
      }
      order.done++;
      // The next one's turn.
      this.#orders.delete(holder);
      this.#orders.set(holder, order);
      const error = this.#parts.table.renew(slice.operations);
      if (error !== undefined) this.#parts.onError(error);
      const before = now;
      now = this.#parts.clock.now();
      this.#learnCost(slice, now - before);
    }
  }

  #planOf(holder: string, { seconds }: Order): Plan {
    const { ledger } = this.#parts;
    const known = this.#plans.get(holder);
    if (known?.revision === ledger.revision && known.seconds === seconds) return known;
    const slices = this.#slicesOf(ledger.heldBy(holder), seconds);
    const plan = { revision: ledger.revision, seconds, slices };
    if (slices.length > 0) this.#plans.set(holder, plan);
    else this.#plans.delete(holder);
    return plan;
  }

  #slicesOf(held: readonly HeldAddress[], seconds: number | undefined): readonly Slice[] {
    const slices: Slice[] = [];
    for (const family of [4, 6] as const) {
      const some = held.filter(({ address }) => ipFamily(address.address) === family);
      const operations = this.#parts.operationsOf(some, seconds);
      const countMax = this.#cost.countMax(family, BUDGET_US);
      for (let from = 0; from < operations.length; from += countMax) {
        slices.push({ family, operations: operations.slice(from, from + countMax) });
      }
    }
    return slices;
  }

  #learnCost({ family, operations }: Slice, tookUs: number): void {
    this.#cost.learn(family, operations.length, tookUs);
    // It has become dearer: shorter slices from the next round on.
    if (operations.length > 2 * this.#cost.countMax(family, BUDGET_US)) this.#plans.clear();
  }
}

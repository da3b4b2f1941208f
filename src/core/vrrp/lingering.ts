/**
 * Addresses of a former master that still answer. A successor advertises first and adds its addresses
 * then: few of them are there within some milliseconds, each of many once it has announced it.
 */
import type { IpAddress } from '../../base/ip.ts';
import { type Micros, micros, millis, seconds } from '../../base/time.ts';
import type { VirtualAddress } from '../../config/model/vrrp.ts';
import type { Deadlines } from './deadlines.ts';

/** Measured: a gap of 4.5 ms without it. */
const MOMENT = millis(20);
const FEW = 20;
const LONGEST = seconds(5);

interface Waiting {
  readonly address: VirtualAddress;
  until: Micros;
}

export class Lingering {
  readonly #deadlines: Pick<Deadlines<'release'>, 'set' | 'clear'>;
  readonly #waiting = new Map<IpAddress, Waiting>();

  constructor(deadlines: Pick<Deadlines<'release'>, 'set' | 'clear'>) {
    this.#deadlines = deadlines;
  }

  get count(): number {
    return this.#waiting.size;
  }

  begin(now: Micros, addresses: readonly VirtualAddress[]): void {
    const until = micros(now + (addresses.length > FEW ? LONGEST : MOMENT));
    for (const address of addresses) this.#waiting.set(address.address, { address, until });
    this.#arm();
  }

  /** Another host has announced it. */
  claimed(now: Micros, address: IpAddress): void {
    const waiting = this.#waiting.get(address);
    if (waiting === undefined) return;
    waiting.until = micros(Math.min(waiting.until, now + MOMENT));
    this.#arm();
  }

  /** Those whose time has come. */
  takeDue(now: Micros): readonly VirtualAddress[] {
    return this.#take(({ until }) => until <= now);
  }

  takeAll(): readonly VirtualAddress[] {
    return this.#take(() => true);
  }

  #take(isWanted: (waiting: Waiting) => boolean): readonly VirtualAddress[] {
    const taken = [...this.#waiting.values()].filter(isWanted).map(({ address }) => address);
    for (const { address } of taken) this.#waiting.delete(address);
    this.#arm();
    return taken;
  }

  #arm(): void {
    let next: Micros | undefined;
    for (const { until } of this.#waiting.values()) {
      if (next === undefined || until < next) next = until;
    }
    if (next === undefined) this.#deadlines.clear('release');
    else this.#deadlines.set('release', next);
  }
}

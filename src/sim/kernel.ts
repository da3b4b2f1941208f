/**
 * The addresses of one host. Every order takes its time, one after another, as over netlink; an
 * address that two instances hold goes with the last of them.
 */
import type { IpAddress } from '../base/ip.ts';
import { type Micros, micros } from '../base/time.ts';

export class SimKernel {
  readonly #schedule: (delay: Micros, run: () => void) => void;
  readonly #now: () => Micros;
  readonly #present = new Set<IpAddress>();
  readonly #holders = new Map<IpAddress, Set<string>>();
  #busyUntil: Micros = micros(0);
  /** What adding or removing one address costs. */
  operationTime: Micros = micros(20);
  readonly #onChange: () => void;

  constructor(
    now: () => Micros,
    schedule: (delay: Micros, run: () => void) => void,
    onChange: () => void,
  ) {
    this.#onChange = onChange;
    this.#now = now;
    this.#schedule = schedule;
  }

  get present(): ReadonlySet<IpAddress> {
    return this.#present;
  }

  isBusy(): boolean {
    return this.#busyUntil > this.#now();
  }

  add(holder: string, address: IpAddress): void {
    const holders = this.#holders.get(address) ?? new Set();
    this.#holders.set(address, holders.add(holder));
    this.#queue(() => {
      if (holders.size > 0) this.#present.add(address);
    });
  }

  remove(holder: string, address: IpAddress): void {
    const holders = this.#holders.get(address);
    if (holders?.delete(holder) !== true) return;
    this.#queue(() => {
      if (holders.size === 0) this.#present.delete(address);
    });
  }

  /** Somebody else removes it; returns the instances that hold it. */
  steal(address: IpAddress): readonly string[] {
    if (!this.#present.delete(address)) return [];
    return [...(this.#holders.get(address) ?? [])];
  }

  clear(): void {
    this.#present.clear();
    this.#holders.clear();
    this.#busyUntil = micros(0);
  }

  #queue(run: () => void): void {
    const start = Math.max(this.#now(), this.#busyUntil);
    this.#busyUntil = micros(start + this.operationTime);
    this.#schedule(micros(this.#busyUntil - this.#now()), () => {
      run();
      this.#onChange();
    });
  }
}

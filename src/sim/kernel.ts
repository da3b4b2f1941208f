/**
 * The addresses of one host. Every order takes its time, one after another, as over netlink; an
 * address that two instances hold goes with the last of them. The guard is the kernel's own: it counts
 * on whether the process lives or not, and takes away, or silences, what nobody has renewed.
 */
import type { IpAddress } from '../base/ip.ts';
import { type Micros, micros, seconds } from '../base/time.ts';
import type { Guard } from '../core/vrrp/types.ts';

export interface KernelHooks {
  now(): Micros;
  /** Ends with the kernel: a power cut, or the next start. */
  schedule(delay: Micros, run: () => void): void;
  /** Which addresses are there has changed. */
  onChange(): void;
  /** Which addresses answer may have changed. */
  onAnswers(): void;
  /** A lifetime has passed. */
  onExpired(address: IpAddress, holders: readonly string[]): void;
  /** How late the kernel is with an expired lifetime: 0..250 ms (measured). */
  expiryDelay(): Micros;
}

export class SimKernel {
  readonly #hooks: KernelHooks;
  readonly #present = new Set<IpAddress>();
  readonly #holders = new Map<IpAddress, Set<string>>();
  /** Whose guard an address is under; the last holder's, also after it gave it up. */
  readonly #guardian = new Map<IpAddress, string>();
  readonly #guards = new Map<string, Guard>();
  /** When the lifetime of an address ends. */
  readonly #until = new Map<IpAddress, Micros>();
  /** Until when the firewall lets an instance's addresses answer. */
  readonly #audibleUntil = new Map<string, Micros>();
  readonly #watched = new Map<string, object>();
  #busyUntil: Micros = micros(0);
  /** What adding or removing one address costs. */
  operationTime: Micros = micros(20);

  constructor(hooks: KernelHooks) {
    this.#hooks = hooks;
  }

  get present(): ReadonlySet<IpAddress> {
    return this.#present;
  }

  /** Whether a question for the address is answered. */
  answers(address: IpAddress): boolean {
    if (!this.#present.has(address)) return false;
    const guardian = this.#guardian.get(address) ?? '';
    if (this.#guards.get(guardian)?.kind !== 'firewall') return true;
    return (this.#audibleUntil.get(guardian) ?? 0) > this.#hooks.now();
  }

  isBusy(): boolean {
    return this.#busyUntil > this.#hooks.now();
  }

  /** Runs when all that was ordered is done. */
  whenDone(run: () => void): void {
    const delay = Math.max(0, this.#busyUntil - this.#hooks.now());
    if (delay === 0) run();
    else this.#hooks.schedule(micros(delay), run);
  }

  add(holder: string, address: IpAddress, guard: Guard = { kind: 'none' }): void {
    const holders = this.#holders.get(address) ?? new Set();
    this.#holders.set(address, holders.add(holder));
    this.#guardian.set(address, holder);
    this.#setGuard(holder, guard);
    this.#queue(() => this.#put(address, holders));
  }

  /** Puts back what somebody else has removed. */
  restore(holder: string, address: IpAddress): void {
    const holders = this.#holders.get(address);
    if (holders?.has(holder) === true) this.#queue(() => this.#put(address, holders));
  }

  remove(holder: string, address: IpAddress): void {
    const holders = this.#holders.get(address);
    if (holders?.delete(holder) !== true) return;
    const [other] = holders;
    if (other !== undefined) this.#guardian.set(address, other);
    this.#queue(() => {
      if (holders.size === 0) this.#drop(address);
    });
  }

  /** The process vouches for another while for what is there; what has gone stays away. */
  renew(holder: string, guard: Guard): void {
    this.#setGuard(holder, guard);
    const now = this.#hooks.now();
    if (guard.kind === 'firewall') this.#audibleUntil.set(holder, micros(now + guard.validity));
    for (const address of this.#present) this.#prolong(address, holder, guard);
    this.#watch(holder);
    this.#hooks.onAnswers();
  }

  /** Somebody else removes it; returns the instances that hold it. */
  steal(address: IpAddress): readonly string[] {
    if (!this.#drop(address)) return [];
    this.#hooks.onAnswers();
    return [...(this.#holders.get(address) ?? [])];
  }

  clear(): void {
    for (const part of [this.#present, this.#holders, this.#guardian, this.#guards]) part.clear();
    for (const part of [this.#until, this.#audibleUntil, this.#watched]) part.clear();
    this.#busyUntil = micros(0);
    this.#hooks.onAnswers();
  }

  #put(address: IpAddress, holders: ReadonlySet<string>): void {
    const guardian = this.#guardian.get(address);
    if (holders.size === 0 || guardian === undefined) return;
    this.#present.add(address);
    this.#prolong(address, guardian, this.#guards.get(guardian) ?? { kind: 'none' });
    this.#watch(guardian);
  }

  #drop(address: IpAddress): boolean {
    this.#until.delete(address);
    return this.#present.delete(address);
  }

  #prolong(address: IpAddress, holder: string, guard: Guard): void {
    if (this.#guardian.get(address) !== holder) return;
    if (guard.kind !== 'lifetime') this.#until.delete(address);
    else this.#until.set(address, micros(this.#hooks.now() + seconds(guard.seconds)));
  }

  #setGuard(holder: string, guard: Guard): void {
    const before = this.#guards.get(holder);
    this.#guards.set(holder, guard);
    // What was awaited may come sooner now.
    if (JSON.stringify(before) !== JSON.stringify(guard)) this.#watched.delete(holder);
  }

  /** Looks again when the guard of this holder could have run out. */
  #watch(holder: string): void {
    if (this.#watched.has(holder)) return;
    const guard = this.#guards.get(holder);
    const at =
      guard?.kind === 'firewall' ? this.#audibleUntil.get(holder) : this.#nextExpiry(holder);
    if (at === undefined) return;
    const token = {};
    this.#watched.set(holder, token);
    const late = guard?.kind === 'lifetime' ? this.#hooks.expiryDelay() : 0;
    this.#hooks.schedule(micros(Math.max(0, at - this.#hooks.now()) + late), () => {
      if (this.#watched.get(holder) !== token) return;
      this.#watched.delete(holder);
      if (guard?.kind === 'firewall') this.#hooks.onAnswers();
      else this.#expire(holder);
      if ((this.#nextExpiry(holder) ?? this.#audibleUntil.get(holder) ?? 0) > this.#hooks.now()) {
        this.#watch(holder);
      }
    });
  }

  #nextExpiry(holder: string): Micros | undefined {
    let next: Micros | undefined;
    for (const [address, until] of this.#until) {
      if (this.#guardian.get(address) !== holder) continue;
      if (next === undefined || until < next) next = until;
    }
    return next;
  }

  #expire(holder: string): void {
    const now = this.#hooks.now();
    const expired = [...this.#until].filter(
      ([address, until]) => until <= now && this.#guardian.get(address) === holder,
    );
    if (expired.length === 0) return;
    for (const [address] of expired) this.#drop(address);
    this.#hooks.onAnswers();
    for (const [address] of expired) {
      this.#hooks.onExpired(address, [...(this.#holders.get(address) ?? [])]);
    }
    this.#hooks.onChange();
  }

  #queue(run: () => void): void {
    const now = this.#hooks.now();
    const start = Math.max(now, this.#busyUntil);
    this.#busyUntil = micros(start + this.operationTime);
    this.#hooks.schedule(micros(this.#busyUntil - now), () => {
      run();
      this.#hooks.onAnswers();
      this.#hooks.onChange();
    });
  }
}

/**
 * The dead-man switch of what lifetimes do not serve (ADR 0004): a firewall that shuts when the daemon
 * says no more that it lives, and a watchdog that removes addresses and firewall then.
 */
import type { IpAddress } from '../base/ip.ts';
import type { Micros } from '../base/time.ts';
import type { Guard } from '../core/vrrp/types.ts';
import type { Clock } from '../ports/clock.ts';
import type { Firewall, GuardFactory, Watchdog } from '../ports/firewall.ts';
import type { LogSink } from '../ports/log.ts';
import { isSysError, type SysError } from '../ports/sys-error.ts';

/** Many routers speak for one sign of life: more often than this it is not renewed. */
const RENEWALS_PER_VALIDITY = 5;
const BEATS_PER_VALIDITY = 4;
/** A firewall that cannot be renewed would shut although the daemon lives. */
const FAILURES_MAX = 3;
/** What changes while much is changing goes to the firewall by so many addresses, or so long after. */
const TOLD_AT_ONCE = 1000;
const TOLD_WITHIN_US = 100_000;

export interface GuardSideParts {
  readonly clock: Clock;
  readonly guards: GuardFactory;
  readonly log: LogSink;
}

export interface GuardedAddress {
  readonly holder: string;
  readonly interface: string;
  readonly interfaceIndex: number;
  readonly address: IpAddress;
  readonly prefixLength: number;
  readonly validity: Micros;
}

export class GuardSide {
  readonly #parts: GuardSideParts;
  #firewall: Firewall | 'closed' | 'failed' = 'closed';
  #watchdog: Watchdog | undefined;
  /** The validities that the configuration asks for. */
  #planned: ReadonlySet<Micros> = new Set();
  /** By interface and address. */
  readonly #guarded = new Map<string, GuardedAddress>();
  /** On how many interfaces, by validity and address. */
  readonly #counts = new Map<Micros, Map<IpAddress, number>>();
  /** What the firewall is still to be told, by validity. */
  readonly #pending = new Map<Micros, Map<IpAddress, 'cover' | 'uncover'>>();
  #pendingSince: Micros | undefined;
  readonly #renewedAt = new Map<Micros, Micros>();
  #beats: { readonly validity: Micros; readonly timer: NodeJS.Timeout } | undefined;
  #failures = 0;

  constructor(parts: GuardSideParts) {
    this.#parts = parts;
  }

  /** The kernel has no firewall for us; only the watchdog is left. */
  get hasFailed(): boolean {
    return this.#firewall === 'failed';
  }

  /** Makes ready what these guards need, and takes down what none of them does. */
  plan(guards: Iterable<Guard>): void {
    this.#planned = new Set(
      [...guards].flatMap((guard) => (guard.kind === 'firewall' ? [guard.validity] : [])),
    );
    if (this.#firewall === 'failed') this.#tryAgain();
    for (const validity of this.#renewedAt.keys()) {
      if (!this.#planned.has(validity) && !this.#counts.has(validity)) {
        this.#renewedAt.delete(validity);
      }
    }
    if (this.#planned.size === 0) {
      this.#closeUnneeded();
      return;
    }
    const firewall = this.#open();
    if (firewall === undefined) return;
    for (const validity of this.#planned) this.#judge(firewall.prepare(validity));
    this.#judge(firewall.retain(this.#planned));
  }

  renew(validity: Micros): void {
    const now = this.#parts.clock.now();
    const last = this.#renewedAt.get(validity);
    if (last !== undefined && now - last < validity / RENEWALS_PER_VALIDITY) return;
    const firewall = this.#open();
    if (firewall === undefined) return;
    this.#renewedAt.set(validity, now);
    this.#judge(firewall.renew(validity));
  }

  /** The kernel has the address because of us; `flush` tells the firewall. */
  hold(address: GuardedAddress): void {
    const key = keyOf(address.interface, address.address);
    const earlier = this.#guarded.get(key);
    if (earlier?.validity === address.validity && earlier.holder === address.holder) return;
    if (earlier !== undefined) this.release(address.interface, address.address);
    this.#guarded.set(key, address);
    this.#count(address, 1);
    this.#watchdog?.note({ kind: 'hold', ...address });
    this.#keepBeating();
  }

  /** The kernel has it no more, or it is somebody else's, or guarded otherwise. */
  release(name: string, address: IpAddress): void {
    if (this.#guarded.size === 0) return;
    const key = keyOf(name, address);
    const guarded = this.#guarded.get(key);
    if (guarded === undefined) return;
    this.#guarded.delete(key);
    this.#count(guarded, -1);
    this.#watchdog?.note({ kind: 'release', ...guarded });
    this.#keepBeating();
  }

  releaseAllOf(holder: string): void {
    for (const guarded of this.#guarded.values()) {
      if (guarded.holder === holder) this.release(guarded.interface, guarded.address);
    }
  }

  /** Tells the firewall what has changed since the last time; where more is to come, not of little. */
  flush(then: 'more' | 'done' = 'done'): void {
    if (this.#pending.size === 0) return;
    if (then === 'more' && !this.#isMuchPending()) return;
    const firewall = this.#open();
    for (const [validity, changes] of this.#pending) {
      const addressesOf = (kind: 'cover' | 'uncover'): readonly IpAddress[] =>
        [...changes].filter(([, each]) => each === kind).map(([address]) => address);
      if (firewall === undefined) continue;
      // Without a sign of life it would shut at once.
      if (!this.#renewedAt.has(validity)) this.renew(validity);
      this.#judge(firewall.uncover(validity, addressesOf('uncover')));
      this.#judge(firewall.cover(validity, addressesOf('cover')));
    }
    this.#pending.clear();
    this.#pendingSince = undefined;
    this.#closeUnneeded();
  }

  #isMuchPending(): boolean {
    const now = this.#parts.clock.now();
    this.#pendingSince ??= now;
    const count = [...this.#pending.values()].reduce((sum, { size }) => sum + size, 0);
    return count >= TOLD_AT_ONCE || now - this.#pendingSince >= TOLD_WITHIN_US;
  }

  close(): void {
    clearInterval(this.#beats?.timer);
    this.#beats = undefined;
    this.#watchdog?.close();
    this.#watchdog = undefined;
    this.#closeFirewall('closed');
    this.#guarded.clear();
    this.#counts.clear();
    this.#pending.clear();
  }

  #tryAgain(): void {
    this.#firewall = 'closed';
    for (const [validity, counts] of this.#counts) {
      this.#pending.set(validity, new Map([...counts.keys()].map((each) => [each, 'cover'])));
    }
  }

  #closeUnneeded(): void {
    if (this.#planned.size === 0 && this.#guarded.size === 0) this.close();
  }

  #open(): Firewall | undefined {
    if (this.#firewall === 'failed') return undefined;
    if (this.#firewall !== 'closed') return this.#firewall;
    const { guards, log } = this.#parts;
    const firewall = guards.openFirewall();
    const isOpen = !isSysError(firewall);
    this.#watchdog ??= guards.startWatchdog(isOpen ? firewall.name : '');
    if (!isOpen) {
      this.#fail(firewall);
      return undefined;
    }
    log.write({ level: 'info', text: `dead-man switch: nftables tables ${firewall.name}` });
    this.#firewall = firewall;
    this.#failures = 0;
    return firewall;
  }

  #judge(error: SysError | undefined): void {
    if (error === undefined) {
      this.#failures = 0;
      return;
    }
    this.#failures++;
    if (this.#failures >= FAILURES_MAX || this.#renewedAt.size === 0) this.#fail(error);
  }

  /** Better without a switch than with one that shuts by itself. */
  #fail(error: SysError): void {
    if (this.#firewall === 'failed') return;
    this.#closeFirewall('failed');
    this.#parts.log.write({
      level: 'warning',
      text:
        `no dead-man switch in the kernel below 1 s or for very many addresses: ` +
        `${error.call}: ${error.message}; a watchdog process removes the addresses instead`,
    });
  }

  #closeFirewall(next: 'closed' | 'failed'): void {
    if (typeof this.#firewall === 'object') this.#firewall.close();
    this.#firewall = next;
    this.#renewedAt.clear();
  }

  #count({ validity, address }: GuardedAddress, change: 1 | -1): void {
    let counts = this.#counts.get(validity);
    if (counts === undefined) {
      counts = new Map();
      this.#counts.set(validity, counts);
    }
    const count = (counts.get(address) ?? 0) + change;
    if (count > 0) counts.set(address, count);
    else counts.delete(address);
    if (counts.size === 0) this.#counts.delete(validity);
    let pending = this.#pending.get(validity);
    if (pending === undefined) {
      pending = new Map();
      this.#pending.set(validity, pending);
    }
    pending.set(address, count > 0 ? 'cover' : 'uncover');
  }

  /** The watchdog is told by a timer of this process's loop, as long as it has something to guard. */
  #keepBeating(): void {
    const watchdog = this.#watchdog;
    const validity = shortest(this.#counts.keys());
    if (validity === this.#beats?.validity) return;
    clearInterval(this.#beats?.timer);
    this.#beats = undefined;
    if (validity === undefined || watchdog === undefined) return;
    const beat = (): void => watchdog.beat(validity);
    beat();
    const timer = setInterval(beat, validity / 1000 / BEATS_PER_VALIDITY).unref();
    this.#beats = { validity, timer };
  }
}

function shortest(validities: Iterable<Micros>): Micros | undefined {
  let found: Micros | undefined;
  for (const each of validities) if (found === undefined || each < found) found = each;
  return found;
}

function keyOf(name: string, address: IpAddress): string {
  return `${name} ${address}`;
}

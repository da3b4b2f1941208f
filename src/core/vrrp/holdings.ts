/**
 * The addresses of one virtual router from the moment it takes them until they have certainly gone: put
 * on and announced, guarded, put back when something else removes them, and given up at once or in order.
 */
import type { IpAddress } from '../../base/ip.ts';
import type { Micros } from '../../base/time.ts';
import { virtualAddressesOf } from '../../config/model/virtual-addresses.ts';
import type { VirtualAddress, VrrpInstanceModel } from '../../config/model/vrrp.ts';
import type { Sink } from '../machine.ts';
import { type AnnouncementDeadline, Announcements } from './announcements.ts';
import type { Deadlines } from './deadlines.ts';
import { GuardWatch } from './guard-watch.ts';
import { Healing } from './healing.ts';
import type { Journal } from './journal.ts';
import { Lingering } from './lingering.ts';
import type { ReconfigurationPlan } from './reconfigure.ts';
import type { Guard, VrrpEffect, VrrpStatistics } from './types.ts';

export type HoldingDeadline = AnnouncementDeadline | 'release' | 'renew' | 'heal';

/** What goes on after the router itself has stopped. */
export const LINGERING_DEADLINES = ['release', 'renew'] as const;

/** `in-order`: a successor serves, and the addresses stay until it certainly has them. */
export type Ending = 'at-once' | 'in-order';

export interface HoldingParts {
  readonly deadlines: Pick<Deadlines<HoldingDeadline>, 'set' | 'clear' | 'get'>;
  readonly journal: Journal;
  readonly statistics: VrrpStatistics;
  model(): VrrpInstanceModel;
}

export class Holdings {
  readonly #parts: HoldingParts;
  readonly #announcements: Announcements;
  readonly #guard: GuardWatch;
  readonly #healing: Healing;
  readonly #lingering: Lingering;

  constructor(parts: HoldingParts, guard: Guard) {
    this.#parts = parts;
    this.#announcements = new Announcements(parts.deadlines);
    this.#guard = new GuardWatch(guard);
    this.#healing = new Healing(parts.deadlines);
    this.#lingering = new Lingering(parts.deadlines);
  }

  get guard(): GuardWatch {
    return this.#guard;
  }

  get healing(): Healing {
    return this.#healing;
  }

  /** How many addresses of a former master still answer. */
  get lingering(): number {
    return this.#lingering.count;
  }

  addresses(): readonly VirtualAddress[] {
    return virtualAddressesOf(this.#parts.model());
  }

  /** The router has become master. */
  take(now: Micros, out: Sink<VrrpEffect>): void {
    this.#parts.deadlines.clear('renew');
    this.#guard.hold(now);
    // A firewall drops what nobody has vouched for.
    if (this.#guard.guard.kind === 'firewall') this.#pushRenewal(out);
    this.#push('addAddresses', this.addresses(), out);
    this.#announcements.start(now, this.#parts.model(), out);
  }

  /** The router is master no more. */
  giveUp(now: Micros, ending: Ending, out: Sink<VrrpEffect>): void {
    this.#announcements.stop();
    this.#healing.stop();
    if (ending === 'at-once') {
      this.#release(this.addresses(), out);
      return;
    }
    this.#lingering.begin(now, this.addresses());
    this.renewWhileSilent(now);
  }

  /** What lingers is wanted again. */
  keepLingering(): void {
    this.#lingering.takeAll();
  }

  releaseLingering(out: Sink<VrrpEffect>): void {
    if (this.#lingering.count > 0) this.#release(this.#lingering.takeAll(), out);
  }

  /** An advert goes out: so does a renewal, that both may run out together. */
  renew(now: Micros, out: Sink<VrrpEffect>): void {
    if (this.#guard.takeTurn(now)) this.#pushRenewal(out);
  }

  /** No adverts go out for a while, and the guard shall not notice. */
  renewWhileSilent(now: Micros): void {
    const { deadlines, model } = this.#parts;
    deadlines.set('renew', this.#guard.nextTurn(now, model().advertInterval));
  }

  /** Adverts go out again. */
  renewWithAdverts(): void {
    this.#parts.deadlines.clear('renew');
  }

  claimed(now: Micros, address: IpAddress): void {
    this.#lingering.claimed(now, address);
  }

  /** Something else has removed an address. */
  lost(now: Micros, address: IpAddress, out: Sink<VrrpEffect>): 'mended' | 'elect-anew' {
    const held = this.addresses().find((candidate) => candidate.address === address);
    if (held === undefined || held.noTrack === true) return 'mended';
    const { onAddressLoss: policy } = this.#parts.model();
    if (policy === 'reelect-at-once') return 'elect-anew';
    const contest = this.#healing.lost(now, address);
    if (contest !== undefined) {
      this.#parts.journal.addressContested(now, { address, policy, ...contest }, out);
    }
    return policy === 'reelect' && this.#healing.isContested(address) ? 'elect-anew' : 'mended';
  }

  lowerPriorityHeard(now: Micros, out: Sink<VrrpEffect>): void {
    this.#announcements.lowerPriorityHeard(now, this.#parts.model(), out);
  }

  /** A reload has changed what a master holds, or how it is guarded. */
  reconfigured(now: Micros, plan: ReconfigurationPlan, out: Sink<VrrpEffect>): void {
    this.#push('removeAddresses', plan.removed, out);
    this.#push('addAddresses', plan.added, out);
    this.#announcements.reconfigured(now, this.#parts.model(), plan.added, out);
  }

  /** Another guard, which counts from now on. */
  reguard(now: Micros, guard: Guard, out: Sink<VrrpEffect>): void {
    const before = this.#guard.guard;
    this.#guard.configure(guard);
    if (this.#guard.renewedAt === undefined || sameGuard(before, guard)) return;
    this.#guard.hold(now);
    this.#pushRenewal(out);
  }

  fire(now: Micros, kind: HoldingDeadline, out: Sink<VrrpEffect>): void {
    switch (kind) {
      case 'release':
        this.#release(this.#lingering.takeDue(now), out);
        return;
      case 'renew':
        this.renew(now, out);
        this.renewWhileSilent(now);
        return;
      case 'heal':
        this.#heal(now, out);
        return;
      default:
        this.#announcements.fire(now, kind, this.#parts.model(), out);
    }
  }

  #release(addresses: readonly VirtualAddress[], out: Sink<VrrpEffect>): void {
    this.#push('removeAddresses', addresses, out);
    if (this.#lingering.count > 0) return;
    this.#guard.release();
    this.#parts.deadlines.clear('renew');
  }

  #heal(now: Micros, out: Sink<VrrpEffect>): void {
    const { journal, model, statistics } = this.#parts;
    const lost = this.#healing.take();
    const addresses = this.addresses().filter(({ address }) => lost.has(address));
    if (addresses.length === 0) return;
    statistics.addressesRestored += addresses.length;
    out.push({ kind: 'restoreAddresses', instance: model().name, addresses });
    for (const { address } of addresses) {
      if (this.#healing.isWorthTelling(now, address)) journal.addressRestored(now, address, out);
    }
  }

  #push(
    kind: 'addAddresses' | 'removeAddresses',
    addresses: readonly VirtualAddress[],
    out: Sink<VrrpEffect>,
  ): void {
    if (addresses.length === 0) return;
    const { name: instance } = this.#parts.model();
    if (kind === 'removeAddresses') out.push({ kind, instance, addresses });
    else out.push({ kind, instance, addresses, guard: this.#guard.guard });
  }

  #pushRenewal(out: Sink<VrrpEffect>): void {
    if (this.addresses().length === 0) return;
    const { name: instance } = this.#parts.model();
    out.push({ kind: 'renewGuard', instance, guard: this.#guard.guard });
  }
}

function sameGuard(left: Guard, right: Guard): boolean {
  return JSON.stringify(left) === JSON.stringify(right);
}

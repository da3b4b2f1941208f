/** Addresses and their announcements: asked for at once, carried out in slices between adverts. */
import { type IpAddress, ipFamily } from '../base/ip.ts';
import type { Micros } from '../base/time.ts';
import type { Model } from '../config/model/model.ts';
import { virtualAddressesOf } from '../config/model/virtual-addresses.ts';
import type { VirtualAddress, VrrpInstanceModel } from '../config/model/vrrp.ts';
import type {
  AddressChange,
  AddressLedger,
  AddressLedgerState,
  ChangeOutcome,
} from '../core/kernel/address-ledger.ts';
import { planGuards } from '../core/kernel/guard.ts';
import type { Guard, VrrpEffect } from '../core/vrrp/types.ts';
import type { Clock } from '../ports/clock.ts';
import type { GuardFactory } from '../ports/firewall.ts';
import type { LogSink } from '../ports/log.ts';
import type { AddressTable, FrameSender, LinkFacts, NetworkMonitor } from '../ports/network.ts';
import type { SysError } from '../ports/sys-error.ts';
import { AddressKeeper } from './address-keeper.ts';
import { Announcer } from './announcer.ts';
import type { Complaints } from './complaints.ts';
import { GuardSide } from './guard-side.ts';
import { LateGuards } from './late-guards.ts';
import { type Pace, paceFor } from './pace.ts';
import { PieceSchedule } from './piece-schedule.ts';

export interface AddressSideParts {
  readonly clock: Clock;
  readonly table: AddressTable;
  readonly frames: FrameSender;
  readonly monitor: Pick<NetworkMonitor, 'links' | 'addresses'>;
  link(name: string): LinkFacts | undefined;
  forwardsIpv6(interfaceName: string): boolean;
  readonly guards: GuardFactory;
  readonly log: LogSink;
  readonly complaints: Complaints;
  readonly verbosity: 'normal' | 'detail';
}

export interface AddressSideState {
  readonly ledger: AddressLedgerState;
  readonly guards: readonly (readonly [instance: string, Guard])[];
}

export interface LostAddress {
  readonly interface: string;
  readonly address: IpAddress;
}

/** What the engine wants done with some addresses, and with how many of them it was. */
type Order = Extract<
  VrrpEffect,
  { kind: 'addAddresses' | 'removeAddresses' | 'restoreAddresses' | 'announce' }
> & {
  readonly model: VrrpInstanceModel;
  done: number;
};

type Change = Extract<
  VrrpEffect,
  { kind: 'addAddresses' | 'removeAddresses' | 'restoreAddresses' }
>;

/** To note an address takes some ten microseconds. */
const ADDRESSES_PER_TURN = 128;
/** While the kernel is still to be told of addresses, a turn announces only some of those it has. */
const ANNOUNCE_BESIDE_US = 150;
const ANNOUNCE_US = 1500;
/** What has just been added is announced little by little, so little of it has to be noted. */
const ANNOUNCEMENTS_BESIDE = 16;
/** Neighbours have not forgotten what was gone for some milliseconds. */
const ANNOUNCED_AGAIN = 1;

export class AddressSide {
  readonly #parts: AddressSideParts;
  readonly #orders: Order[] = [];
  readonly #guards = new Map<string, Guard>();
  readonly #keeper: AddressKeeper;
  readonly #announcer: Announcer;
  readonly #guard: GuardSide;
  readonly #lateGuards: LateGuards;
  #timer: NodeJS.Timeout | undefined;
  readonly #pieces: PieceSchedule;
  /** Of the instances that there are. */
  #pace: Pace = paceFor(Number.POSITIVE_INFINITY);

  constructor(parts: AddressSideParts, model: Model) {
    this.#parts = parts;
    this.#guard = new GuardSide(parts);
    this.#pieces = new PieceSchedule(parts.clock, () => this.pump());
    this.#keeper = new AddressKeeper({
      ...parts,
      onSettled: (change, outcome, error) => this.#onSettled(change, outcome, error),
      onUnrenewed: (error) =>
        parts.complaints.tell(
          `renew ${error.code}`,
          `cannot renew the lifetimes of addresses: ${error.message}`,
        ),
    });
    this.#lateGuards = new LateGuards({
      ...parts,
      ledger: this.ledger,
      guard: (name, address) => this.#guardHeld(name, address),
    });
    this.#announcer = new Announcer({
      ...parts,
      isAwaited: (name, address) => this.ledger.isAwaited(name, address),
      onSent: (name, address) => this.#tellSent(name, address),
      onError: (error, name) =>
        parts.complaints.tell(
          `announce ${name} ${error.code}`,
          `cannot announce on ${name}: ${error.message}`,
        ),
    });
    this.prepare(model);
  }

  get ledger(): AddressLedger {
    return this.#keeper.ledger;
  }

  /** Makes ready what these instances need. */
  prepare(model: Model, before?: Model): void {
    this.#guard.plan(planGuards(model, before).values());
    this.#parts.table.expect(countIpv6(model));
    const intervals = model.instances.map(({ advertInterval }) => advertInterval);
    this.#pace = paceFor(Math.min(...intervals));
    // An instance that an earlier reload dropped has given up what it held.
    const names = new Set(model.instances.map(({ name }) => name));
    for (const name of this.#guards.keys()) {
      if (names.has(name) || this.ledger.isHolder(name)) continue;
      this.#guards.delete(name);
      this.#keeper.forget(name);
    }
  }

  change(model: VrrpInstanceModel, effect: Change): void {
    if (effect.kind === 'addAddresses') this.#setGuard(model.name, effect.guard);
    this.#order({ model, done: 0, ...effect });
  }

  /** Everything that the instance holds is ours for another while. */
  renewGuard(model: VrrpInstanceModel, { guard }: { readonly guard: Guard }): void {
    const before = this.#setGuard(model.name, guard);
    const seconds = secondsOf(guard);
    if (seconds !== undefined || secondsOf(before) !== undefined) {
      this.#keeper.renew(model.name, seconds);
    }
    if (guard.kind === 'firewall') this.#guard.renew(guard.validity);
  }

  /** Also where it went before we could remove it. */
  unguardGone(name: string, address: IpAddress): void {
    if (this.ledger.isPresent(name, address) || this.ledger.isWanted(name, address)) return;
    this.#guard.release(name, address);
    this.#guard.flush();
  }

  announce(model: VrrpInstanceModel, effect: Extract<VrrpEffect, { kind: 'announce' }>): void {
    this.#order({ model, done: 0, ...effect });
  }

  announceSource(model: VrrpInstanceModel, source: IpAddress): void {
    this.#queue(model, model.interface, source, 1);
  }

  /** Those that the kernel has now, and this instance would have stay. */
  heldBy(model: VrrpInstanceModel): readonly VirtualAddress[] {
    return virtualAddressesOf(model).filter((one) =>
      this.ledger.isHeldBy(model.name, one.interface ?? model.interface, one.address),
    );
  }

  /** What the engine orders, or less where the kernel cannot do it. */
  guardInForce(guard: Guard): Guard {
    return guard.kind === 'firewall' && this.#guard.hasFailed ? { kind: 'none' } : guard;
  }

  /** How many addresses each instance holds. */
  countHeld(): ReadonlyMap<string, number> {
    return this.ledger.countHeld();
  }

  /** Does one slice of what is due and sees to it that the rest follows. */
  pump(): void {
    const orders = this.#noteNext();
    const addresses = this.#keeper.step(this.#pace.pieceUs);
    const areMissing = orders === 'more' || addresses === 'more';
    const guards = this.#lateGuards.step(areMissing ? 'missing' : 'there');
    this.#guard.flush(areMissing || guards === 'more' ? 'more' : 'done');
    if (!areMissing && this.#keeper.isKernelFinishing()) {
      this.#pieces.afterPause();
      return;
    }
    const { again, afterUs } = this.#announcer.step(areMissing ? ANNOUNCE_BESIDE_US : ANNOUNCE_US);
    if (areMissing || guards === 'more' || again === 'at-once')
      this.#pieces.soon(this.#pace.streakUs);
    else this.#pieces.end();
    if (again === 'later') {
      clearTimeout(this.#timer);
      this.#timer = setTimeout(() => this.pump(), Math.ceil(afterUs / 1000));
    }
  }

  /** Carries out every change of addresses now. */
  drain(): void {
    while (this.#noteNext() === 'more');
    while (this.#keeper.step(this.#pace.pieceUs) === 'more');
    while (this.#lateGuards.step('there') === 'more');
    this.#guard.flush();
  }

  /** Whether everything is done that was asked for; an address on an interface that is gone waits. */
  isIdle(): boolean {
    if (this.#orders.length > 0 || !this.#lateGuards.isIdle()) return false;
    return !this.ledger.hasPending() && this.#announcer.isIdle();
  }

  /** What is held, and what is still to be changed, for the program that takes over from this one. */
  exportState(): AddressSideState {
    while (this.#noteNext() === 'more');
    return { ledger: this.ledger.exportState(), guards: [...this.#guards] };
  }

  /**
   * Nothing is added or removed that the kernel has. Returns what it has no more, though the other
   * program held it.
   */
  importState({ ledger, guards }: AddressSideState): readonly LostAddress[] {
    for (const [instance, guard] of guards) this.#setGuard(instance, guard);
    this.ledger.importState(ledger);
    for (const { interface: name, state, applied } of ledger) {
      if (state === 'present' && applied !== undefined) this.#guardHeld(name, applied);
    }
    this.#guard.flush();
    const { monitor } = this.#parts;
    const names = new Map(monitor.links().map(({ index, name }) => [index, name]));
    const there = new Set(
      monitor
        .addresses()
        .map(({ interfaceIndex, address }) => `${names.get(interfaceIndex)} ${address}`),
    );
    return ledger
      .filter(({ state }) => state !== 'absent')
      .map(({ interface: name, address: { address } }) => ({ interface: name, address }))
      .filter(({ interface: name, address }) => !there.has(`${name} ${address}`));
  }

  /** After a bug of ours: the addresses go, whatever the engine thinks. */
  removeAll(): void {
    this.#keeper.removeAll();
    this.#guard.close();
  }

  close(): void {
    this.#pieces.close();
    clearTimeout(this.#timer);
    this.#guard.close();
  }

  /** What is short is noted at once, and does not wait for the long lists of others. */
  #order(order: Order): void {
    const isFirst = this.#orders.every(({ model }) => model.name !== order.model.name);
    if (isFirst && this.#note(order) === 'done') return;
    this.#orders.push(order);
  }

  /** Notes a slice of the oldest order that is not finished. */
  #noteNext(): 'more' | 'done' {
    const [order] = this.#orders;
    if (order !== undefined && this.#note(order) === 'done') this.#orders.shift();
    return this.#orders.length > 0 ? 'more' : 'done';
  }

  #note(order: Order): 'more' | 'done' {
    if (order.kind === 'removeAddresses' && order.done === 0) {
      this.#announcer.forget(order.model.name);
    }
    const isPatient =
      order.kind === 'announce' &&
      order.done > 0 &&
      this.#orders.length === 1 &&
      this.ledger.hasPending();
    const count = isPatient ? ANNOUNCEMENTS_BESIDE : ADDRESSES_PER_TURN;
    const end = Math.min(order.addresses.length, order.done + count);
    for (; order.done < end; order.done++) {
      const address = order.addresses[order.done];
      if (address !== undefined) this.#take(order, address);
    }
    return order.done < order.addresses.length ? 'more' : 'done';
  }

  #take(order: Order, address: VirtualAddress): void {
    const { model } = order;
    const name = address.interface ?? model.interface;
    if (order.kind === 'addAddresses') this.#want(order, name, address);
    else if (order.kind === 'restoreAddresses') {
      this.ledger.restore(model.name, name, address);
      this.#queue(model, name, address.address, ANNOUNCED_AGAIN);
    } else if (order.kind === 'removeAddresses') this.#release(order, name, address);
    else this.#queue(model, name, address.address, order.repeat);
  }

  #want({ model }: Order, name: string, address: VirtualAddress): void {
    const wasPresent = this.ledger.isPresent(name, address.address);
    this.ledger.want(model.name, name, address);
    if (!wasPresent) return;
    // It came from another router, guarded as that one had it.
    this.#keeper.renew(model.name, secondsOf(this.#guards.get(model.name)));
    if (this.ledger.isOurs(name, address.address)) this.#guardHeld(name, address);
  }

  #release({ model }: Order, name: string, address: VirtualAddress): void {
    this.ledger.release(model.name, name, address);
    // What is still there goes when the kernel has removed it.
    if (!this.ledger.isPresent(name, address.address)) {
      this.#guard.release(name, address.address);
    }
  }

  /** Returns the one before. */
  #setGuard(instance: string, guard: Guard): Guard | undefined {
    const before = this.#guards.get(instance);
    this.#guards.set(instance, guard);
    this.ledger.setLifetime(instance, secondsOf(guard));
    if (validityOf(before) !== validityOf(guard)) {
      if (validityOf(before) !== undefined) this.#guard.releaseAllOf(instance);
      for (const held of this.ledger.heldBy(instance))
        this.#guardHeld(held.interface, held.address);
    }
    return before;
  }

  /** The kernel has it because of us: the firewall guards it where its router's guard is one. */
  #guardHeld(name: string, { address, prefixLength }: VirtualAddress): void {
    const holder = this.ledger.askerOf(name, address) ?? '';
    const validity = validityOf(this.#guards.get(holder));
    const index = this.#parts.link(name)?.index;
    if (validity === undefined || index === undefined) this.#guard.release(name, address);
    else {
      const where = { interface: name, interfaceIndex: index };
      this.#guard.hold({ holder, ...where, address, prefixLength, validity });
    }
  }

  #queue(model: VrrpInstanceModel, name: string, address: IpAddress, repeat: number): void {
    const { arpInterval, naInterval } = model.announcements;
    const spacingUs = ipFamily(address) === 4 ? arpInterval : naInterval;
    this.#announcer.announce({ holder: model.name, interface: name, address, spacingUs, repeat });
  }

  #onSettled(change: AddressChange, outcome: ChangeOutcome, error: SysError | undefined): void {
    const { kind, interface: name } = change;
    const { address, prefixLength } = change.address;
    if (kind === 'add' && outcome !== 'failed') this.#announcer.settled(name, address);
    if (kind === 'add' && outcome === 'done') {
      this.#lateGuards.add(name, change.address);
    } else this.#guard.release(name, address);
    if (outcome === 'done') return;
    const what = `${address}/${prefixLength} on ${name}`;
    if (outcome === 'foreign') {
      this.#parts.complaints.tell(
        `foreign ${what}`,
        `address ${what} was there before and is not ours: it is served but will not be removed`,
      );
      return;
    }
    if (outcome === 'failed' && kind === 'add') this.#announcer.forgetAddress(name, address);
    if (outcome === 'failed' && error !== undefined) {
      const text = `cannot ${kind} address ${what}: ${error.message}`;
      this.#parts.log.write({ level: 'error', text });
    }
  }

  #tellSent(name: string, address: IpAddress): void {
    if (this.#parts.verbosity !== 'detail') return;
    const kind = ipFamily(address) === 4 ? 'gratuitous ARP' : 'unsolicited Neighbour Advert';
    this.#parts.log.write({ level: 'info', text: `Sending ${kind} on ${name} for ${address}` });
  }
}

function countIpv6({ instances }: Model): number {
  const isIpv6 = ({ address }: VirtualAddress): boolean => ipFamily(address) === 6;
  return instances.reduce((sum, one) => sum + virtualAddressesOf(one).filter(isIpv6).length, 0);
}

function validityOf(guard: Guard | undefined): Micros | undefined {
  return guard?.kind === 'firewall' ? guard.validity : undefined;
}

function secondsOf(guard: Guard | undefined): number | undefined {
  return guard?.kind === 'lifetime' ? guard.seconds : undefined;
}

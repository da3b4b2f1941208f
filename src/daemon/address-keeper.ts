/**
 * Brings the kernel's addresses in line with the ledger, a few milliseconds at a time: while IPv6 addresses
 * are added, nothing else of this process runs. With each the kernel visits the multicast groups of the
 * interface, of which each address brings one as soon as a thread of the kernel has finished it: 10 us for
 * the first, half a millisecond for the thousandth, unless all are added before that thread begins.
 */
import { type IpAddress, type IpFamily, ipFamily } from '../base/ip.ts';
import type { VirtualAddress } from '../config/model/vrrp.ts';
import {
  type AddressChange,
  AddressLedger,
  type ChangeOutcome,
} from '../core/kernel/address-ledger.ts';
import { EADDRNOTAVAIL, EEXIST, ENODEV } from '../linux/ffi/errno.ts';
import type { Clock } from '../ports/clock.ts';
import {
  ADDRESS_MARK,
  type AddressOperation,
  type AddressTable,
  type NetworkMonitor,
} from '../ports/network.ts';
import type { SysError } from '../ports/sys-error.ts';
import { IFA_F_NODAD } from '../wire/netlink/constants.ts';
import { Renewals } from './renewals.ts';
import { SliceCost } from './slice-cost.ts';

const GUESS_US = { 4: 50, 6: 50 };
const BATCH_COUNT_MAX = 256;

/** What a thread of the kernel takes to finish an IPv6 address. */
const FINISH_US = 50;
const FINISH_MAX_US = 10_000;
const FINISH_COUNT_MIN = 10;

/** As the kernel writes it. */
const FOREVER_SECONDS = 0xffff_ffff;

const IFA_F_HOMEADDRESS = 0x10;
const IFA_F_MANAGETEMPADDR = 0x100;
const IFA_F_NOPREFIXROUTE = 0x200;
const IFA_F_MCAUTOJOIN = 0x400;

/** What a missing address or interface is answered with when it shall be removed. */
const GONE: ReadonlySet<number> = new Set([ENODEV, EADDRNOTAVAIL]);

export interface AddressKeeperParts {
  readonly clock: Clock;
  readonly table: AddressTable;
  readonly monitor: Pick<NetworkMonitor, 'links' | 'addresses'>;
  /** A change was carried out or has failed for good. */
  onSettled(change: AddressChange, outcome: ChangeOutcome, error: SysError | undefined): void;
  /** The kernel refuses to renew what it has. */
  onUnrenewed(error: SysError): void;
}

export class AddressKeeper {
  readonly ledger = new AddressLedger();
  readonly #parts: AddressKeeperParts;
  readonly #cost = new SliceCost(GUESS_US, BATCH_COUNT_MAX);
  readonly #renewals: Renewals;
  #turn: 'changes' | 'renewals' = 'changes';
  /** Until when the kernel's thread may be expected to be busy with what was added. */
  #finishingUntil = 0;

  constructor(parts: AddressKeeperParts) {
    this.#parts = parts;
    this.#renewals = new Renewals({
      clock: parts.clock,
      table: parts.table,
      ledger: this.ledger,
      operationsOf: (held, lifetimeSeconds) => {
        const indexes = this.#indexes();
        return held.flatMap((each) => {
          const index = indexes.get(each.interface);
          return index === undefined
            ? []
            : [
                operationOf(
                  { kind: 'add', ...each, lifetimeSeconds: lifetimeSeconds ?? FOREVER_SECONDS },
                  index,
                ),
              ];
        });
      },
      onError: parts.onUnrenewed,
    });
  }

  /** What the holder has the kernel keep for `seconds` from now on, or for ever. */
  renew(holder: string, seconds: number | undefined): void {
    this.#renewals.order(holder, seconds);
  }

  /** The holder wants nothing any more. */
  forget(holder: string): void {
    this.ledger.setLifetime(holder, undefined);
    this.#renewals.forget(holder);
  }

  /**
   * Whether a thread of the kernel may still be finishing many IPv6 addresses. It answers for none before, and
   * needs a processor for it.
   */
  isKernelFinishing(): boolean {
    return this.#parts.clock.now() < this.#finishingUntil;
  }

  /** Applies one batch, of `pieceUs` at most, or renews one; says whether more is to be done. */
  step(pieceUs: number): 'more' | 'done' {
    const renews = this.#turn === 'renewals' && this.#renewals.hasPending();
    if (renews || !this.ledger.hasPending()) {
      this.#turn = 'changes';
      this.#renewals.step();
    } else {
      this.#turn = 'renewals';
      this.#change(pieceUs);
    }
    return this.ledger.hasPending() || this.#renewals.hasPending() ? 'more' : 'done';
  }

  #change(pieceUs: number): void {
    const first = this.ledger.pending(1)[0];
    if (first === undefined) return;
    const family = ipFamily(first.address.address);
    const changes = this.ledger.pending(this.#cost.countMax(family, pieceUs));
    this.#apply(sameFamily(changes, family), family);
  }

  /** Removes everything at once, however long it takes: the process is about to end. */
  removeAll(): void {
    const indexes = this.#indexes();
    const operations: AddressOperation[] = [];
    for (const { interface: name, address } of this.ledger.held()) {
      const index = indexes.get(name);
      if (index !== undefined)
        operations.push(operationOf({ kind: 'remove', interface: name, address }, index));
    }
    if (operations.length > 0) this.#parts.table.apply(operations);
  }

  #apply(changes: readonly AddressChange[], family: IpFamily): void {
    const indexes = this.#indexes();
    const known: AddressChange[] = [];
    for (const change of changes) {
      if (indexes.has(change.interface)) known.push(change);
      else this.#settle(change, change.kind === 'add' ? 'failed' : 'done', undefined);
    }
    if (known.length === 0) return;
    const begin = this.#parts.clock.now();
    const answers = this.#parts.table.apply(
      known.map((change) => operationOf(change, indexes.get(change.interface) ?? 0)),
    );
    const end = this.#parts.clock.now();
    this.#cost.learn(family, known.length, end - begin);
    if (family === 6 && known.length >= FINISH_COUNT_MIN) {
      const finishing = Math.max(end, this.#finishingUntil) + known.length * FINISH_US;
      this.#finishingUntil = Math.min(finishing, end + FINISH_MAX_US);
    }
    for (const [index, change] of known.entries()) {
      const error = answers[index];
      this.#settle(change, this.#outcome(change, error, indexes), error);
    }
  }

  #outcome(
    change: AddressChange,
    error: SysError | undefined,
    indexes: ReadonlyMap<string, number>,
  ): ChangeOutcome {
    if (error === undefined) return 'done';
    if (change.kind === 'remove') return 'failed';
    if (error.errno !== EEXIST) return 'failed';
    const index = indexes.get(change.interface);
    const there = this.#parts.monitor
      .addresses()
      .find((facts) => facts.interfaceIndex === index && facts.address === change.address.address);
    return there?.protocol === ADDRESS_MARK ? 'done' : 'foreign';
  }

  #settle(change: AddressChange, outcome: ChangeOutcome, error: SysError | undefined): void {
    this.ledger.settle(change, outcome);
    const told = error !== undefined && change.kind === 'remove' && GONE.has(error.errno);
    this.#parts.onSettled(change, outcome, told ? undefined : error);
  }

  #indexes(): ReadonlyMap<string, number> {
    return new Map(this.#parts.monitor.links().map(({ name, index }) => [name, index]));
  }
}

type Mutable<Facts> = { -readonly [Name in keyof Facts]: Facts[Name] };

function sameFamily(changes: readonly AddressChange[], family: IpFamily): readonly AddressChange[] {
  const end = changes.findIndex(({ address }) => ipFamily(address.address) !== family);
  return end < 0 ? changes : changes.slice(0, end);
}

function operationOf(change: AddressChange, interfaceIndex: number): AddressOperation {
  const { address, lifetimeSeconds } = change;
  const preferred = address.preferredLifetimeSeconds ?? lifetimeSeconds;
  const operation: Mutable<AddressOperation> = {
    kind: change.kind,
    interfaceIndex,
    address: address.address,
    prefixLength: address.prefixLength,
    scope: address.scope,
    flags: flagsOf(address, address.address),
    protocol: ADDRESS_MARK,
  };
  if (address.label !== undefined) operation.label = address.label;
  if (address.broadcast !== undefined) operation.broadcast = address.broadcast;
  if (address.peer !== undefined) operation.peer = address.peer;
  if (preferred !== undefined) operation.preferredLifetimeSeconds = preferred;
  if (lifetimeSeconds !== undefined) operation.validLifetimeSeconds = lifetimeSeconds;
  return operation;
}

function flagsOf(options: VirtualAddress, address: IpAddress): number {
  const { home, manageTempAddress, noPrefixRoute, autoJoin, duplicateAddressDetection } = options;
  // A VIP that waits for duplicate address detection answers a second late.
  const skipsDetection = ipFamily(address) === 6 && duplicateAddressDetection !== true;
  return (
    (skipsDetection ? IFA_F_NODAD : 0) |
    (home === true ? IFA_F_HOMEADDRESS : 0) |
    (manageTempAddress === true ? IFA_F_MANAGETEMPADDR : 0) |
    (noPrefixRoute === true ? IFA_F_NOPREFIXROUTE : 0) |
    (autoJoin === true ? IFA_F_MCAUTOJOIN : 0)
  );
}

/**
 * The addresses that this host should hold against those it does: what to add, what to remove. Those
 * who ask take turns, so that one with thousands of addresses does not keep others waiting; each gets
 * his own in the order in which he asked. An address that is given up and wanted again before the
 * kernel was told of either costs nothing.
 */
import type { IpAddress } from '../../base/ip.ts';
import type { VirtualAddress } from '../../config/model/vrrp.ts';

export interface AddressChange {
  readonly kind: 'add' | 'remove';
  readonly interface: string;
  readonly address: VirtualAddress;
  /** For how long the kernel shall keep it; forever where absent. */
  readonly lifetimeSeconds?: number;
}

/** An address that the kernel has because of us. */
export interface HeldAddress {
  readonly interface: string;
  readonly address: VirtualAddress;
}

export type ChangeOutcome =
  | 'done'
  /** It was there before and is not ours: it is served, and never removed. */
  | 'foreign'
  /** The interface is not there, or the kernel refused; asked again by `retry`. */
  | 'failed';

interface Entry {
  readonly interface: string;
  /** As it should be, or as it was when nobody wants it any more. */
  address: VirtualAddress;
  readonly holders: Set<string>;
  /** Who asked last: with his other changes it waits. */
  asker: string;
  state: 'absent' | 'present' | 'foreign';
  /** As the kernel was told. */
  applied: VirtualAddress | undefined;
  /** Removals of ours whose event has not come back yet. */
  removalsToCome: number;
}

/** What a ledger knows, for the program that takes over from this one. */
export type AddressLedgerState = readonly (Omit<Entry, 'holders' | 'removalsToCome'> & {
  readonly holders: readonly string[];
})[];

export class AddressLedger {
  readonly #entries = new Map<string, Entry>();
  /** Keys whose desired and actual state differ, by asker; the first one's turn is next. */
  readonly #dirty = new Map<string, Set<string>>();
  readonly #keysOf = new Map<string, Set<string>>();
  /** Lifetimes of what is added, by holder. */
  readonly #lifetimes = new Map<string, number>();
  #revision = 0;

  /** Another number after each change of what `heldBy` answers. */
  get revision(): number {
    return this.#revision;
  }

  /** For what the holder asks from now on; what the kernel has already is to be renewed. */
  setLifetime(holder: string, seconds: number | undefined): void {
    if (seconds === undefined) this.#lifetimes.delete(holder);
    else this.#lifetimes.set(holder, seconds);
  }

  want(holder: string, name: string, address: VirtualAddress): void {
    const key = addressKey(name, address.address);
    let entry = this.#entries.get(key);
    if (entry === undefined) {
      entry = {
        interface: name,
        address,
        holders: new Set(),
        asker: holder,
        state: 'absent',
        applied: undefined,
        removalsToCome: 0,
      };
      this.#entries.set(key, entry);
    }
    entry.address = address;
    entry.holders.add(holder);
    this.#noteHolder(holder).add(key);
    this.#revision++;
    this.#mark(key, entry, holder);
  }

  /** Something else has removed it: it is due again, where the holder still wants it. */
  restore(holder: string, name: string, address: VirtualAddress): void {
    const key = addressKey(name, address.address);
    const entry = this.#entries.get(key);
    if (entry?.state === 'absent' && entry.holders.has(holder)) this.#mark(key, entry, holder);
  }

  release(holder: string, name: string, address: VirtualAddress): void {
    const key = addressKey(name, address.address);
    const entry = this.#entries.get(key);
    if (entry === undefined || !entry.holders.delete(holder)) return;
    const keys = this.#noteHolder(holder);
    keys.delete(key);
    if (keys.size === 0) this.#keysOf.delete(holder);
    this.#revision++;
    const [other = holder] = entry.holders;
    this.#mark(key, entry, entry.holders.has(entry.asker) ? entry.asker : other);
  }

  /** Up to `countMax` changes that are due now. Each must be answered by `settle`. */
  pending(countMax: number): readonly AddressChange[] {
    const changes: AddressChange[] = [];
    const turns = [...this.#dirty.values()].map((keys) => keys.values());
    while (turns.length > 0 && changes.length < countMax) {
      const keys = turns.shift();
      const { value: key, done } = keys?.next() ?? { done: true };
      if (done === true || keys === undefined) continue;
      turns.push(keys);
      const entry = this.#entries.get(key);
      if (entry === undefined) continue;
      const replaced = entry.state === 'present' && entry.applied !== undefined;
      if (replaced) changes.push(changeOf('remove', entry, entry.applied));
      if (entry.holders.size > 0 && entry.state === 'absent') {
        const lifetimeSeconds = this.#lifetimes.get(entry.asker);
        changes.push({
          ...changeOf('add', entry, entry.address),
          ...(lifetimeSeconds !== undefined && { lifetimeSeconds }),
        });
      }
    }
    return changes;
  }

  hasPending(): boolean {
    return this.#dirty.size > 0;
  }

  settle(change: AddressChange, outcome: ChangeOutcome): void {
    const key = addressKey(change.interface, change.address.address);
    const entry = this.#entries.get(key);
    if (entry === undefined) return;
    this.#revision++;
    this.#unmark(key, entry);
    this.#passTurn(entry.asker);
    if (change.kind === 'remove') {
      entry.state = 'absent';
      entry.applied = undefined;
      if (outcome === 'done') entry.removalsToCome++;
      // A removal that makes room for other attributes is followed by an addition.
      this.#mark(key, entry);
      if (entry.holders.size === 0 && entry.removalsToCome === 0) this.#entries.delete(key);
      return;
    }
    if (outcome === 'failed') return;
    entry.state = outcome === 'foreign' ? 'foreign' : 'present';
    entry.applied = change.address;
    this.#mark(key, entry);
  }

  /** Everything wanted on an interface that is not there is due again: the interface came back. */
  retry(name: string): void {
    for (const [key, entry] of this.#entries) {
      if (entry.interface === name && entry.state === 'absent') this.#mark(key, entry);
    }
  }

  /**
   * The kernel reports that an address is gone. Returns who loses it; nobody where the removal was
   * ours or nobody holds it.
   */
  removed(name: string, address: IpAddress): readonly string[] {
    const key = addressKey(name, address);
    const entry = this.#entries.get(key);
    if (entry === undefined) return [];
    if (entry.removalsToCome > 0) {
      entry.removalsToCome--;
      if (entry.holders.size === 0 && entry.removalsToCome === 0) this.#entries.delete(key);
      return [];
    }
    if (entry.state === 'absent') return [];
    this.#revision++;
    entry.state = 'absent';
    entry.applied = undefined;
    this.#unmark(key, entry);
    return [...entry.holders];
  }

  /** Events were lost: what we wait for may never come. */
  forgetExpectations(): void {
    for (const entry of this.#entries.values()) entry.removalsToCome = 0;
  }

  /** Whether the kernel has the address now, by us or by others. */
  isPresent(name: string, address: IpAddress): boolean {
    const entry = this.#entries.get(addressKey(name, address));
    return entry !== undefined && entry.state !== 'absent';
  }

  isHolder(holder: string): boolean {
    return this.#keysOf.has(holder);
  }

  /** Whether somebody wants it, there or not. */
  isWanted(name: string, address: IpAddress): boolean {
    return (this.#entries.get(addressKey(name, address))?.holders.size ?? 0) > 0;
  }

  /** Who asked for it last. */
  askerOf(name: string, address: IpAddress): string | undefined {
    return this.#entries.get(addressKey(name, address))?.asker;
  }

  /** Whether the kernel has it, and this one would have it stay. */
  isHeldBy(holder: string, name: string, address: IpAddress): boolean {
    const entry = this.#entries.get(addressKey(name, address));
    return entry !== undefined && entry.state !== 'absent' && entry.holders.has(holder);
  }

  /** Whether somebody holds it and the kernel is still to be told. */
  isAwaited(name: string, address: IpAddress): boolean {
    const key = addressKey(name, address);
    const entry = this.#entries.get(key);
    return entry !== undefined && entry.holders.size > 0 && this.#isMarked(key, entry);
  }

  /** Whether we put it there, or took it away and still wait for the kernel's word. */
  isOurs(name: string, address: IpAddress): boolean {
    const entry = this.#entries.get(addressKey(name, address));
    return entry !== undefined && entry.state !== 'foreign';
  }

  /**
   * What the kernel has because this holder asked for it, and nobody is about to change. Of several
   * holders of one address the last to ask counts.
   */
  heldBy(holder: string): readonly HeldAddress[] {
    const held: HeldAddress[] = [];
    for (const key of this.#keysOf.get(holder) ?? []) {
      const entry = this.#entries.get(key);
      if (entry?.asker !== holder || this.#isMarked(key, entry)) continue;
      if (isHeld(entry)) {
        held.push({ interface: entry.interface, address: entry.applied });
      }
    }
    return held;
  }

  /** How many addresses the kernel has of those that each holder wants. */
  countHeld(): ReadonlyMap<string, number> {
    const counts = new Map<string, number>();
    for (const { state, holders } of this.#entries.values()) {
      if (state === 'absent') continue;
      for (const holder of holders) counts.set(holder, (counts.get(holder) ?? 0) + 1);
    }
    return counts;
  }

  /** What the kernel holds because of us. */
  held(): readonly HeldAddress[] {
    return [...this.#entries.values()]
      .filter(isHeld)
      .map(({ interface: name, applied }) => ({ interface: name, address: applied }));
  }

  exportState(): AddressLedgerState {
    return [...this.#entries.values()]
      .filter(({ holders, state }) => holders.size > 0 || state === 'present')
      .map(({ removalsToCome: _events, holders, ...rest }) => ({ ...rest, holders: [...holders] }));
  }

  /** Goes on where the ledger of another program has stopped. */
  importState(state: AddressLedgerState): void {
    this.#revision++;
    for (const { holders, ...rest } of state) {
      const key = addressKey(rest.interface, rest.address.address);
      const entry: Entry = {
        ...rest,
        // JSON knows no undefined.
        applied: rest.applied,
        holders: new Set(holders),
        removalsToCome: 0,
      };
      this.#entries.set(key, entry);
      for (const holder of holders) this.#noteHolder(holder).add(key);
      this.#mark(key, entry);
    }
  }

  #noteHolder(holder: string): Set<string> {
    const keys = this.#keysOf.get(holder) ?? new Set();
    this.#keysOf.set(holder, keys);
    return keys;
  }

  #mark(key: string, entry: Entry, asker = entry.asker): void {
    if (asker !== entry.asker) {
      this.#unmark(key, entry);
      entry.asker = asker;
    }
    const wanted = entry.holders.size > 0;
    const settled =
      entry.state === 'foreign' ||
      (wanted
        ? entry.state === 'present' && sameAttributes(entry.applied, entry.address)
        : entry.state === 'absent');
    if (settled) this.#unmark(key, entry);
    else {
      const keys = this.#dirty.get(asker);
      if (keys === undefined) this.#dirty.set(asker, new Set([key]));
      else keys.add(key);
    }
    // A foreign address that nobody holds any more is none of our business.
    if (!wanted && entry.state === 'foreign') this.#entries.delete(key);
  }

  #unmark(key: string, { asker }: Entry): void {
    const keys = this.#dirty.get(asker);
    if (keys?.delete(key) === true && keys.size === 0) this.#dirty.delete(asker);
  }

  #isMarked(key: string, { asker }: Entry): boolean {
    return this.#dirty.get(asker)?.has(key) === true;
  }

  /** Behind all others who wait. */
  #passTurn(asker: string): void {
    const keys = this.#dirty.get(asker);
    if (keys === undefined || this.#dirty.size < 2) return;
    this.#dirty.delete(asker);
    this.#dirty.set(asker, keys);
  }
}

function isHeld(entry: Entry): entry is Entry & { applied: VirtualAddress } {
  return entry.state === 'present' && entry.applied !== undefined;
}

function changeOf(
  kind: AddressChange['kind'],
  entry: Entry,
  address: VirtualAddress | undefined,
): AddressChange {
  return { kind, interface: entry.interface, address: address ?? entry.address };
}

function addressKey(name: string, address: IpAddress): string {
  return `${name} ${address}`;
}

function sameAttributes(left: VirtualAddress | undefined, right: VirtualAddress): boolean {
  return left !== undefined && JSON.stringify(left) === JSON.stringify(right);
}

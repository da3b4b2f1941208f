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
  /** Most have one, and share the list with all others that it holds. */
  holders: readonly string[];
  /** Who asked last: with his other changes it waits. */
  asker: string;
  state: 'absent' | 'present' | 'foreign';
  /** As the kernel was told. */
  applied: VirtualAddress | undefined;
  /** Removals of ours whose event has not come back yet. */
  removalsToCome: number;
}

/** What a ledger knows, for the program that takes over from this one. */
export type AddressLedgerState = readonly Omit<Entry, 'removalsToCome'>[];

export class AddressLedger {
  /** By interface and address: to look one up makes no text, by the thousand a matter of milliseconds. */
  readonly #entries = new Map<string, Map<IpAddress, Entry>>();
  /** Those whose desired and actual state differ, by asker; the first one's turn is next. */
  readonly #dirty = new Map<string, Set<Entry>>();
  readonly #heldBy = new Map<string, Set<Entry>>();
  /** The list of one that holders have in common. */
  readonly #alone = new Map<string, readonly string[]>();
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
    const entry = this.#find(name, address.address) ?? this.#create(holder, name, address);
    entry.address = address;
    this.#join(entry, holder);
    this.#revision++;
    this.#mark(entry, holder);
  }

  /** Something else has removed it: it is due again, where the holder still wants it. */
  restore(holder: string, name: string, address: VirtualAddress): void {
    const entry = this.#find(name, address.address);
    if (entry?.state === 'absent' && entry.holders.includes(holder)) this.#mark(entry, holder);
  }

  release(holder: string, name: string, address: VirtualAddress): void {
    const entry = this.#find(name, address.address);
    if (entry === undefined || !entry.holders.includes(holder)) return;
    entry.holders = entry.holders.filter((each) => each !== holder);
    const held = this.#heldBy.get(holder);
    held?.delete(entry);
    if (held?.size === 0) {
      this.#heldBy.delete(holder);
      this.#alone.delete(holder);
    }
    this.#revision++;
    const [other = holder] = entry.holders;
    this.#mark(entry, entry.holders.includes(entry.asker) ? entry.asker : other);
  }

  /** Up to `countMax` changes that are due now. Each must be answered by `settle`. */
  pending(countMax: number): readonly AddressChange[] {
    const changes: AddressChange[] = [];
    const turns = [...this.#dirty.values()].map((entries) => entries.values());
    while (turns.length > 0 && changes.length < countMax) {
      const entries = turns.shift();
      const { value: entry, done } = entries?.next() ?? { done: true };
      if (done === true || entries === undefined) continue;
      turns.push(entries);
      if (isHeld(entry)) changes.push(changeOf('remove', entry, entry.applied));
      if (entry.holders.length > 0 && entry.state === 'absent') {
        changes.push(changeOf('add', entry, entry.address, this.#lifetimes.get(entry.asker)));
      }
    }
    return changes;
  }

  hasPending(): boolean {
    return this.#dirty.size > 0;
  }

  settle(change: AddressChange, outcome: ChangeOutcome): void {
    const entry = this.#find(change.interface, change.address.address);
    if (entry === undefined) return;
    this.#revision++;
    this.#unmark(entry);
    this.#passTurn(entry.asker);
    if (change.kind === 'remove') {
      entry.state = 'absent';
      entry.applied = undefined;
      if (outcome === 'done') entry.removalsToCome++;
      // A removal that makes room for other attributes is followed by an addition.
      this.#mark(entry);
      if (entry.holders.length === 0 && entry.removalsToCome === 0) this.#drop(entry);
      return;
    }
    if (outcome === 'failed') return;
    entry.state = outcome === 'foreign' ? 'foreign' : 'present';
    entry.applied = change.address;
    this.#mark(entry);
  }

  /** Everything wanted on an interface that is not there is due again: the interface came back. */
  retry(name: string): void {
    for (const entry of this.#entries.get(name)?.values() ?? []) {
      if (entry.state === 'absent') this.#mark(entry);
    }
  }

  /**
   * The kernel reports that an address is gone. Returns who loses it; nobody where the removal was
   * ours or nobody holds it.
   */
  removed(name: string, address: IpAddress): readonly string[] {
    const entry = this.#find(name, address);
    if (entry === undefined) return [];
    if (entry.removalsToCome > 0) {
      entry.removalsToCome--;
      if (entry.holders.length === 0 && entry.removalsToCome === 0) this.#drop(entry);
      return [];
    }
    if (entry.state === 'absent') return [];
    this.#revision++;
    entry.state = 'absent';
    entry.applied = undefined;
    this.#unmark(entry);
    return [...entry.holders];
  }

  /** Events were lost: what we wait for may never come. */
  forgetExpectations(): void {
    for (const entry of this.#all()) entry.removalsToCome = 0;
  }

  /** Whether the kernel has the address now, by us or by others. */
  isPresent(name: string, address: IpAddress): boolean {
    const entry = this.#find(name, address);
    return entry !== undefined && entry.state !== 'absent';
  }

  isHolder(holder: string): boolean {
    return this.#heldBy.has(holder);
  }

  /** Whether somebody wants it, there or not. */
  isWanted(name: string, address: IpAddress): boolean {
    return (this.#find(name, address)?.holders.length ?? 0) > 0;
  }

  /** Who asked for it last. */
  askerOf(name: string, address: IpAddress): string | undefined {
    return this.#find(name, address)?.asker;
  }

  /** Whether the kernel has it, and this one would have it stay. */
  isHeldBy(holder: string, name: string, address: IpAddress): boolean {
    const entry = this.#find(name, address);
    return entry !== undefined && entry.state !== 'absent' && entry.holders.includes(holder);
  }

  /** Whether somebody holds it and the kernel is still to be told. */
  isAwaited(name: string, address: IpAddress): boolean {
    const entry = this.#find(name, address);
    return entry !== undefined && entry.holders.length > 0 && this.#isMarked(entry);
  }

  /** Whether we put it there, or took it away and still wait for the kernel's word. */
  isOurs(name: string, address: IpAddress): boolean {
    const entry = this.#find(name, address);
    return entry !== undefined && entry.state !== 'foreign';
  }

  /**
   * What the kernel has because this holder asked for it, and nobody is about to change. Of several
   * holders of one address the last to ask counts.
   */
  heldBy(holder: string): readonly HeldAddress[] {
    const held: HeldAddress[] = [];
    for (const entry of this.#heldBy.get(holder) ?? []) {
      if (entry.asker !== holder || this.#isMarked(entry)) continue;
      if (isHeld(entry)) {
        held.push({ interface: entry.interface, address: entry.applied });
      }
    }
    return held;
  }

  /** How many addresses the kernel has of those that each holder wants. */
  countHeld(): ReadonlyMap<string, number> {
    const counts = new Map<string, number>();
    for (const { state, holders } of this.#all()) {
      if (state === 'absent') continue;
      for (const holder of holders) counts.set(holder, (counts.get(holder) ?? 0) + 1);
    }
    return counts;
  }

  /** What the kernel holds because of us. */
  held(): readonly HeldAddress[] {
    return [...this.#all()]
      .filter(isHeld)
      .map(({ interface: name, applied }) => ({ interface: name, address: applied }));
  }

  exportState(): AddressLedgerState {
    return [...this.#all()]
      .filter(({ holders, state }) => holders.length > 0 || state === 'present')
      .map(({ removalsToCome: _events, ...rest }) => rest);
  }

  /** Goes on where the ledger of another program has stopped. */
  importState(state: AddressLedgerState): void {
    this.#revision++;
    for (const { holders, ...rest } of state) {
      const entry: Entry = {
        ...rest,
        // JSON knows no undefined.
        applied: rest.applied,
        holders: [],
        removalsToCome: 0,
      };
      this.#keep(entry);
      for (const holder of holders) this.#join(entry, holder);
      this.#mark(entry);
    }
  }

  #find(name: string, address: IpAddress): Entry | undefined {
    return this.#entries.get(name)?.get(address);
  }

  *#all(): Iterable<Entry> {
    for (const entries of this.#entries.values()) yield* entries.values();
  }

  #create(asker: string, name: string, address: VirtualAddress): Entry {
    const entry: Entry = {
      interface: name,
      address,
      holders: [],
      asker,
      state: 'absent',
      applied: undefined,
      removalsToCome: 0,
    };
    this.#keep(entry);
    return entry;
  }

  #keep(entry: Entry): void {
    const { interface: name, address } = entry;
    const entries = this.#entries.get(name);
    if (entries === undefined) this.#entries.set(name, new Map([[address.address, entry]]));
    else entries.set(address.address, entry);
  }

  #drop({ interface: name, address }: Entry): void {
    const entries = this.#entries.get(name);
    entries?.delete(address.address);
    if (entries?.size === 0) this.#entries.delete(name);
  }

  #join(entry: Entry, holder: string): void {
    if (entry.holders.includes(holder)) return;
    entry.holders = entry.holders.length === 0 ? this.#onlyOne(holder) : [...entry.holders, holder];
    const held = this.#heldBy.get(holder);
    if (held === undefined) this.#heldBy.set(holder, new Set([entry]));
    else held.add(entry);
  }

  #onlyOne(holder: string): readonly string[] {
    const alone = this.#alone.get(holder) ?? [holder];
    this.#alone.set(holder, alone);
    return alone;
  }

  #mark(entry: Entry, asker = entry.asker): void {
    if (asker !== entry.asker) {
      this.#unmark(entry);
      entry.asker = asker;
    }
    const wanted = entry.holders.length > 0;
    const settled =
      entry.state === 'foreign' ||
      (wanted
        ? entry.state === 'present' && sameAttributes(entry.applied, entry.address)
        : entry.state === 'absent');
    if (settled) this.#unmark(entry);
    else {
      const entries = this.#dirty.get(asker);
      if (entries === undefined) this.#dirty.set(asker, new Set([entry]));
      else entries.add(entry);
    }
    // A foreign address that nobody holds any more is none of our business.
    if (!wanted && entry.state === 'foreign') this.#drop(entry);
  }

  #unmark(entry: Entry): void {
    const entries = this.#dirty.get(entry.asker);
    if (entries?.delete(entry) === true && entries.size === 0) this.#dirty.delete(entry.asker);
  }

  #isMarked(entry: Entry): boolean {
    return this.#dirty.get(entry.asker)?.has(entry) === true;
  }

  /** Behind all others who wait. */
  #passTurn(asker: string): void {
    const entries = this.#dirty.get(asker);
    if (entries === undefined || this.#dirty.size < 2) return;
    this.#dirty.delete(asker);
    this.#dirty.set(asker, entries);
  }
}

function isHeld(entry: Entry): entry is Entry & { applied: VirtualAddress } {
  return entry.state === 'present' && entry.applied !== undefined;
}

function changeOf(
  kind: AddressChange['kind'],
  { interface: name }: Entry,
  address: VirtualAddress,
  lifetimeSeconds?: number,
): AddressChange {
  return lifetimeSeconds === undefined
    ? { kind, interface: name, address }
    : { kind, interface: name, address, lifetimeSeconds };
}

function sameAttributes(left: VirtualAddress | undefined, right: VirtualAddress): boolean {
  if (left === right) return true;
  return left !== undefined && JSON.stringify(left) === JSON.stringify(right);
}

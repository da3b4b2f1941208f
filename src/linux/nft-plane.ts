import { setImmediate as nextTurn } from 'node:timers/promises';
import { fromHex } from '../base/hex.ts';
import type { Figures, ServiceFigures } from '../core/balance/nft/counters.ts';
import type {
  DepartedServer,
  LedgerEntry,
  NftLedger,
  StagedChange,
} from '../core/balance/nft/ledger.ts';
import type { DesiredService, ServiceId } from '../core/balance/plane.ts';
import type { DataPlane, PlaneChange, PlaneFailure, PlaneTimeouts } from '../ports/data-plane.ts';
import type { LogSink } from '../ports/log.ts';
import { isSysError, type SysError } from '../ports/sys-error.ts';
import type { NftChange } from '../wire/netlink/nftables-changes.ts';
import { type ConntrackTable, openConntrackTable } from './conntrack-table.ts';
import { EBADF, ENOENT, EOPNOTSUPP, sysError } from './ffi/errno.ts';
import { type HeldName, holdBalanceName } from './firewall-names.ts';
import { type HostNetworks, openHostNetworks } from './host-networks.ts';
import { type FigureSets, readFigures, retiredCounters } from './nft-plane-figures.ts';
import { type KernelTable, openKernelTable } from './nft-table.ts';
import { SharedReading } from './shared-reading.ts';

/** The pure part, which the composition root brings along. */
export interface NftBrain {
  readonly ledger: NftLedger;
  readonly sets: FigureSets;
  isWorthReading(set: string): 'yes' | 'no';
  clientsOf(service: ServiceId): string;
  timeoutObjects(timeouts: PlaneTimeouts): readonly NftChange[];
  figuresOf(entry: LedgerEntry, figures: Figures): ServiceFigures;
}

export interface NftPlaneOptions {
  /** Whose table it is: the path of the daemon's pid file. */
  readonly owner: string;
  readonly brain: NftBrain;
  readonly log: LogSink;
  /** How often connections are counted, and the table and the host's networks looked at. */
  readonly lookMs?: number;
}

const LOOK_MS = 2000;
/** Counting takes at most this part of the time. */
const COUNTING_PART = 1 / 20;
/** What one batch holds, in elements; a rule or a chain is worth some. */
const BATCH_ELEMENTS = 2000;
const CHANGE_ELEMENTS = 8;
const IPPROTO_UDP = 17;

/**
 * Balances by a table of nftables that carries the daemon's name. What a process that was killed has left
 * in it is taken over: the first `realize` names all services that there should be.
 */
export function openNftPlane(options: NftPlaneOptions): DataPlane | SysError {
  const held = holdBalanceName(options.owner);
  if (isSysError(held)) return held;
  const table = openKernelTable(held.name);
  const conntrack = openConntrackTable();
  const networks = openHostNetworks();
  const parts = [table, conntrack, networks];
  const failure = parts.find(isSysError);
  const closeAll = (): void => {
    for (const part of parts) if (!isSysError(part)) part.close();
    held.release();
  };
  if (isSysError(table) || isSysError(conntrack) || isSysError(networks)) {
    closeAll();
    return failure ?? sysError('nftables', EOPNOTSUPP);
  }
  const plane = new NftPlane(options, { table, conntrack, networks, held });
  const refused = plane.begin();
  if (refused === undefined) return plane;
  closeAll();
  return refused;
}

interface PlaneParts {
  readonly table: KernelTable;
  readonly conntrack: ConntrackTable;
  readonly networks: HostNetworks;
  readonly held: HeldName;
}

class NftPlane implements DataPlane {
  readonly kind = 'nftables';
  readonly #brain: NftBrain;
  readonly #ledger: NftLedger;
  readonly #log: LogSink;
  readonly #lookMs: number;
  readonly #parts: PlaneParts;
  readonly #noted = new Set<string>();
  readonly #figures = new SharedReading(() => this.#readFigures());
  #timeouts: readonly NftChange[] = [];
  #timer: NodeJS.Timeout | undefined;
  #phase: 'open' | 'closed' = 'open';

  constructor({ brain, log, lookMs = LOOK_MS }: NftPlaneOptions, parts: PlaneParts) {
    this.#brain = brain;
    this.#ledger = brain.ledger;
    this.#log = log;
    this.#lookMs = lookMs;
    this.#parts = parts;
  }

  /** Makes the table, or takes over what is in it. */
  begin(): SysError | undefined {
    const { table } = this.#parts;
    const state = table.state();
    if (isSysError(state)) return state;
    const failure =
      state === 'there' ? this.#takeOver() : table.make(this.#ledger.begin(undefined));
    if (failure !== undefined) return failure;
    this.#lookLater(this.#lookMs);
    return this.#learnNetworks();
  }

  refusal(service: DesiredService): string | undefined {
    return this.#ledger.refusal(service);
  }

  realize({ desired, removed }: PlaneChange): readonly PlaneFailure[] {
    const possible = desired.filter((each) => this.#ledger.refusal(each) === undefined);
    for (const service of possible) this.#tell(service);
    this.#tellForwarding(possible);
    const staged = this.#ledger.stage(possible, removed);
    for (const { service, departed } of staged) {
      for (const server of departed) {
        const { sets } = this.#brain;
        this.#ledger.retire(service, retiredCounters(this.#parts.table.reader, server, sets));
      }
    }
    const { failures, done } = this.#carryOut(staged);
    const departed = done.flatMap((each) => each.departed);
    // What is refused may be what is there already.
    if (failures.length === 0) {
      const left = this.#ledger.forsake();
      this.#warn(this.#changeInParts(left.changes), 'cannot remove what was left of before');
      departed.push(...left.departed);
    }
    this.#warn(this.#purge(departed), 'cannot end connections to servers that left');
    return failures;
  }

  statistics(): Promise<readonly ServiceFigures[] | SysError> {
    return this.#figures.next();
  }

  setTimeouts(timeouts: PlaneTimeouts): SysError | undefined {
    const objects = this.#brain.timeoutObjects(timeouts);
    const names = objects.flatMap((each) => (each.kind === 'add-timeouts' ? [each.object] : []));
    // Rules that name the objects come behind them, and the old ones go before them.
    const quiet = this.#ledger.useTimeouts('usual');
    const rules = objects.length === 0 ? [] : this.#ledger.useTimeouts('own');
    const gone = names.map((object) => ({ kind: 'delete-timeouts', object }) as const);
    const failure = this.#parts.table.change([...quiet, ...gone, ...objects, ...rules]);
    this.#timeouts = objects;
    if (failure?.errno !== ENOENT) return failure;
    return this.#parts.table.change([...quiet, ...objects, ...rules]);
  }

  setSync(roles: readonly unknown[]): SysError | undefined {
    if (roles.length === 0) return undefined;
    return sysError(
      'lvs_sync_daemon',
      EOPNOTSUPP,
      'nftables has no synchronisation of connections: use conntrackd',
    );
  }

  /** The table is ours alone; those of others are none of our business. */
  flush(): SysError | undefined {
    return undefined;
  }

  close(fate: 'keep' | 'remove'): void {
    clearTimeout(this.#timer);
    this.#phase = 'closed';
    const { table, conntrack, networks, held } = this.#parts;
    if (fate === 'remove') this.#warn(table.remove(), 'cannot remove the table');
    for (const part of [table, conntrack, networks]) part.close();
    held.release();
  }

  async #readFigures(): Promise<readonly ServiceFigures[] | SysError> {
    const { table, conntrack } = this.#parts;
    const loads = await conntrack.count();
    if (isSysError(loads)) return loads;
    if (this.#isClosed()) return sysError('nftables', EBADF, 'closed meanwhile');
    // In one go from here: what leaves in between would be counted twice or not at all.
    const entries = this.#ledger.entries();
    const clients = entries
      .filter(({ service }) => service.persistence !== undefined)
      .map(({ service }) => this.#brain.clientsOf(service.id));
    const figures = readFigures(table.reader, loads, { ...this.#brain.sets, clients });
    if (isSysError(figures)) return figures;
    return entries.map((entry) => this.#brain.figuresOf(entry, figures));
  }

  #takeOver(): SysError | undefined {
    const { table } = this.#parts;
    const observed = table.observe(this.#brain.isWorthReading);
    if (isSysError(observed)) return observed;
    // Another version may have made it, or somebody else something else of it.
    const isOurs = this.#ledger.form(observed) === 'ours';
    const failure = isOurs ? table.change(this.#ledger.begin(observed)) : undefined;
    if (isOurs && failure === undefined) return undefined;
    return table.make(this.#ledger.begin(undefined));
  }

  /** In batches; where one is refused, service by service. */
  #carryOut(staged: readonly StagedChange[]): {
    readonly failures: readonly PlaneFailure[];
    readonly done: readonly StagedChange[];
  } {
    const failures: PlaneFailure[] = [];
    const done: StagedChange[] = [];
    const settle = (each: StagedChange): void => {
      each.settle();
      done.push(each);
    };
    for (const batch of batchesOf(staged)) {
      const failure = this.#change(batch.flatMap(({ changes }) => changes));
      if (failure === undefined) {
        for (const each of batch) settle(each);
        continue;
      }
      for (const each of batch) {
        const own = batch.length === 1 ? failure : this.#change(each.changes);
        if (own === undefined) settle(each);
        else failures.push({ service: each.service, error: own });
      }
    }
    return { failures, done };
  }

  /** Where somebody has removed the table (`nft flush ruleset`), it is made anew first. */
  #change(changes: readonly NftChange[]): SysError | undefined {
    if (changes.length === 0) return undefined;
    const failure = this.#parts.table.change(changes);
    if (failure?.errno !== ENOENT || this.#parts.table.state() !== 'missing') return failure;
    return this.#remake() ?? this.#parts.table.change(changes);
  }

  #remake(): SysError | undefined {
    const { frame, services } = this.#ledger.remake();
    const failure = this.#parts.table.make([...this.#timeouts, ...frame]);
    return failure ?? this.#changeInParts(services);
  }

  /** For more changes than the kernel takes at once, of which each may stand for itself. */
  #changeInParts(changes: readonly NftChange[]): SysError | undefined {
    for (let from = 0; from < changes.length; ) {
      let to = from;
      for (let size = 0; to < changes.length && size < BATCH_ELEMENTS; to++) {
        size += sizeOf(changes.slice(to, to + 1));
      }
      const failure = this.#parts.table.change(changes.slice(from, to));
      if (failure !== undefined) return failure;
      from = to;
    }
    return undefined;
  }

  #purge(servers: readonly DepartedServer[]): SysError | undefined {
    const departed = servers.filter(({ ends }) => ends !== 'none');
    if (departed.length === 0) return undefined;
    const ends = new Map(departed.map((each) => [each.label, each.ends]));
    const addresses = new Set(departed.map(({ address }) => address));
    const [address] = addresses;
    const isOne = addresses.size === 1 && address !== undefined;
    const isDatagrams = departed.every((each) => each.ends === 'datagrams');
    const among = {
      ...(isOne && { server: fromHex(address) }),
      ...(isDatagrams && { protocol: IPPROTO_UDP }),
    };
    return this.#parts.conntrack.purge(among, ({ label, protocol }) => {
      const which = ends.get(label);
      if (which === undefined) return 'keep';
      return which === 'all' || protocol === IPPROTO_UDP ? 'delete' : 'keep';
    });
  }

  /** May be so after anything that was waited for. */
  #isClosed(): boolean {
    return this.#phase === 'closed';
  }

  #lookLater(inMs: number): void {
    this.#timer = setTimeout(() => void this.#look(), inMs).unref();
  }

  async #look(): Promise<void> {
    if (this.#parts.table.state() === 'missing') {
      this.#say('notice', 'Somebody removed the table of virtual servers: made anew');
      this.#warn(this.#remake(), 'cannot make the table of virtual servers anew');
    }
    this.#warn(this.#learnNetworks(), 'cannot tell nftables of the networks of this host');
    const begin = performance.now();
    if (this.#ledger.counting() === 'needed') {
      this.#warn(await this.#count(), 'cannot count connections');
    }
    if (this.#isClosed()) return;
    const tookMs = performance.now() - begin;
    this.#lookLater(Math.max(this.#lookMs, tookMs / COUNTING_PART));
  }

  /** Of thousands of servers it takes tenths of a second: changes come in between. */
  async #count(): Promise<SysError | undefined> {
    const { conntrack, table } = this.#parts;
    const loads = await conntrack.count();
    if (this.#isClosed()) return undefined;
    if (isSysError(loads)) return loads;
    const made = new Map<string, bigint>();
    for (const set of this.#brain.sets.servers) {
      await nextTurn();
      if (this.#isClosed()) return undefined;
      const elements = table.reader.elements(set);
      if (isSysError(elements)) return elements;
      for (const { key, packets } of elements) if (packets !== undefined) made.set(key, packets);
    }
    await nextTurn();
    if (this.#isClosed()) return undefined;
    const { failures } = this.#carryOut(this.#ledger.correct({ loads, made }));
    return failures[0]?.error;
  }

  #learnNetworks(): SysError | undefined {
    const networks = this.#parts.networks.read();
    if (isSysError(networks)) return networks;
    const { changes, settle } = this.#ledger.networks(networks);
    const failure = this.#change(changes);
    if (failure === undefined) settle();
    return failure;
  }

  /** What is done in another way than IPVS does it, each once. */
  #tell(service: DesiredService): void {
    for (const note of this.#ledger.notes(service)) {
      this.#once('info', `Virtual server ${service.id}: ${note}`);
    }
  }

  #tellForwarding(services: readonly DesiredService[]): void {
    const addresses = services.flatMap(({ servers }) => servers.map(({ address }) => address));
    for (const family of [4, 6] as const) {
      if (!addresses.some((each) => each.includes(':') === (family === 6))) continue;
      if (this.#parts.networks.forwarding(family) !== 'does not') continue;
      const setting = family === 4 ? 'net.ipv4.ip_forward' : 'net.ipv6.conf.all.forwarding';
      const what = `This host does not forward IPv${family}`;
      this.#once('warning', `${what}: real servers get no clients of others until ${setting} is 1`);
    }
  }

  #once(level: 'info' | 'warning', text: string): void {
    if (this.#noted.has(text)) return;
    this.#noted.add(text);
    this.#say(level, text);
  }

  #warn(failure: SysError | undefined, what: string): void {
    if (failure === undefined) return;
    this.#say('warning', `nftables: ${what}: ${failure.call}: ${failure.message}`);
  }

  #say(level: 'info' | 'notice' | 'warning', text: string): void {
    this.#log.write({ level, text });
  }
}

function batchesOf(staged: readonly StagedChange[]): readonly (readonly StagedChange[])[] {
  const batches: StagedChange[][] = [];
  let size = Number.POSITIVE_INFINITY;
  for (const each of staged) {
    const own = sizeOf(each.changes);
    if (own === 0) {
      batches.at(-1)?.push(each) ?? batches.push([each]);
      continue;
    }
    if (size + own > BATCH_ELEMENTS) {
      batches.push([]);
      size = 0;
    }
    batches.at(-1)?.push(each);
    size += own;
  }
  return batches;
}

function sizeOf(changes: readonly NftChange[]): number {
  return changes.reduce(
    (sum, change) => sum + ('elements' in change ? change.elements.length : CHANGE_ELEMENTS),
    0,
  );
}

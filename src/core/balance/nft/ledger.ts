/** What the table of nftables has, has had and should have; the adapter carries out what it says. */
import type { NftChange } from '../../../wire/netlink/nftables-changes.ts';
import type { DesiredService, ServerId, ServiceId } from '../plane.ts';
import { notesOf, refusalOf } from './abilities.ts';
import { correctWeights, needsCounts, type ServerLoad } from './correction.ts';
import { type Counters, NO_COUNTERS, plus } from './counters.ts';
import { formOf, frameChanges, type Masquerading } from './frame.ts';
import { labelOf, SHARED } from './names.ts';
import { type HostNetwork, networkChanges } from './networks.ts';
import { leftovers, type ObservedTable, observedPlan } from './observed.ts';
import { planChanges } from './plan-changes.ts';
import { type CorrectedWeights, planService, type ServicePlan } from './service-plan.ts';

/** A step of one service that the kernel carries out whole or not at all. */
export interface StagedChange {
  readonly service: ServiceId;
  readonly changes: readonly NftChange[];
  readonly departed: readonly DepartedServer[];
  /** The kernel has carried it out. */
  settle(): void;
}

export interface DepartedServer {
  readonly label: string;
  /** Which of its connections end with it. */
  readonly ends: 'all' | 'datagrams' | 'none';
  /** In hexadecimal digits; absent where nobody knows. */
  readonly address?: string;
  /** The set that has its address; its element counts connections. */
  readonly set: string;
}

/** A table from nothing. */
export interface FreshTable {
  readonly frame: readonly NftChange[];
  /** May be carried out in parts, in their order. */
  readonly services: readonly NftChange[];
}

export interface LedgerEntry {
  readonly service: DesiredService;
  readonly plan: ServicePlan;
  readonly corrected: CorrectedWeights;
  readonly overloaded: ReadonlySet<ServerId>;
  /** What servers that have left had counted. */
  readonly retired: Counters;
  /** New connections when they were last counted, and what the count was. */
  readonly counted: bigint;
  readonly countedAs: string;
}

/** Connections by label: those that are there, and all that were made. */
export interface CountedConnections {
  readonly loads: ReadonlyMap<string, ServerLoad>;
  readonly made: ReadonlyMap<string, bigint>;
}

export class NftLedger {
  readonly #masquerading: Masquerading;
  readonly #entries = new Map<ServiceId, LedgerEntry>();
  #observed: ObservedTable | undefined;
  #networks: readonly HostNetwork[] = [];
  #networkFingerprint = '';
  #timeouts: 'own' | 'usual' = 'usual';

  constructor(masquerading: Masquerading) {
    this.#masquerading = masquerading;
  }

  refusal(service: DesiredService): string | undefined {
    return refusalOf(service);
  }

  notes(service: DesiredService): readonly string[] {
    return notesOf(service);
  }

  entries(): readonly LedgerEntry[] {
    return [...this.#entries.values()];
  }

  /** Whether what is there can be taken over. */
  form({ chains }: ObservedTable): 'ours' | 'other' {
    return formOf(chains);
  }

  /** What a table needs before any service; `observed` is what it has. */
  begin(observed: ObservedTable | undefined): readonly NftChange[] {
    this.#observed = observed;
    return frameChanges(observed?.sets ?? new Set(), this.#masquerading, this.#timeouts);
  }

  remake(): FreshTable {
    this.#observed = undefined;
    return {
      frame: [
        ...frameChanges(new Set(), this.#masquerading, this.#timeouts),
        ...networkChanges(this.#networks).changes,
      ],
      services: this.entries().flatMap(({ plan }) => planChanges(undefined, plan)),
    };
  }

  /** The rules that give connections idle times of their own, or do not. */
  useTimeouts(timeouts: 'own' | 'usual'): readonly NftChange[] {
    this.#timeouts = timeouts;
    const sets = new Set<string>(Object.values(SHARED));
    return frameChanges(sets, this.#masquerading, timeouts);
  }

  /** Nothing where they are what they were; `settle` when the kernel has them. */
  networks(networks: readonly HostNetwork[]): {
    readonly changes: readonly NftChange[];
    settle(): void;
  } {
    const { changes, fingerprint } = networkChanges(networks);
    return {
      changes: fingerprint === this.#networkFingerprint ? [] : changes,
      settle: () => {
        this.#networks = networks;
        this.#networkFingerprint = fingerprint;
      },
    };
  }

  stage(
    desired: readonly DesiredService[],
    removed: readonly ServiceId[],
  ): readonly StagedChange[] {
    return [
      ...removed.flatMap((service) => this.#stageRemoval(service)),
      ...desired.map((service) => this.#stageService(service)),
    ];
  }

  /**
   * What an earlier process had and the first wishes of this one do not name; nobody knows what was
   * wanted of connections to its servers.
   */
  forsake(): Pick<StagedChange, 'changes' | 'departed'> {
    const observed = this.#observed;
    this.#observed = undefined;
    if (observed === undefined) return { changes: [], departed: [] };
    const { changes, labels } = leftovers(observed, this.entries());
    const departed = labels.map((label) => ({ label, ends: 'datagrams', set: '' }) as const);
    return { changes, departed };
  }

  /** What is added to the figures of the service when it loses a server. */
  retire(service: ServiceId, counters: Counters): void {
    const entry = this.#entries.get(service);
    if (entry === undefined) return;
    this.#entries.set(service, { ...entry, retired: plus(entry.retired, counters) });
  }

  /** Whether connections have to be counted for any service. */
  counting(): 'needed' | 'not needed' {
    const entries = [...this.#entries.values()];
    return entries.some(({ service }) => needsCounts(service) === 'needs')
      ? 'needed'
      : 'not needed';
  }

  /** What follows from a count of connections. */
  correct({ loads, made }: CountedConnections): readonly StagedChange[] {
    const staged: StagedChange[] = [];
    for (const entry of this.#entries.values()) {
      const { service, plan } = entry;
      if (needsCounts(service) === 'does not') continue;
      const byServer = new Map<ServerId, ServerLoad>();
      let counted = 0n;
      for (const { id } of service.servers) {
        const label = labelOf(service.id, id);
        const load = loads.get(label);
        if (load !== undefined) byServer.set(id, load);
        counted += made.get(label) ?? 0n;
      }
      if (byServer.size === 0 && counted === entry.counted && isUncorrected(entry)) continue;
      // Where nothing has changed nothing is calculated again.
      const countedAs = `${counted} ${JSON.stringify([...byServer])}`;
      if (countedAs === entry.countedAs) continue;
      const arrivals = Number(counted > entry.counted ? counted - entry.counted : 0n);
      const { weights, overloaded } = correctWeights(service, byServer, arrivals, entry.overloaded);
      const wanted = planService(service, weights, plan);
      const changed = { corrected: weights, overloaded, counted, countedAs, plan: wanted };
      staged.push({
        service: service.id,
        changes: planChanges(plan, wanted),
        departed: [],
        settle: () => void this.#entries.set(service.id, { ...entry, ...changed }),
      });
    }
    return staged;
  }

  #stageService(service: DesiredService): StagedChange {
    const entry = this.#entries.get(service.id);
    // Shares of before would say nothing of a server that is new.
    const corrected = new Map([...(entry?.overloaded ?? [])].map((id) => [id, 0]));
    const wanted = planService(service, corrected, entry?.plan);
    const old = entry?.plan ?? this.#observedPlan(service, wanted);
    const next: LedgerEntry = {
      service,
      plan: wanted,
      corrected,
      overloaded: entry?.overloaded ?? new Set(),
      retired: entry?.retired ?? NO_COUNTERS,
      counted: entry?.counted ?? 0n,
      countedAs: '',
    };
    return {
      service: service.id,
      changes: planChanges(old, wanted),
      departed: departedServers(old, wanted, endsOf(service)),
      settle: () => {
        const retired = this.#entries.get(service.id)?.retired ?? NO_COUNTERS;
        this.#entries.set(service.id, { ...next, retired });
      },
    };
  }

  #stageRemoval(id: ServiceId): readonly StagedChange[] {
    const entry = this.#entries.get(id);
    if (entry === undefined) return [];
    return [
      {
        service: id,
        changes: planChanges(entry.plan, undefined),
        departed: departedServers(entry.plan, undefined, endsOf(entry.service)),
        settle: () => void this.#entries.delete(id),
      },
    ];
  }

  #observedPlan(service: DesiredService, wanted: ServicePlan): ServicePlan | undefined {
    if (this.#observed === undefined) return undefined;
    return observedPlan(this.#observed, service, wanted);
  }
}

/** Weights as configured are also right where nobody has connections: of large clusters most services. */
function isUncorrected({ corrected, overloaded }: LedgerEntry): boolean {
  return corrected.size + overloaded.size === 0;
}

/** The sets that have servers, and how long an address is there. */
const ADDRESS_DIGITS: Readonly<Record<string, number>> = {
  [SHARED.endpoints4]: 8,
  [SHARED.hosts4]: 8,
  [SHARED.endpoints6]: 32,
  [SHARED.hosts6]: 32,
};

function departedServers(
  old: ServicePlan | undefined,
  wanted: ServicePlan | undefined,
  ends: DepartedServer['ends'],
): readonly DepartedServer[] {
  const staying = new Set([...(wanted?.shared.values() ?? [])].map(({ element }) => element.key));
  return [...(old?.shared.values() ?? [])]
    .filter(({ set, element }) => set in ADDRESS_DIGITS && !staying.has(element.key))
    .map(({ set, element }) => {
      const address = element.data?.slice(0, ADDRESS_DIGITS[set]);
      return { label: element.key, ends, set, ...(address !== undefined && { address }) };
    });
}

/**
 * Nothing is lost by a flow of datagrams going to another server, while a client that keeps its port would
 * go on talking to one that is gone.
 */
function endsOf({ match, removedConnections }: DesiredService): DepartedServer['ends'] {
  if (removedConnections === 'cut') return 'all';
  return match.kind === 'address' && match.protocol !== 'udp' ? 'none' : 'datagrams';
}

import type { Counters, Figures } from '../core/balance/nft/counters.ts';
import type { DepartedServer } from '../core/balance/nft/ledger.ts';
import { isSysError, type SysError } from '../ports/sys-error.ts';
import type { NftDumpedElement } from '../wire/netlink/nftables-dump.ts';
import type { ConnectionCounts } from './conntrack-table.ts';
import type { NftTableReader } from './nft-table-reader.ts';

/** The sets that have what is counted, and those of the clients that are remembered. */
export interface FigureSets {
  /** Whose elements count connections. */
  readonly servers: readonly string[];
  readonly trafficIn: string;
  readonly trafficOut: string;
  readonly clients: readonly string[];
}

/** What the kernel has counted, read at once, beside how many connections there were a moment ago. */
export function readFigures(
  reader: NftTableReader,
  loads: ConnectionCounts,
  sets: FigureSets,
): Figures | SysError {
  const counted: Record<'made' | 'in' | 'out', Map<string, NftDumpedElement>> = {
    made: new Map(),
    in: new Map(),
    out: new Map(),
  };
  const sources = [
    ...sets.servers.map((set) => ['made', set] as const),
    ['in', sets.trafficIn] as const,
    ['out', sets.trafficOut] as const,
  ];
  for (const [what, set] of sources) {
    const elements = reader.elements(set);
    if (isSysError(elements)) return elements;
    for (const each of elements) counted[what].set(each.key, each);
  }
  const persistent = new Map<string, number>();
  for (const set of sets.clients) {
    const elements = reader.elements(set);
    if (isSysError(elements)) return elements;
    for (const { data = '' } of elements) {
      // Behind one word.
      const label = data.slice(8);
      persistent.set(label, (persistent.get(label) ?? 0) + 1);
    }
  }
  return {
    counters: (label) =>
      countersOf(counted.made.get(label), counted.in.get(label), counted.out.get(label)),
    load: (label) => loads.get(label),
    persistent: (label) => persistent.get(label) ?? 0,
  };
}

/** What a server that is about to go has counted. */
export function retiredCounters(
  reader: NftTableReader,
  { label, set }: DepartedServer,
  sets: FigureSets,
): Counters {
  const made = reader.element(set, label);
  // Without a connection there was no traffic: most of those that leave a large cluster never had one here.
  if ((made?.packets ?? 0n) === 0n) return countersOf(made, undefined, undefined);
  return countersOf(
    made,
    reader.element(sets.trafficIn, label),
    reader.element(sets.trafficOut, label),
  );
}

function countersOf(
  made: NftDumpedElement | undefined,
  inward: NftDumpedElement | undefined,
  outward: NftDumpedElement | undefined,
): Counters {
  return {
    connections: made?.packets ?? 0n,
    packetsIn: inward?.packets ?? 0n,
    packetsOut: outward?.packets ?? 0n,
    bytesIn: inward?.bytes ?? 0n,
    bytesOut: outward?.bytes ?? 0n,
  };
}

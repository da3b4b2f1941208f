/** What statistics have a row for, and which of them are asked for. */
import type { Micros } from '../../../base/time.ts';
import type { SideCounters } from '../counters.ts';
import type {
  LiveBack,
  LiveConfig,
  LiveFront,
  LiveListener,
  LiveProxy,
  LiveServer,
} from '../live.ts';
import { isUp, serverState } from './server-state.ts';

export type RowKind = 'frontend' | 'listener' | 'server' | 'backend';

interface RowOf<Kind extends RowKind> {
  readonly kind: Kind;
  readonly live: LiveConfig;
  readonly proxy: LiveProxy;
  readonly counters: SideCounters;
  readonly now: Micros;
  /** Addresses, cookies and algorithms are shown. */
  readonly legends: boolean;
  /** Some servers are left out for their state: a backend tells how many are up. */
  readonly showsUp: 'count' | 'no';
}

export interface FrontendRow extends RowOf<'frontend'> {
  readonly front: LiveFront;
}

export interface ListenerRow extends RowOf<'listener'> {
  readonly listener: LiveListener;
}

export interface ServerRow extends RowOf<'server'> {
  readonly back: LiveBack;
  readonly server: LiveServer;
}

export interface BackendRow extends RowOf<'backend'> {
  readonly back: LiveBack;
}

export type StatsRow = FrontendRow | ListenerRow | ServerRow | BackendRow;

/** As they are in `type` and in masks: 1, 2, 4, 8 are the bits of 0, 1, 2, 3. */
export const rowTypes: Readonly<Record<RowKind, number>> = {
  frontend: 0,
  backend: 1,
  server: 2,
  listener: 3,
};

export interface RowFilter {
  /** -1: all. */
  readonly proxyId: number;
  /** -1: all kinds. */
  readonly typeMask: number;
  /** -1: all; else of servers and listeners, while the sides stay. */
  readonly id: number;
  readonly onlyUp: boolean;
  readonly noMaintenance: boolean;
  /** Only proxies for which it holds. */
  readonly isInScope?: (name: string) => boolean;
}

export const everything: RowFilter = {
  proxyId: -1,
  typeMask: -1,
  id: -1,
  onlyUp: false,
  noMaintenance: false,
};

/** In the order of the configuration: frontend, its listeners, servers, backend. */
export function listRows(
  live: LiveConfig,
  now: Micros,
  options: RowFilter & { readonly legends: boolean },
): StatsRow[] {
  return live.proxies.flatMap((proxy) => {
    const { name, id, disabled } = proxy.config;
    if (disabled || (options.proxyId !== -1 && id !== options.proxyId)) return [];
    if (options.isInScope !== undefined && !options.isInScope(name)) return [];
    const showsUp = options.onlyUp || options.noMaintenance ? 'count' : 'no';
    return rowsOf({ live, proxy, now, legends: options.legends, showsUp }, options);
  });
}

type Base = Omit<RowOf<RowKind>, 'kind' | 'counters'>;

function rowsOf(base: Base, filter: RowFilter): StatsRow[] {
  const { front, back } = base.proxy;
  const rows: StatsRow[] = [];
  if (front !== undefined) {
    const { counters } = front;
    rows.push({ kind: 'frontend', counters, ...base, front });
    for (const listener of front.listeners)
      rows.push({ kind: 'listener', counters: listener.counters, ...base, listener });
  }
  if (back !== undefined) {
    for (const server of back.servers)
      rows.push({ kind: 'server', counters: server.counters, ...base, back, server });
    rows.push({ kind: 'backend', counters: back.counters, ...base, back });
  }
  return rows.filter((row) => isWanted(row, filter));
}

function isWanted(row: StatsRow, filter: RowFilter): boolean {
  if (((1 << rowTypes[row.kind]) & filter.typeMask) === 0) return false;
  const isSide = row.kind === 'frontend' || row.kind === 'backend';
  if (!isSide && filter.id !== -1 && rowId(row) !== filter.id) return false;
  if (row.kind !== 'server') return true;
  if (filter.noMaintenance && serverState(row.server) === 'maint') return false;
  return !filter.onlyUp || isUp(row.server);
}

/** Within its proxy; 0: a frontend or backend. */
export function rowId(row: StatsRow): number {
  if (row.kind === 'server') return row.server.config.id;
  return row.kind === 'listener' ? row.listener.id : 0;
}

/** Figures of servers and services, from what the table and the connections have. */
import type { ServerId, ServiceId } from '../plane.ts';
import type { ServerLoad } from './correction.ts';
import type { LedgerEntry } from './ledger.ts';
import { labelOf } from './names.ts';

export interface Counters {
  readonly connections: bigint;
  readonly packetsIn: bigint;
  readonly packetsOut: bigint;
  readonly bytesIn: bigint;
  readonly bytesOut: bigint;
}

export const NO_COUNTERS: Counters = {
  connections: 0n,
  packetsIn: 0n,
  packetsOut: 0n,
  bytesIn: 0n,
  bytesOut: 0n,
};

export function plus(a: Counters, b: Counters): Counters {
  return {
    connections: a.connections + b.connections,
    packetsIn: a.packetsIn + b.packetsIn,
    packetsOut: a.packetsOut + b.packetsOut,
    bytesIn: a.bytesIn + b.bytesIn,
    bytesOut: a.bytesOut + b.bytesOut,
  };
}

/** What is known by label. */
export interface Figures {
  counters(label: string): Counters;
  load(label: string): ServerLoad | undefined;
  /** Clients that are remembered for the server. */
  persistent(label: string): number;
}

export interface ServerFigures extends Counters {
  readonly server: ServerId;
  readonly weight: number;
  readonly activeConnections: number;
  readonly inactiveConnections: number;
  readonly persistentConnections: number;
}

export interface ServiceFigures extends Counters {
  readonly service: ServiceId;
  readonly servers: readonly ServerFigures[];
}

/** The sums of a service have also what servers had that left it. */
export function figuresOf({ service, retired }: LedgerEntry, figures: Figures): ServiceFigures {
  const servers = service.servers.map(({ id, weight }) => {
    const label = labelOf(service.id, id);
    const { active = 0, inactive = 0 } = figures.load(label) ?? {};
    return {
      server: id,
      weight,
      activeConnections: active,
      inactiveConnections: inactive,
      persistentConnections: figures.persistent(label),
      ...figures.counters(label),
    };
  });
  return { service: service.id, ...servers.reduce(plus, retired), servers };
}

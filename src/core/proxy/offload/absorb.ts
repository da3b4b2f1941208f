import type { Micros } from '../../../base/time.ts';
import type { ServiceId } from '../../balance/plane.ts';
import type { SideCounters } from '../counters.ts';
import type { RateMeter } from '../rate-meter.ts';
import { type Offloaded, serverOf, servicesOf } from './services.ts';

/** What the kernel has counted of one service so far; plain data. */
export interface ServiceCount extends Count {
  readonly service: ServiceId;
  readonly servers: readonly (Count & { readonly server: string })[];
}

interface Count {
  readonly connections: number;
  readonly bytesIn: number;
  readonly bytesOut: number;
  /** Open now; of servers. */
  readonly active: number;
}

const NOTHING: Count = { connections: 0, bytesIn: 0, bytesOut: 0, active: 0 };

/** Adds to the counters of frontends, backends and servers what the kernel has carried since the last time. */
export class Absorption {
  readonly #known = new Map<string, Count>();

  absorb(now: Micros, offloaded: readonly Offloaded[], counts: readonly ServiceCount[]): void {
    for (const each of offloaded)
      for (const { id } of servicesOf(each)) {
        const count = counts.find(({ service }) => service === id);
        if (count !== undefined) this.#absorbService(now, each, count);
      }
  }

  #absorbService(now: Micros, each: Offloaded, count: ServiceCount): void {
    const { front, back } = each;
    const active = count.servers.reduce((sum, server) => sum + server.active, 0);
    const change = this.#changeOf(count.service, { ...count, active });
    if (front.front !== undefined) {
      add(front.front.counters, change);
      front.front.counters.connections += change.connections;
      front.front.connectionRate.count(now, change.connections);
      front.front.sessionRate.count(now, change.connections);
    }
    if (back.back !== undefined) {
      add(back.back.counters, change);
      back.back.counters.chosen += change.connections;
      back.back.sessionRate.count(now, change.connections);
    }
    for (const { server: id, ...their } of count.servers) {
      const own = this.#changeOf(`${count.service} ${id}`, their);
      const server = serverOf(each, id);
      if (server !== undefined) addServer(now, server, own);
    }
  }

  /** Counters that begin anew have counted nothing before. */
  #changeOf(key: string, { connections, bytesIn, bytesOut, active }: Count): Count {
    const known = this.#known.get(key) ?? NOTHING;
    this.#known.set(key, { connections, bytesIn, bytesOut, active });
    const base = connections < known.connections ? { ...NOTHING, active: known.active } : known;
    return {
      connections: connections - base.connections,
      bytesIn: Math.max(0, bytesIn - base.bytesIn),
      bytesOut: Math.max(0, bytesOut - base.bytesOut),
      active: active - base.active,
    };
  }
}

function addServer(
  now: Micros,
  server: { readonly counters: SideCounters; readonly sessionRate: RateMeter },
  change: Count,
): void {
  add(server.counters, change);
  server.counters.connects += change.connections;
  server.counters.chosen += change.connections;
  if (change.connections > 0) server.counters.lastChosenUs = now;
  server.sessionRate.count(now, change.connections);
}

function add(counters: SideCounters, { connections, bytesIn, bytesOut, active }: Count): void {
  counters.sessions += connections;
  counters.bytesIn += bytesIn;
  counters.bytesOut += bytesOut;
  counters.current += active;
  counters.most = Math.max(counters.most, counters.current);
}

/** What the kernel should balance now, service by service, and what one change makes of it. */
import { same } from '../vrrp/reconfigure.ts';
import type { DesiredServer, DesiredService, ServiceId } from './plane.ts';
import type { Pool } from './pool.ts';

export interface TableChange {
  readonly desired: readonly DesiredService[];
  readonly removed: readonly ServiceId[];
}

export class ServiceTable {
  #services = new Map<ServiceId, DesiredService>();

  /** Those services of the pools that have become others. */
  update(pools: Iterable<Pool>): readonly DesiredService[] {
    const changed: DesiredService[] = [];
    for (const pool of pools) {
      for (const service of pool.desired()) {
        const before = this.#services.get(service.id);
        const after = renewed(before, service);
        if (after === before) continue;
        this.#services.set(after.id, after);
        changed.push(after);
      }
    }
    return changed;
  }

  /** These, before there are pools. */
  begin(services: readonly DesiredService[]): TableChange {
    for (const service of services) this.#services.set(service.id, service);
    return { desired: services, removed: [] };
  }

  /** These pools as they are now, and those services no more. */
  change(pools: Iterable<Pool>, gone: readonly ServiceId[]): TableChange {
    const removed = gone.filter((id) => this.#services.delete(id));
    return { desired: this.update(pools), removed };
  }

  /** These pools and no others. */
  replace(pools: readonly Pool[]): TableChange {
    const desired = this.update(pools);
    const kept = new Set(pools.flatMap(({ served }) => served.map(({ id }) => id)));
    const removed = [...this.#services.keys()].filter((id) => !kept.has(id));
    for (const id of removed) this.#services.delete(id);
    return { desired, removed };
  }
}

/**
 * The service with all objects of `before` that say the same; `before` itself where nothing is new. What
 * becomes of the connections of those who leave is nothing new while nobody leaves.
 */
function renewed(before: DesiredService | undefined, after: DesiredService): DesiredService {
  if (before === undefined) return after;
  const servers = renewedList(before.servers, after.servers);
  const isSame =
    servers === before.servers &&
    before.scheduler === after.scheduler &&
    before.onePacket === after.onePacket &&
    same(before.schedulerFlags, after.schedulerFlags) &&
    same(before.persistence, after.persistence);
  return isSame ? before : { ...after, servers };
}

function renewedList(
  before: readonly DesiredServer[],
  after: readonly DesiredServer[],
): readonly DesiredServer[] {
  if (before === after) return before;
  const known = new Map(before.map((server) => [server.id, server]));
  const servers = after.map((server) => {
    const old = known.get(server.id);
    return old !== undefined && isSameServer(old, server) ? old : server;
  });
  const isSame =
    servers.length === before.length && servers.every((server, index) => server === before[index]);
  return isSame ? before : servers;
}

function isSameServer(one: DesiredServer, other: DesiredServer): boolean {
  return (
    one.weight === other.weight &&
    one.upperThreshold === other.upperThreshold &&
    one.lowerThreshold === other.lowerThreshold &&
    same(one.forwarding, other.forwarding)
  );
}

/** What operators want of single servers: the last order about each counts, until it is taken back. */
import type { ServerOrder } from './director-types.ts';
import { type ServerId, type ServiceId, serviceId } from './plane.ts';
import type { Pool } from './pool.ts';
import type { PoolServer } from './real-server.ts';

export class OrderBook {
  /** By what they are about; an order about all services comes before one about a single one. */
  readonly #orders = new Map<string, ServerOrder>();

  note(order: ServerOrder): void {
    const { action, server, service } = order;
    const aspect = action.kind === 'weigh' ? 'weight' : 'part';
    const key = `${aspect} ${service ?? 'all'} ${server}`;
    this.#orders.delete(key);
    // One about all takes the place of those about single services.
    if (service === undefined) {
      for (const [other, { server: theirs }] of this.#orders) {
        if (theirs === server && other.startsWith(`${aspect} `)) this.#orders.delete(other);
      }
    }
    const isTakenBack =
      service === undefined &&
      (action.kind === 'enable' || (action.kind === 'weigh' && action.weight === undefined));
    if (!isTakenBack) this.#orders.set(key, order);
  }

  /** Has a server follow all that was ever ordered of it. */
  apply(pool: Pool, server: PoolServer): void {
    server.disabled = undefined;
    server.override = undefined;
    for (const order of this.#orders.values()) {
      if (order.server === server.id && concerns(pool, order.service)) follow(server, order);
    }
  }

  exportState(): readonly ServerOrder[] {
    return [...this.#orders.values()];
  }
}

function follow(server: PoolServer, { action }: ServerOrder): void {
  if (action.kind === 'weigh') server.override = action.weight;
  else server.disabled = action.kind === 'disable' ? action : undefined;
}

/** Whether a pool is meant: any of the services that it stands for. */
export function concerns(pool: Pool, service: ServiceId | undefined): boolean {
  return service === undefined || pool.matches.some((match) => serviceId(match) === service);
}

/** The services that have a server. */
export function servicesWith(
  pools: Iterable<Pool>,
  server: ServerId,
  service: ServiceId | undefined,
): readonly ServiceId[] {
  return [...pools]
    .filter((pool) => concerns(pool, service) && pool.servers.some(({ id }) => id === server))
    .map(({ id }) => id);
}

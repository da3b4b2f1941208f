/** What operators want of single servers: the last order about each counts, until it is taken back. */
import type { ServerAction, ServerOrder } from './director-types.ts';
import type { ServerId, ServiceId } from './plane.ts';
import type { Pool } from './pool.ts';
import type { PoolServer } from './real-server.ts';

export class OrderBook {
  /** In the order in which they are followed: one about all services, then those about single ones. */
  readonly #orders = new Map<ServerId, readonly ServerOrder[]>();

  note(order: ServerOrder): void {
    const { action, server, service } = order;
    const aspect = aspectOf(action);
    // One about all takes the place of those about single services.
    const left = (this.#orders.get(server) ?? []).filter(
      (other) =>
        aspectOf(other.action) !== aspect || (service !== undefined && other.service !== service),
    );
    const isForAll = left.some((other) => aspectOf(other.action) === aspect && !other.service);
    const isTakenBack =
      action.kind === 'enable' || (action.kind === 'weigh' && action.weight === undefined);
    // Without one about all that it is an exception of, nothing is left to say.
    const orders = isTakenBack && !isForAll ? left : [...left, order];
    if (orders.length === 0) this.#orders.delete(server);
    else this.#orders.set(server, orders);
  }

  /** Has a server follow all that was ever ordered of it. */
  apply(pool: Pool, server: PoolServer): void {
    server.disabled = undefined;
    server.override = undefined;
    if (this.#orders.size === 0) return;
    for (const order of this.#orders.get(server.id) ?? []) {
      if (concerns(pool, order.service)) follow(server, order);
    }
  }

  exportState(): readonly ServerOrder[] {
    return [...this.#orders.values()].flat();
  }
}

function aspectOf({ kind }: ServerAction): 'weight' | 'part' {
  return kind === 'weigh' ? 'weight' : 'part';
}

function follow(server: PoolServer, { action }: ServerOrder): void {
  if (action.kind === 'weigh') server.override = action.weight;
  else server.disabled = action.kind === 'disable' ? action : undefined;
}

/** Whether a pool is meant: any of the services that it stands for. */
export function concerns(pool: Pool, service: ServiceId | undefined): boolean {
  return service === undefined || pool.services.some(({ id }) => id === service);
}

/** The services that have a server. */
export function servicesWith(
  pools: Iterable<Pool>,
  server: ServerId,
  service: ServiceId | undefined,
): readonly ServiceId[] {
  return [...pools]
    .filter((pool) => concerns(pool, service) && pool.server(server) !== undefined)
    .map(({ id }) => id);
}

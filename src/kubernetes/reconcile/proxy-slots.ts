/**
 * Places of servers in the proxy's file. More than there are endpoints, so that an endpoint that comes takes a free one
 * while the proxy runs: an order at its socket instead of a reload.
 */
import type { Backend } from './backends.ts';
import type { VirtualServer } from './plan.ts';

export interface Listen {
  readonly server: VirtualServer;
  /** The first is the server `1`; undefined: nobody has the place. */
  readonly slots: readonly (Backend | undefined)[];
}

/** By the name of the proxy. */
export type ListenTable = ReadonlyMap<string, Listen>;

const SLOTS_MIN = 4;
/** What the proxy has them up to. */
const WEIGHT_MAX = 256;

/** Who was there before keeps the place. */
export function assignSlots(servers: readonly VirtualServer[], before: ListenTable): ListenTable {
  const listens = new Map<string, Listen>();
  for (const server of servers) {
    if (server.proxy === undefined || server.backends.length === 0) continue;
    const name = listenName(server);
    const old = before.get(name);
    const isSame = old?.server === server;
    listens.set(name, isSame ? old : { server, slots: place(server.backends, old?.slots ?? []) });
  }
  return listens;
}

/** What brings a proxy from one to the other, as commands of its socket; `reload` where that does not do. */
export function slotOrders(before: ListenTable, after: ListenTable): readonly string[] | 'reload' {
  if (before.size !== after.size) return 'reload';
  const orders: string[] = [];
  for (const [name, { server, slots }] of after) {
    const old = before.get(name);
    if (old?.server.proxy !== server.proxy || old?.slots.length !== slots.length) return 'reload';
    if (old.slots === slots) continue;
    for (const [index, backend] of slots.entries())
      orders.push(...ordersFor(`${name}/${index + 1}`, old.slots[index], backend));
  }
  return orders;
}

/** Absent: 1. */
export function slotWeight({ weight }: Backend): number | undefined {
  return weight === undefined ? undefined : Math.min(WEIGHT_MAX, weight);
}

function listenName({ service, address, port }: VirtualServer): string {
  return `${service.namespace}-${service.name}-${address}-${port}`;
}

function place(
  backends: readonly Backend[],
  old: readonly (Backend | undefined)[],
): readonly (Backend | undefined)[] {
  const wanted = new Map(backends.map((backend) => [placeOf(backend), backend]));
  const slots = old.map((one) => {
    const kept = one && wanted.get(placeOf(one));
    if (kept !== undefined) wanted.delete(placeOf(kept));
    return kept;
  });
  let length = Math.max(SLOTS_MIN, old.length);
  if (backends.length > old.length) while (length <= backends.length) length *= 2;
  while (slots.length < length) slots.push(undefined);
  // Last those that have just become free: connections of the one before are still told of under that name.
  const free = slots.flatMap((one, index) => (one === undefined ? [index] : []));
  free.sort((a, b) => Number(old[a] !== undefined) - Number(old[b] !== undefined) || a - b);
  for (const [index, backend] of [...wanted.values()].entries()) {
    const slot = free[index];
    if (slot !== undefined) slots[slot] = backend;
  }
  return slots;
}

function placeOf({ address, port }: Backend): string {
  return `${address} ${port}`;
}

function ordersFor(
  name: string,
  old: Backend | undefined,
  backend: Backend | undefined,
): readonly string[] {
  const set = `set server ${name}`;
  if (backend === undefined) return old === undefined ? [] : [`${set} state maint`];
  const weigh = `${set} weight ${slotWeight(backend) ?? 1}`;
  if (old !== undefined && placeOf(old) === placeOf(backend))
    return slotWeight(old) === slotWeight(backend) ? [] : [weigh];
  // Whatever checks have said is of the one before: it begins anew with the end of maintenance.
  return [
    ...(old === undefined ? [] : [`${set} state maint`]),
    `${set} addr ${backend.address} port ${backend.port}`,
    weigh,
    `${set} state ready`,
  ];
}

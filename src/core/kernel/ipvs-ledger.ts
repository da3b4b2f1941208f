/**
 * What IPVS has of ours against what it should have: the changes in the order in which they are made.
 * Whatever can be changed in place is, so that connections stay.
 */
import type {
  IpvsDestinationFields,
  IpvsServiceFields,
  IpvsServiceKey,
} from '../../wire/netlink/ipvs.ts';
import type { ServerId, ServiceId } from '../balance/plane.ts';
import { same } from '../vrrp/reconfigure.ts';

export interface IpvsServer extends IpvsDestinationFields {
  readonly id: ServerId;
}

export interface IpvsEntry {
  readonly service: IpvsServiceFields;
  readonly servers: readonly IpvsServer[];
}

export type IpvsOperation = { readonly id: ServiceId } & (
  | { readonly kind: 'addService' | 'editService'; readonly service: IpvsServiceFields }
  | { readonly kind: 'deleteService'; readonly key: IpvsServiceKey }
  | {
      readonly kind: 'addServer' | 'editServer' | 'deleteServer';
      readonly key: IpvsServiceKey;
      readonly server: IpvsServer;
    }
);

/** `known`: what is there and ours; servers of others in the service are not in it. */
export function planService(
  id: ServiceId,
  desired: IpvsEntry | undefined,
  known: IpvsEntry | undefined,
): readonly IpvsOperation[] {
  if (desired === undefined) {
    return known === undefined ? [] : [{ kind: 'deleteService', id, key: known.service.key }];
  }
  const operations: IpvsOperation[] = [];
  const { service } = desired;
  const { key } = service;
  if (known === undefined) operations.push({ kind: 'addService', id, service });
  else if (!same(known.service, service)) operations.push({ kind: 'editService', id, service });
  const leaving = known && new Map(known.servers.map((server) => [server.id, server]));
  // Those that come first: there is no moment without any.
  for (const server of desired.servers) {
    const old = leaving?.get(server.id);
    if (old === undefined) operations.push({ kind: 'addServer', id, key, server });
    else if (!same(old, server)) operations.push({ kind: 'editServer', id, key, server });
    leaving?.delete(server.id);
  }
  for (const server of leaving?.values() ?? []) {
    operations.push({ kind: 'deleteServer', id, key, server });
  }
  return operations;
}

/** What IPVS has now, whoever made it. */
import type { IpAddress } from '../../base/ip.ts';
import type { ServerId, ServiceId, ServiceMatch } from '../../core/balance/plane.ts';
import { isSysError, type SysError } from '../../ports/sys-error.ts';
import {
  decodeDestination,
  decodeService,
  type IpvsDestination,
  type IpvsService,
  type IpvsServiceKey,
  ipvsFamily,
  ipvsHeader,
  writeServiceKey,
} from '../../wire/netlink/ipvs.ts';
import { NetlinkWriter } from '../../wire/netlink/writer.ts';
import type { IpvsSocket } from './ipvs-socket.ts';

/** What the engine calls services and servers. */
export interface IpvsNames {
  serviceId(match: ServiceMatch): ServiceId;
  serverId(address: IpAddress, port: number): ServerId;
}

export function readServices(
  socket: IpvsSocket,
  { serviceId }: IpvsNames,
): ReadonlyMap<ServiceId, IpvsService> | SysError {
  const found = new Map<ServiceId, IpvsService>();
  const failure = socket.dump('GET_SERVICE', ipvsHeader('GET_SERVICE'), {
    restart: () => found.clear(),
    payload: (payload) => {
      const service = decodeService(payload);
      if (service !== undefined) found.set(serviceId(service.key), service);
    },
  });
  return failure ?? found;
}

export function readDestinations(
  socket: IpvsSocket,
  key: IpvsServiceKey,
  { serverId }: IpvsNames,
): ReadonlyMap<ServerId, IpvsDestination> | SysError {
  const found = new Map<ServerId, IpvsDestination>();
  const family = ipvsFamily(key);
  const writer = new NetlinkWriter();
  writer.raw(ipvsHeader('GET_DEST'));
  writeServiceKey(writer, key);
  const failure = socket.dump('GET_DEST', writer.bytes.slice(), {
    restart: () => found.clear(),
    payload: (payload) => {
      const destination = decodeDestination(payload, family);
      if (destination === undefined) return;
      found.set(serverId(destination.address, destination.port), destination);
    },
  });
  return failure ?? found;
}

/** Those of one service, or none where it has gone. */
export function destinationsOr(
  socket: IpvsSocket,
  key: IpvsServiceKey,
  names: IpvsNames,
): ReadonlyMap<ServerId, IpvsDestination> {
  const found = readDestinations(socket, key, names);
  return isSysError(found) ? new Map() : found;
}

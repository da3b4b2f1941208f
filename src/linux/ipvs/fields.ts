/** Desired services in the kernel's terms. */
import { type IpAddress, ipFromBytes } from '../../base/ip.ts';
import type { DesiredServer, DesiredService } from '../../core/balance/plane.ts';
import type { IpvsEntry, IpvsServer } from '../../core/kernel/ipvs-ledger.ts';
import {
  FORWARD_METHODS,
  type IpvsServiceFields,
  ipvsFamily,
  SVC_F_ONEPACKET,
  SVC_F_PERSISTENT,
  SVC_F_SCHED1,
  SVC_F_SCHED2,
  SVC_F_SCHED3,
  TUNNEL_FLAGS,
  TUNNEL_TYPES,
  WHOLE_ADDRESS,
} from '../../wire/netlink/ipvs.ts';

const SCHEDULER_FLAGS = {
  'flag-1': SVC_F_SCHED1,
  'flag-2': SVC_F_SCHED2,
  'flag-3': SVC_F_SCHED3,
} as const;
const IPV4_BITS = 32;
const IPV6_BITS = 128;

export function entryOf(desired: DesiredService): IpvsEntry {
  return { service: serviceFields(desired), servers: desired.servers.map(serverFields) };
}

function serviceFields(desired: DesiredService): IpvsServiceFields {
  const { match, scheduler, schedulerFlags, onePacket, persistence } = desired;
  let flags = schedulerFlags.reduce((sum, flag) => sum | SCHEDULER_FLAGS[flag], 0);
  if (onePacket) flags |= SVC_F_ONEPACKET;
  if (persistence !== undefined) flags |= SVC_F_PERSISTENT;
  const { timeout = 0, engine } = persistence ?? {};
  return {
    key: match,
    scheduler,
    flags,
    timeoutSeconds: Math.ceil(timeout / 1e6),
    netmask: netmaskOf(desired),
    ...(engine !== undefined && { engine }),
  };
}

/** IPv4: a mask; IPv6: the length of a prefix. */
function netmaskOf({ match, persistence }: DesiredService): IpvsServiceFields['netmask'] {
  const mask = persistence?.mask;
  if (mask !== undefined && 'netmask' in mask) return mask.netmask;
  const length = mask?.prefixLength;
  return ipvsFamily(match) === 6 ? (length ?? IPV6_BITS) : ipv4Mask(length ?? IPV4_BITS);
}

function ipv4Mask(length: number): IpAddress {
  if (length === IPV4_BITS) return WHOLE_ADDRESS;
  const bits = length === 0 ? 0 : (0xffffffff << (IPV4_BITS - length)) >>> 0;
  return ipFromBytes(Uint8Array.of(bits >>> 24, bits >>> 16, bits >>> 8, bits));
}

function serverFields(server: DesiredServer): IpvsServer {
  const { id, address, port, weight, forwarding, upperThreshold, lowerThreshold } = server;
  const tunnel = forwarding.method === 'tunnel' ? forwarding.tunnel : undefined;
  return {
    id,
    address,
    port,
    method: FORWARD_METHODS[forwarding.method],
    weight,
    upperThreshold,
    lowerThreshold,
    tunnelType: TUNNEL_TYPES[tunnel?.type ?? 'ipip'],
    tunnelPort: tunnel?.port ?? 0,
    tunnelFlags: TUNNEL_FLAGS[tunnel?.checksum ?? 'none'],
  };
}

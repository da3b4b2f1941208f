/** What nftables cannot do that IPVS does: refused, or done in another way. */
import { ipFamily } from '../../../base/ip.ts';
import type { DesiredService } from '../plane.ts';
import { schedulerOf } from './schedulers.ts';

/** Why such a service is not realized; undefined where it can be. */
export function refusalOf(service: DesiredService): string | undefined {
  const { servers, scheduler, persistence } = service;
  if (servers.some(({ forwarding }) => forwarding.method === 'direct')) {
    return 'nftables cannot forward by direct routing (DR): use NAT, or data_plane ipvs';
  }
  if (servers.some(({ forwarding }) => forwarding.method === 'tunnel')) {
    return 'nftables cannot forward through tunnels (TUN): use NAT, or data_plane ipvs';
  }
  if (schedulerOf(scheduler) === undefined) {
    return `nftables has nothing like the scheduler ${scheduler}: use rr, wrr, wlc, sh or mh`;
  }
  if (persistence?.engine !== undefined) {
    return `nftables has no persistence engine ${persistence.engine}: persistence is by address only`;
  }
  const family = familyOf(service);
  const other = servers.find(({ address }) => ipFamily(address) !== family);
  if (other !== undefined) {
    return `nftables cannot translate between IPv4 and IPv6: ${other.address} is no IPv${family} address`;
  }
  if (portOf(service) === 0 && new Set(servers.map(({ port }) => port === 0)).size > 1) {
    return 'nftables needs a port on each server of a service for many ports, or on none of them';
  }
  return undefined;
}

/** What is done in another way than IPVS does it; sentences for the operator. */
export function notesOf(service: DesiredService): readonly string[] {
  const { scheduler, schedulerFlags, persistence, servers } = service;
  const notes: string[] = [];
  const correction = schedulerOf(scheduler)?.correction;
  if (correction === 'even') {
    const how =
      'new connections are spread by weights that connection counts correct every few seconds';
    notes.push(`${scheduler} is approximated: ${how}`);
  } else if (correction === 'overflow') {
    notes.push(`${scheduler} is approximated: connections are counted every few seconds`);
  }
  if (servers.some(({ upperThreshold }) => upperThreshold > 0)) {
    notes.push('thresholds are held by connection counts of every few seconds');
  }
  if (service.onePacket) {
    notes.push('ops: datagrams of one client and port go to one server until it pauses');
  }
  if ((scheduler === 'sh' || scheduler === 'mh') && !schedulerFlags.includes('flag-1')) {
    notes.push(`${scheduler} always falls back to another server where one has weight 0`);
  }
  if (persistence !== undefined) {
    notes.push("persistence runs from a client's last new connection, not from the end of it");
  }
  return notes;
}

export function familyOf({ match }: DesiredService): 4 | 6 {
  return match.kind === 'mark' ? match.family : ipFamily(match.address);
}

/** 0: many ports. */
export function portOf({ match }: DesiredService): number {
  return match.kind === 'mark' ? 0 : match.port;
}

import type { HostProcess } from '../../src/lab/host-process.ts';
import type { Cast } from './cast.ts';

/** What either program writes when it refuses a packet, or does not believe it. */
const complaints: readonly RegExp[] = [
  // holdfast
  /dropped advert/,
  /received an invalid ip number count or list/,
  /internal error/,
  // keepalived
  /bogus VRRP packet/,
  /received an? (?:invalid|unexpected|incompatible|incomplete)/i,
  /received a \d+ auth, expecting/,
  /wrong version/,
  /(?:invalid|bad) (?:version|ttl|checksum|auth|passwd|VRRP)/i,
  /mismatch/i,
  /expect(?:ed|ing)? .*(?:received|rcvd|got)/i,
  /ignoring received advert/i,
  // both
  /Setting unicast VRRPv3 checksum to old version/,
  /equal priority advert received from remote host with our IP/,
];

/** The lines in which a daemon complains. */
export function complaintsIn(daemon: HostProcess): string[] {
  return daemon.log
    .map(({ text }) => text)
    .filter((text) => complaints.some((pattern) => pattern.test(text)));
}

/** The complaints in the logs of all daemons of the casts. */
export function complaintsOf(casts: readonly Cast[]): string[] {
  return casts.flatMap((cast) =>
    cast.daemons.flatMap(({ host, program, process }) =>
      complaintsIn(process).map((text) => `${cast.name}: ${program} on ${host}: ${text}`),
    ),
  );
}

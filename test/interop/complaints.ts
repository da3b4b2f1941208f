import type { Cast } from './cast.ts';

/** What either program writes when it refuses a packet, or does not believe it. */
const complaints: readonly RegExp[] = [
  /dropped advert/,
  /bogus VRRP packet/,
  /received an? (?:invalid|unexpected|incompatible)/i,
  /invalid (?:version|ttl|checksum|auth|passwd|VRRP)/i,
  /(?:type|version|interval|authentication|auth|address|length) mismatch/i,
  /expect(?:ed|ing) .*(?:received|rcvd|got)/i,
  /ignoring received advert/i,
  /Setting unicast VRRPv3 checksum to old version/,
  /equal priority advert received from remote host with our IP/,
  /internal error/,
];

/** The complaints in the logs of all daemons of the casts. */
export function checkLogs(casts: readonly Cast[]): string[] {
  return casts.flatMap((cast) =>
    cast.daemons.flatMap(({ host, program, process }) =>
      process.log
        .filter(({ text }) => complaints.some((pattern) => pattern.test(text)))
        .map(({ text }) => `${cast.name}: ${program} on ${host}: ${text}`),
    ),
  );
}

/** Idle times of connections, by the kernel's states of TCP and UDP. */
import { type Micros, toSeconds } from '../../../base/time.ts';
import type { NftChange } from '../../../wire/netlink/nftables-changes.ts';
import { TIMEOUTS } from './names.ts';

/* CTA_TIMEOUT_TCP_* and CTA_TIMEOUT_UDP_* of linux/netfilter/nfnetlink_cttimeout.h */
const TCP_ESTABLISHED = 3;
const TCP_ENDING = [4, 5, 6] as const;
const UDP_UNREPLIED = 1;
const UDP_REPLIED = 2;

/** Both objects, or none where all stay what they are; 0 leaves one as it is. */
export function timeoutObjects(timeouts: {
  readonly tcp?: Micros;
  readonly tcpFin?: Micros;
  readonly udp?: Micros;
}): readonly NftChange[] {
  const { tcp = 0, tcpFin = 0, udp = 0 } = timeouts;
  const seconds = (value: number): number => Math.max(1, Math.round(toSeconds(value as Micros)));
  const policy = (states: readonly number[], value: number) =>
    value === 0 ? [] : states.map((state) => [state, seconds(value)] as const);
  if (tcp === 0 && tcpFin === 0 && udp === 0) return [];
  return [
    {
      kind: 'add-timeouts',
      object: TIMEOUTS.tcp,
      protocol: 'tcp',
      policy: [...policy([TCP_ESTABLISHED], tcp), ...policy(TCP_ENDING, tcpFin)],
    },
    {
      kind: 'add-timeouts',
      object: TIMEOUTS.udp,
      protocol: 'udp',
      policy: policy([UDP_UNREPLIED, UDP_REPLIED], udp),
    },
  ];
}

/** keepalived.stats: the counters of all routers. */
import type { VrrpSnapshot } from '../../core/vrrp/snapshot.ts';
import type { VrrpStatistics } from '../../core/vrrp/types.ts';

/** keepalived's lines, in its order; what is not a counter is a heading. */
const layout: readonly (readonly [string, (keyof VrrpStatistics)?])[] = [
  ['  Advertisements'],
  ['    Received', 'advertsReceived'],
  ['    Sent', 'advertsSent'],
  ['  Became master', 'becameMaster'],
  ['  Released master', 'releasedMaster'],
  ['  Packet Errors'],
  ['    Length', 'lengthErrors'],
  ['    TTL', 'ttlErrors'],
  ['    Invalid Type', 'typeErrors'],
  ['    Advertisement Interval', 'intervalErrors'],
  ['    Address List', 'addressListErrors'],
  ['  Authentication Errors'],
  ['    Invalid Type', 'authTypeInvalid'],
  ['    Type Mismatch', 'authTypeMismatch'],
  ['    Failure', 'authFailures'],
  ['  Priority Zero'],
  ['    Received', 'priorityZeroReceived'],
  ['    Sent', 'priorityZeroSent'],
];

/** The counters of all routers as the text that exporters read. */
export function statisticsText(
  routers: readonly Pick<VrrpSnapshot, 'name' | 'statistics'>[],
): string {
  return routers
    .map(({ name, statistics }) => {
      const lines = layout.map(([label, counter]) =>
        counter === undefined ? `${label}:` : `${label}: ${statistics[counter]}`,
      );
      return `VRRP Instance: ${name}\n${lines.join('\n')}\n`;
    })
    .join('');
}

import { renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { VrrpSnapshot } from '../core/vrrp/snapshot.ts';
import type { VrrpStatistics } from '../core/vrrp/types.ts';

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
export function statisticsText(routers: readonly VrrpSnapshot[]): string {
  return routers
    .map(({ name, statistics }) => {
      const lines = layout.map(([label, counter]) =>
        counter === undefined ? `${label}:` : `${label}: ${statistics[counter]}`,
      );
      return `VRRP Instance: ${name}\n${lines.join('\n')}\n`;
    })
    .join('');
}

/** Writes keepalived.stats to the temporary directory, where keepalived's users look for it. */
export function writeStatistics(routers: readonly VrrpSnapshot[]): Error | undefined {
  const file = join(tmpdir(), 'keepalived.stats');
  const unfinished = `${file}.${process.pid}`;
  try {
    // Anybody may put something there: nothing that is there is written to.
    rmSync(unfinished, { force: true });
    writeFileSync(unfinished, statisticsText(routers), { flag: 'wx', mode: 0o600 });
    renameSync(unfinished, file);
    return undefined;
  } catch (error) {
    return error as Error;
  }
}

/** How long it takes until thousands of addresses are there, and until they are gone. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { IpFamily } from '../../src/base/ip.ts';
import type { Host } from '../../src/lab/host.ts';
import type { Lab } from '../../src/lab/lab.ts';
import { monotonicMs } from '../../src/lab/monotonic.ts';
import type { Program } from '../../src/lab/programs.ts';
import { configText, crowdAddresses } from '../support/config.ts';
import { openStage, restartHosts, type Stage } from '../support/stage.ts';

const vrid = 51;
const vip = '192.168.80.101';

export interface Crowd {
  readonly family: IpFamily;
  readonly count: number;
}

export interface CrowdOutcome extends Crowd {
  readonly program: Program;
  /** From the new master's first advert, by the kernel's stamp, to the last address. */
  readonly fromAdvertMs: number;
  /** From the first address to the last one. */
  readonly fromFirstMs: number;
  /** From SIGTERM until the last address was gone and the process had ended. */
  readonly stopMs: number;
}

export function openCrowdStage(): Promise<Stage> {
  return openStage(['a'], [4, 6]);
}

export async function measureCrowd(
  { lab, tap }: Stage,
  program: Program,
  crowd: Crowd,
): Promise<CrowdOutcome> {
  await restartHosts(lab);
  const [host] = lab.hosts;
  if (host === undefined) throw new Error('hosts');
  const excluded = crowdAddresses(crowd.family, crowd.count);
  const instance = { name: 'CROWD', vrid, priority: 100, advertSeconds: 1 };
  const events = host.addressEvents;
  const before = events.length;
  tap.clear();
  const daemon = await host.start({
    program,
    config: configText([{ ...instance, address: `${vip}/24`, excluded }]),
  });
  const first = await tap.next((advert) => advert.vrid === vrid);
  const total = crowd.count + 1;
  await untilEvents(lab, host, before + total);
  const added = events.slice(before, before + total);
  // The first round of announcements goes on a little.
  await sleep(1500);
  const downMs = monotonicMs();
  const stopped = daemon.stop({ timeoutMs: 120_000 });
  await untilEvents(lab, host, before + 2 * total);
  const { atMs: endedMs } = await stopped;
  const goneMs = events[before + 2 * total - 1]?.atMs ?? Number.NaN;
  const thereMs = added.at(-1)?.atMs ?? Number.NaN;
  return {
    ...crowd,
    program,
    fromAdvertMs: thereMs - first.atMs,
    fromFirstMs: thereMs - (added[0]?.atMs ?? Number.NaN),
    stopMs: Math.max(goneMs, endedMs) - downMs,
  };
}

/** Counts and does not look: the lab must not work more the more addresses there are. */
function untilEvents(lab: Lab, host: Host, count: number): Promise<true> {
  return lab.network.changes.until(() => (host.addressEvents.length >= count ? true : undefined), {
    timeoutMs: 240_000,
    describe: () => `${host.addressEvents.length} of ${count} changes of addresses`,
  });
}

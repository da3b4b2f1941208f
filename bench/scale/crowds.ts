/** How long it takes until thousands of addresses are there, and until they are gone. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { IpFamily } from '../../src/base/ip.ts';
import type { Host } from '../../src/lab/host.ts';
import type { HostProcess } from '../../src/lab/host-process.ts';
import type { Lab } from '../../src/lab/lab.ts';
import { monotonicMs } from '../../src/lab/monotonic.ts';
import type { Program } from '../../src/lab/programs.ts';
import { configText, crowdAddresses } from '../support/config.ts';
import { openStage, restartHosts, type Stage } from '../support/stage.ts';

const vrid = 51;
const vip = '192.168.80.101';
/** Both programs' garp_master_delay. */
const announcedAgainMs = 5000;
/** What was not removed so long after the end of the process and after another one stays. */
const leftAfterMs = 3000;

export interface Crowd {
  readonly family: IpFamily;
  readonly count: number;
  readonly stop: 'measured' | 'skipped';
}

export interface CrowdOutcome extends Crowd {
  readonly program: Program;
  /** From the new master's first advert, by the kernel's stamp, to the last address. */
  readonly fromAdvertMs: number;
  /** From the first address to the last one. */
  readonly fromFirstMs: number;
  /** From SIGTERM until the last address was gone and the process had ended. */
  readonly stopMs?: number;
  /** Addresses that the process left behind when it had ended: then there is no such time. */
  readonly left?: number;
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
  const thereMs = added.at(-1)?.atMs ?? Number.NaN;
  return {
    ...crowd,
    program,
    fromAdvertMs: thereMs - first.atMs,
    fromFirstMs: thereMs - (added[0]?.atMs ?? Number.NaN),
    ...(crowd.stop === 'measured' && (await measureStop(host, daemon, total))),
  };
}

/**
 * keepalived does not hear of its end while it announces, and is killed by its parent process after
 * 5 s; what it held stays. So each stops once it has said everything. On a busy machine keepalived is
 * killed all the same where there are thousands of IPv6 addresses.
 */
async function measureStop(
  host: Host,
  daemon: HostProcess,
  held: number,
): Promise<Pick<CrowdOutcome, 'stopMs' | 'left'>> {
  for (let lines = -1; lines < daemon.log.length; ) {
    lines = daemon.log.length;
    await sleep(announcedAgainMs + 1500);
  }
  const before = host.addressEvents.length;
  const downMs = monotonicMs();
  const { atMs: endedMs } = await daemon.stop({ timeoutMs: 120_000 });
  const gone = (): number => host.addressEvents.length - before;
  for (let seen = -1; gone() < held && gone() > seen; ) {
    seen = gone();
    await sleep(leftAfterMs);
  }
  if (gone() < held) return { left: held - gone() };
  const stopMs =
    Math.max(host.addressEvents[before + held - 1]?.atMs ?? Number.NaN, endedMs) - downMs;
  return { stopMs };
}

/** Counts and does not look: the lab must not work more the more addresses there are. */
function untilEvents(lab: Lab, host: Host, count: number): Promise<true> {
  return lab.network.changes.until(() => (host.addressEvents.length >= count ? true : undefined), {
    timeoutMs: 60_000,
    describe: () => `${host.addressEvents.length} of ${count} changes of addresses`,
  });
}

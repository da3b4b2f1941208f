/** How long it takes until thousands of addresses are there, and until they are gone. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { IpFamily } from '../../src/base/ip.ts';
import type { HostProcess } from '../../src/lab/host-process.ts';
import { monotonicMs } from '../../src/lab/monotonic.ts';
import type { Program } from '../../src/lab/programs.ts';
import { configText, crowdAddresses } from '../support/config.ts';
import { openStage, restartHosts, type Stage } from '../support/stage.ts';
import { type AddressClock, startAddressClock } from './address-clock.ts';

const vrid = 51;
const vip = '192.168.80.101';
/** Both programs' garp_master_delay. */
const announcedAgainMs = 5000;
/** What was not removed so long after the end of the process and after another one stays. */
const leftAfterMs = 3000;
const THERE_WITHIN_MS = 60_000;

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
  const clock = await startAddressClock(host);
  tap.clear();
  const daemon = await host.start({
    program,
    config: configText([{ ...instance, address: `${vip}/24`, excluded }]),
  });
  const first = await tap.next((advert) => advert.vrid === vrid);
  const total = crowd.count + 1;
  const thereMs = await clock.until('added', total, THERE_WITHIN_MS);
  return {
    ...crowd,
    program,
    fromAdvertMs: thereMs - first.atMs,
    fromFirstMs: thereMs - (clock.atMs('added', 1) ?? Number.NaN),
    ...(crowd.stop === 'measured' && (await measureStop(clock, daemon, total))),
  };
}

/**
 * keepalived does not hear of its end while it announces, and is killed by its parent process after
 * 5 s; what it held stays. So each stops once it has said everything. On a busy machine keepalived is
 * killed all the same where there are thousands of IPv6 addresses.
 */
async function measureStop(
  clock: AddressClock,
  daemon: HostProcess,
  held: number,
): Promise<Pick<CrowdOutcome, 'stopMs' | 'left'>> {
  for (let lines = -1; lines < daemon.log.length; ) {
    lines = daemon.log.length;
    await sleep(announcedAgainMs + 1500);
  }
  const before = clock.count('removed');
  const downMs = monotonicMs();
  const { atMs: endedMs } = await daemon.stop({ timeoutMs: 120_000 });
  const gone = (): number => clock.count('removed') - before;
  for (let seen = -1; gone() < held && gone() > seen; ) {
    seen = gone();
    await sleep(leftAfterMs);
  }
  const goneMs = clock.atMs('removed', before + held);
  if (goneMs === undefined) return { left: held - gone() };
  return { stopMs: Math.max(goneMs, endedMs) - downMs };
}

/** The memory of a daemon that is master of everything in its file. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Program } from '../../src/lab/programs.ts';
import { TimeoutError } from '../../src/lab/until.ts';
import { largestKiB, memoryKiB } from '../support/processes.ts';
import { openStage, restartHosts, type Stage } from '../support/stage.ts';
import { interfacesOf, manyAddress, manyText } from './many.ts';

export interface Size {
  readonly instances: number;
  /** Of each instance. */
  readonly addresses: number;
}

export interface MemoryOutcome extends Size {
  readonly program: Program;
  /** Of the process that speaks VRRP. */
  readonly pssMiB: number;
  readonly rssMiB: number;
  /** Of all processes of the daemon. */
  readonly allPssMiB: number;
}

export function openMemoryStage(): Promise<Stage> {
  const interfaces = interfacesOf(1000).map((name, index) => ({
    name,
    segment: index === 0 ? 'lan' : `lan${index}`,
  }));
  return openStage(['a'], [4], interfaces);
}

/** Undefined where the program did not hold all in time, which happens to keepalived with thousands. */
export async function measureMemory(
  { lab }: Stage,
  program: Program,
  size: Size,
): Promise<MemoryOutcome | undefined> {
  await restartHosts(lab);
  const [host] = lab.hosts;
  if (host === undefined) throw new Error('hosts');
  const { instances: count, addresses } = size;
  const config = manyText({ count, addresses, priority: 100, advertSeconds: 1 });
  const daemon = await host.start({ program, config });
  const last = manyAddress(count - 1, addresses - 1);
  try {
    await lab.waitForHolder(last, host.name, { timeoutMs: 60_000 });
  } catch (error) {
    if (error instanceof TimeoutError) return undefined;
    throw error;
  }
  // Until everything was announced twice.
  await sleep(10_000);
  return {
    ...size,
    program,
    pssMiB: largestKiB(daemon, 'Pss') / 1024,
    rssMiB: largestKiB(daemon, 'Rss') / 1024,
    allPssMiB: memoryKiB(daemon, 'Pss') / 1024,
  };
}

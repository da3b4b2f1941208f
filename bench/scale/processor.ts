/** What many virtual routers cost a processor: both programs at the same time, each on a host of its own. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { HostProcess } from '../../src/lab/host-process.ts';
import type { Program } from '../../src/lab/programs.ts';
import { processorNs } from '../support/processes.ts';
import { openStage, programs } from '../support/stage.ts';
import { manyAddress, manyText } from './many.ts';

const advertSeconds = 0.1;
const settleMs = 8000;

export type Role = 'master' | 'backup';

export interface Load {
  readonly role: Role;
  readonly count: number;
}

export type Shares = Readonly<Record<Program, number>>;

export interface LoadOutcome extends Load {
  /** Of one processor, window by window. */
  readonly windows: readonly Shares[];
}

export interface Windows {
  readonly count: number;
  readonly seconds: number;
}

/**
 * Two masters do not hear each other, and nobody hears one of them only: whoever sends pays for waking up
 * those that listen on the same machine. Two backups hear one master, which is neither of them and, being
 * real-time, on time on a busy machine too. Whatever else happens in a window happens to both.
 */
export async function measureLoad(load: Load, windows: Windows): Promise<LoadOutcome> {
  const segmentOf = (program: Program): string => (load.role === 'backup' ? 'lan' : program);
  const measured = programs.map((program) => ({
    name: program,
    interfaces: [{ name: 'eth0', segment: segmentOf(program) }],
  }));
  const others = load.role === 'backup' ? [{ name: 'master' }] : [];
  const { lab, ...stage } = await openStage([...others, ...measured]);
  try {
    const text = (priority: number): string =>
      manyText({ count: load.count, priority, advertSeconds });
    const last = manyAddress(load.count - 1, 0);
    if (load.role === 'backup') {
      await lab.host('master').start({ program: 'holdfast', config: text(200) });
      await lab.waitForHolder(last, 'master', { timeoutMs: 60_000 });
    }
    const daemons = {} as Record<Program, HostProcess>;
    for (const program of programs) {
      daemons[program] = await lab.host(program).start({ program, config: text(100) });
    }
    if (load.role === 'master') {
      await lab.network.changes.until(
        () => programs.every((program) => lab.host(program).holds(last)) || undefined,
        { timeoutMs: 60_000, describe: () => `${last} is on ${lab.holdersOf(last)}` },
      );
    }
    await sleep(settleMs);
    return { ...load, windows: await watch(daemons, windows) };
  } finally {
    await stage.close();
  }
}

async function watch(
  daemons: Readonly<Record<Program, HostProcess>>,
  { count, seconds }: Windows,
): Promise<readonly Shares[]> {
  const outcomes: Shares[] = [];
  for (let number = 0; number < count; number++) {
    const from = spent(daemons);
    await sleep(seconds * 1000);
    const to = spent(daemons);
    const share = (program: Program): number => (to[program] - from[program]) / (seconds * 1e9);
    outcomes.push({ holdfast: share('holdfast'), keepalived: share('keepalived') });
  }
  return outcomes;
}

function spent({ holdfast, keepalived }: Readonly<Record<Program, HostProcess>>): Shares {
  return { holdfast: processorNs(holdfast), keepalived: processorNs(keepalived) };
}

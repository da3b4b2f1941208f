/** What a daemon costs: memory, the time until it stands by, the processor time of an idle master. */
import { setTimeout as sleep } from 'node:timers/promises';
import { monotonicMs } from '../src/lab/monotonic.ts';
import type { Program } from '../src/lab/programs.ts';
import { configText } from './support/config.ts';
import { median, printTable } from './support/figures.ts';
import { machineFacts, printMachine } from './support/machine.ts';
import { readOptions } from './support/options.ts';
import { memoryKiB, processorNs } from './support/processes.ts';
import { openStage, programs, restartHosts, type Stage } from './support/stage.ts';

const usage = 'bench:cost [--quick] [--json]';
const vip = '192.168.80.100';

interface Cost {
  readonly startMs: number;
  readonly pssMiB: number;
  readonly rssMiB: number;
  /** Of one processor, as master at advert_int 0.1. */
  readonly processorShare: number;
}

async function measure({ lab }: Stage, program: Program, seconds: number): Promise<Cost> {
  await restartHosts(lab);
  const [host] = lab.hosts;
  if (host === undefined) throw new Error('hosts');
  const instance = { name: 'BENCH', vrid: 51, priority: 100, advertSeconds: 0.1 };
  const config = configText([{ ...instance, address: `${vip}/24` }]);
  const beginMs = monotonicMs();
  const daemon = await host.start({ program, config });
  const standsBy = await daemon.logContains(/Entering BACKUP STATE/);
  await lab.waitForHolder(vip, host.name);
  await sleep(6000);
  const fromNs = processorNs(daemon);
  await sleep(seconds * 1000);
  const spentNs = processorNs(daemon) - fromNs;
  return {
    startMs: standsBy.atMs - beginMs,
    pssMiB: memoryKiB(daemon, 'Pss') / 1024,
    rssMiB: memoryKiB(daemon, 'Rss') / 1024,
    processorShare: spentNs / (seconds * 1e9),
  };
}

async function main(): Promise<void> {
  const options = readOptions(usage);
  const quick = options.pace === 'quick';
  const machine = machineFacts();
  if (options.output === 'text') printMachine(machine);
  const stage = await openStage(['a']);
  const measured: Record<Program, Cost[]> = { holdfast: [], keepalived: [] };
  try {
    for (let count = 0; count < (quick ? 1 : 3); count++) {
      for (const program of programs) {
        measured[program].push(await measure(stage, program, quick ? 5 : 20));
      }
    }
  } finally {
    await stage.close();
  }
  if (options.output === 'json') {
    console.log(JSON.stringify({ machine, measured }));
    return;
  }
  const of = (program: Program, pick: (cost: Cost) => number) =>
    median(measured[program].map(pick));
  printTable(
    ['program', 'start to BACKUP ms', 'PSS MiB', 'RSS MiB', 'idle master, % of a processor'],
    programs.map((program) => [
      program,
      of(program, ({ startMs }) => startMs).toFixed(0),
      of(program, ({ pssMiB }) => pssMiB).toFixed(1),
      of(program, ({ rssMiB }) => rssMiB).toFixed(1),
      (of(program, ({ processorShare }) => processorShare) * 100).toFixed(2),
    ]),
  );
}

await main();

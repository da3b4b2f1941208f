/**
 * A group at an advert interval of 0.1 s on a machine whose processors others keep busy: nothing may
 * move. holdfast asks for real-time scheduling by itself; keepalived runs as it comes, and with it.
 */
import { execFileSync } from 'node:child_process';
import { cpus } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import type { HostProcess } from '../src/lab/host-process.ts';
import { monotonicMs } from '../src/lab/monotonic.ts';
import type { Program } from '../src/lab/programs.ts';
import { configText } from './support/config.ts';
import { judge, printBars, printTable } from './support/figures.ts';
import { startLoad } from './support/load.ts';
import { machineFacts, printMachine } from './support/machine.ts';
import { inCalm, startMetronome } from './support/metronome.ts';
import { isWanted, readOptions } from './support/options.ts';
import { type Rhythm, rhythmOf } from './support/rhythm.ts';
import { openStage, restartHosts, type Stage, startAll } from './support/stage.ts';

const usage = `bench:busy [--quick] [--json] [--only=holdfast] [--only=keepalived] [--only=keepalived-rt]

Three hosts at advert_int 0.1 for a minute beside twice as many busy loops as there are processors.`;

const vip = '192.168.80.100';
const vrid = 51;
const intervalMs = 100;
const loopsPerProcessor = 2;

interface Variant {
  readonly name: string;
  readonly program: Program;
  readonly globals: readonly string[];
}

const variants: readonly Variant[] = [
  { name: 'holdfast', program: 'holdfast', globals: [] },
  { name: 'keepalived', program: 'keepalived', globals: [] },
  { name: 'keepalived-rt', program: 'keepalived', globals: ['vrrp_rt_priority 50'] },
];

interface Outcome extends Rhythm {
  readonly name: string;
  readonly scheduling: string;
  /** Changes of state on any host while the load was on. */
  readonly transitions: number;
  /** Adverts of hosts other than the one that should be master. */
  readonly foreignAdverts: number;
}

async function run(
  { lab, tap }: Stage,
  variant: Variant,
  { seconds, begin }: { readonly seconds: number; readonly begin: () => Promise<unknown> },
): Promise<Outcome> {
  await restartHosts(lab);
  const daemons = await startAll(lab.hosts, variant.program, (_host, index) => {
    const priority = 100 - index * 10;
    const instance = { name: 'BENCH', vrid, priority, advertSeconds: 0.1, address: `${vip}/24` };
    return configText([instance], variant.globals);
  });
  const [first] = lab.hosts;
  const own = first?.address(4);
  // A host that started sooner may be master for a moment.
  await sleep(2000);
  await lab.waitForHolder(vip, first?.name ?? '');
  const scheduling = schedulingOf(daemons[0]);
  const load = startLoad(loopsPerProcessor * cpus().length, seconds + 30);
  await sleep(200);
  await begin();
  tap.clear();
  const fromMs = monotonicMs();
  await sleep(seconds * 1000);
  const untilMs = monotonicMs();
  const adverts = [...tap.seen];
  const transitions = daemons
    .flatMap(({ log }) => log)
    .filter(({ atMs, text }) => atMs >= fromMs && /Entering \w+ STATE/.test(text)).length;
  load.stop();
  const isOwn = ({ from }: { readonly from: string }): boolean => from === own;
  return {
    name: variant.name,
    scheduling,
    transitions,
    foreignAdverts: adverts.filter((advert) => !isOwn(advert)).length,
    ...rhythmOf(adverts.filter(isOwn), { intervalMs, untilMs }),
  };
}

/** Of the process that speaks VRRP: a child of the one started, where that has any. */
function schedulingOf(daemon: HostProcess | undefined): string {
  if (daemon === undefined) return 'unknown';
  const children = execFileSync('sh', ['-c', `cat /proc/${daemon.pid}/task/*/children`], {
    encoding: 'utf8',
  });
  const pid = children.trim().split(/\s+/)[0] || String(daemon.pid);
  const text = execFileSync('chrt', ['-p', pid], { encoding: 'utf8' });
  const policy = /policy: (\S+)/.exec(text)?.[1]?.split('|')[0] ?? 'unknown';
  return `${policy} ${/priority: (\d+)/.exec(text)?.[1] ?? ''}`.trim();
}

async function main(): Promise<void> {
  const options = readOptions(usage);
  const machine = machineFacts();
  if (options.output === 'text') printMachine(machine);
  const seconds = options.pace === 'quick' ? 10 : 60;
  const stage = await openStage(['a', 'b', 'c']);
  const metronome = startMetronome();
  const outcomes: (Outcome & { readonly machineLateMs: number })[] = [];
  try {
    for (const variant of variants) {
      if (!isWanted(options, variant.name)) continue;
      outcomes.push(await inCalm(metronome, (begin) => run(stage, variant, { seconds, begin })));
    }
  } finally {
    metronome.stop();
    await stage.close();
  }
  if (options.output === 'json') console.log(JSON.stringify({ machine, seconds, outcomes }));
  else {
    printTable(
      [
        'program',
        'scheduling',
        'transitions',
        'missed',
        'p99 ms',
        'longest ms',
        'adverts',
        'machine late ms',
      ],
      outcomes.map((one) => [
        one.name,
        one.scheduling,
        one.transitions,
        one.missed,
        one.p99Ms,
        one.longestMs,
        one.adverts,
        one.machineLateMs,
      ]),
    );
  }
  const holdfast = outcomes.filter(({ name }) => name === 'holdfast');
  printBars(holdfast.map(({ transitions }) => judge('busy-transitions', transitions, 0)));
}

await main();

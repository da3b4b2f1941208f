/**
 * An instance at an advert interval of 0.1 s beside another one of the same host that gets 4000
 * addresses: by taking over, and by a reload. It misses no advertisement, and its backup stays one.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { IpFamily } from '../src/base/ip.ts';
import { monotonicMs } from '../src/lab/monotonic.ts';
import type { Program } from '../src/lab/programs.ts';
import { configText, crowdAddresses } from './support/config.ts';
import { type Bar, judge, printBars, printTable } from './support/figures.ts';
import { machineFacts, printMachine } from './support/machine.ts';
import { inCalm, startMetronome } from './support/metronome.ts';
import { isWanted, readOptions } from './support/options.ts';
import { type Rhythm, rhythmOf } from './support/rhythm.ts';
import { openStage, programs, restartHosts, type Stage } from './support/stage.ts';

const usage = `bench:crowd [--quick] [--json] [--only=take-over] [--only=reload] [--only=ipv4] [--only=ipv6]`;

const fastVrid = 51;
const fastVip = '192.168.80.100';
const intervalMs = 100;
const longestLimitMs = 150;
const crowdVip = '192.168.80.101';

type Event = 'take-over' | 'reload';

interface Case {
  readonly event: Event;
  readonly family: IpFamily;
  readonly count: number;
}

interface Outcome extends Case, Rhythm {
  readonly program: Program;
  /** From the order to the last address. */
  readonly seconds: number;
  /** How often the fast instance's backup became master. */
  readonly failovers: number;
}

type CalmOutcome = Outcome & { readonly machineLateMs: number };

function config(priority: number, crowd: readonly string[] | 'none'): string {
  const fast = { name: 'FAST', vrid: fastVrid, advertSeconds: 0.1, address: `${fastVip}/24` };
  const large = { name: 'CROWD', vrid: fastVrid + 1, advertSeconds: 1, address: `${crowdVip}/24` };
  return configText([
    { ...fast, priority },
    ...(crowd === 'none' ? [] : [{ ...large, priority, excluded: crowd }]),
  ]);
}

async function run(
  { lab, tap }: Stage,
  program: Program,
  { begin, ...step }: Case & { readonly begin: () => Promise<unknown> },
): Promise<Outcome> {
  await restartHosts(lab);
  const [first, second] = lab.hosts;
  if (first === undefined || second === undefined) throw new Error('hosts');
  const addresses = crowdAddresses(step.family, step.count);
  const file = first.write('crowd.conf', config(100, step.event === 'reload' ? [] : addresses));
  const daemon = await first.start({ program, config: { file } });
  const isFast = (advert: { from: string; vrid: number }): boolean =>
    advert.from === first.address(4) && advert.vrid === fastVrid;
  await tap.next(isFast);
  const backup = await second.start({ program, config: config(90, 'none') });
  await backup.logContains(/Entering BACKUP STATE/);
  if (step.event === 'reload') await lab.waitForHolder(crowdVip, first.name);
  await begin();
  tap.clear();
  await sleep(500);
  let startMs: number | undefined;
  if (step.event === 'reload') {
    startMs = monotonicMs();
    first.write('crowd.conf', config(100, addresses));
    daemon.signal('SIGHUP');
  }
  await lab.network.changes.until(
    () => first.heldAddresses().length >= addresses.length + 3 || undefined,
    { timeoutMs: 240_000, describe: () => `${first.heldAddresses().length} addresses are there` },
  );
  const endMs = monotonicMs();
  await sleep(1000);
  const untilMs = monotonicMs();
  startMs ??= first.addressEvents.findLast(({ address }) => address === crowdVip)?.atMs ?? endMs;
  return {
    ...step,
    program,
    seconds: (endMs - startMs) / 1000,
    failovers: backup.log.filter(({ text }) => /Entering MASTER STATE/.test(text)).length,
    ...rhythmOf(tap.seen.filter(isFast), { intervalMs, untilMs }),
  };
}

function bars(outcomes: readonly Outcome[]): readonly Bar[] {
  return outcomes
    .filter(({ program }) => program === 'holdfast')
    .flatMap(({ event, family, missed, longestMs, failovers }) => [
      judge(`crowd-ipv${family}-${event}-missed`, missed, 0),
      judge(`crowd-ipv${family}-${event}-longest-ms`, longestMs, longestLimitMs),
      judge(`crowd-ipv${family}-${event}-failovers`, failovers, 0),
    ]);
}

async function main(): Promise<void> {
  const options = readOptions(usage);
  const machine = machineFacts();
  if (options.output === 'text') printMachine(machine);
  const count = options.pace === 'quick' ? 500 : 4000;
  const cases = (['take-over', 'reload'] as const).flatMap((event) =>
    ([4, 6] as const).map((family): Case => ({ event, family, count })),
  );
  const events = ['take-over', 'reload'];
  const wanted = cases.filter(
    ({ event, family }) =>
      (isWanted(options, event) || !options.only.some((name) => events.includes(name))) &&
      (isWanted(options, `ipv${family}`) || !options.only.some((name) => name.startsWith('ipv'))),
  );
  const stage = await openStage(['a', 'b'], [4, 6]);
  const metronome = startMetronome();
  const outcomes: CalmOutcome[] = [];
  try {
    for (const step of wanted) {
      for (const program of programs) {
        process.stderr.write(`IPv${step.family} ${step.event}, ${program}\n`);
        outcomes.push(await inCalm(metronome, (begin) => run(stage, program, { ...step, begin })));
      }
    }
  } finally {
    metronome.stop();
    await stage.close();
  }
  if (options.output === 'json') console.log(JSON.stringify({ machine, outcomes }));
  else {
    printTable(
      [
        'addresses',
        'program',
        'all there s',
        'missed',
        'longest ms',
        'p99 ms',
        'failovers',
        'adverts',
        'machine late ms',
      ],
      outcomes.map((one) => [
        `${one.count} IPv${one.family}, ${one.event}`,
        one.program,
        one.seconds,
        one.missed,
        one.longestMs,
        one.p99Ms,
        one.failovers,
        one.adverts,
        one.machineLateMs,
      ]),
    );
  }
  printBars(bars(outcomes));
}

await main();

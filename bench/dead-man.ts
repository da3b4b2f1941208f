/**
 * What the dead-man switch costs: processor time of a master and its watchdog with it, against the same
 * process after a reload with `dead_man off`, and with it again.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { IpFamily } from '../src/base/ip.ts';
import type { Host } from '../src/lab/host.ts';
import type { HostProcess } from '../src/lab/host-process.ts';
import { monotonicMs } from '../src/lab/monotonic.ts';
import { configText, crowdAddresses } from './support/config.ts';
import { judge, printBars, printTable } from './support/figures.ts';
import { machineFacts, printMachine } from './support/machine.ts';
import { isWanted, readOptions } from './support/options.ts';
import { processorNs } from './support/processes.ts';
import { openStage, restartHosts, type Stage } from './support/stage.ts';

const usage = `bench:dead-man [--quick] [--json] [--only=ipv4] [--only=ipv6]`;
const vip = '192.168.80.100';
const limitPercent = 1;
const livingIpv6Max = 50;
/** Announcements are repeated after 5 s, and reloads leave work for the garbage collector. */
const settleMs = 7000;

interface Case {
  readonly family: IpFamily;
  readonly count: number;
  readonly advertSeconds: number;
}

interface Outcome extends Case {
  readonly guard: 'lifetime' | 'firewall';
  readonly onPercent: number;
  readonly offPercent: number;
}

function config({ family, count, advertSeconds }: Case, switched: 'on' | 'off'): string {
  const all = crowdAddresses(family, family === 4 ? count - 1 : count);
  // With a prefix they would have no lifetimes.
  const crowd = count > livingIpv6Max ? all : all.map((each) => each.replace('/64', '/128'));
  const instance = { name: 'BENCH', vrid: 51, priority: 100, advertSeconds };
  return configText(
    [{ ...instance, address: `${vip}/24`, excluded: crowd }],
    [`@holdfast dead_man ${switched}`],
  );
}

async function measure({ lab }: Stage, step: Case, seconds: number): Promise<Outcome> {
  await restartHosts(lab);
  const [host] = lab.hosts;
  if (host === undefined) throw new Error('hosts');
  const own = host.heldAddresses().length;
  const total = step.family === 4 ? step.count : step.count + 1;
  const file = host.write('dead-man.conf', config(step, 'on'));
  const daemon = await host.start({ program: 'holdfast', config: { file } });
  await lab.network.changes.until(() => host.heldAddresses().length >= own + total || undefined, {
    timeoutMs: 600_000,
    describe: () => `${host.heldAddresses().length} addresses are there\n${daemon.tail()}`,
  });
  const before = await shareOf(daemon, seconds);
  const tables = (await host.run('nft list tables')).stdout;
  await reload(host, daemon, config(step, 'off'));
  const offPercent = await shareOf(daemon, seconds);
  await reload(host, daemon, config(step, 'on'));
  const onPercent = (before + (await shareOf(daemon, seconds))) / 2;
  const lost = daemon.log.filter(({ text }) => /put back|BACKUP STATE$|overslept/.test(text));
  if (lost.length > 0) throw new Error(`it did not hold them\n${daemon.tail()}`);
  return { ...step, guard: tables === '' ? 'lifetime' : 'firewall', onPercent, offPercent };
}

async function reload(host: Host, daemon: HostProcess, text: string): Promise<void> {
  host.write('dead-man.conf', text);
  const afterMs = monotonicMs();
  daemon.signal('SIGHUP');
  await daemon.logContains('Configuration reloaded', { timeoutMs: 30_000, afterMs });
}

async function shareOf(daemon: HostProcess, seconds: number): Promise<number> {
  await sleep(settleMs);
  const fromNs = processorNs(daemon);
  const beginMs = performance.now();
  await sleep(seconds * 1000);
  return ((processorNs(daemon) - fromNs) / 1e6 / (performance.now() - beginMs)) * 100;
}

async function main(): Promise<void> {
  const options = readOptions(usage);
  const quick = options.pace === 'quick';
  const machine = machineFacts();
  if (options.output === 'text') printMachine(machine);
  const counts = quick ? [1, 50, 250] : [1, 50, 250, 1000, 4000];
  const cases = ([4, 6] as const)
    .filter((family) => isWanted(options, `ipv${family}`))
    .flatMap((family) => [
      ...counts.map((count): Case => ({ family, count, advertSeconds: 1 })),
      ...[1, counts.at(-1) ?? 1].map((count): Case => ({ family, count, advertSeconds: 0.1 })),
    ]);
  const stage = await openStage(['a'], [4, 6]);
  const outcomes: Outcome[] = [];
  try {
    for (const step of cases) {
      process.stderr.write(`${step.count} IPv${step.family} at ${step.advertSeconds} s\n`);
      outcomes.push(await measure(stage, step, quick ? 5 : 20));
    }
  } finally {
    await stage.close();
  }
  if (options.output === 'json') console.log(JSON.stringify({ machine, outcomes }));
  else {
    printTable(
      ['addresses', 'guard', 'with it %', 'dead_man off %', 'difference %'],
      outcomes.map(({ family, count, advertSeconds, guard, onPercent, offPercent }) => [
        `${count} IPv${family}, every ${advertSeconds} s`,
        guard,
        onPercent.toFixed(2),
        offPercent.toFixed(2),
        (onPercent - offPercent).toFixed(2),
      ]),
    );
  }
  printBars(
    outcomes.map(({ family, count, advertSeconds, onPercent, offPercent }) =>
      judge(
        `dead-man-ipv${family}-${count}-every-${advertSeconds}s-percent`,
        onPercent - offPercent,
        limitPercent,
      ),
    ),
  );
}

await main();

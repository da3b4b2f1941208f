/**
 * A million generated requests at the control socket of a master at advert_int 0.1: how regularly do its
 * adverts come meanwhile, and what does answering cost? Beside it the same time without.
 */
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { labEnvironment } from '../src/lab/execute.ts';
import type { HostProcess } from '../src/lab/host-process.ts';
import { monotonicMs } from '../src/lab/monotonic.ts';
import { configText } from './support/config.ts';
import { ControlFlood, type FloodFigures } from './support/control-flood.ts';
import { judge, printBars, printTable } from './support/figures.ts';
import { machineFacts, printMachine } from './support/machine.ts';
import { inCalm, startMetronome } from './support/metronome.ts';
import { isWanted, readOptions } from './support/options.ts';
import { type Rhythm, rhythmOf } from './support/rhythm.ts';
import { openStage, restartHosts, type Stage } from './support/stage.ts';

const usage = `bench:control [--quick] [--json] [--only=calm] [--only=root] [--only=nobody]

Sends a million generated requests to the control socket of a master, as root and as nobody.`;

const vip = '192.168.80.100';
const vrid = 51;
const intervalMs = 100;
const connections = 20;
const nobody = 65_534;
const floodWord = '--flood';

type Sender = 'calm' | 'root' | 'nobody';
const senders: readonly Sender[] = ['calm', 'root', 'nobody'];

interface Outcome extends Rhythm, FloodFigures {
  readonly sender: Sender;
  readonly seconds: number;
  /** Changes of state on any host meanwhile. */
  readonly transitions: number;
  /** Of one processor. */
  readonly processorShare: number;
}

async function run(
  { lab, tap }: Stage,
  sender: Sender,
  { count, begin }: { readonly count: number; readonly begin: () => Promise<unknown> },
): Promise<Outcome> {
  await restartHosts(lab);
  const [first] = lab.hosts;
  if (first === undefined) throw new Error('no host');
  const daemons = await Promise.all(
    lab.hosts.map((host, index) => {
      const priority = 100 - index * 10;
      const instance = { name: 'VI_1', vrid, priority, advertSeconds: 0.1, address: `${vip}/24` };
      const args = ['-p', host.path('h.pid')];
      return host.start({ program: 'holdfast', config: configText([instance]), args });
    }),
  );
  await sleep(2000);
  await lab.waitForHolder(vip, first.name);
  const socket = first.path('h.sock');
  if (sender === 'nobody') await first.run(['chmod', '0666', socket]);
  await begin();
  tap.clear();
  const [daemon] = daemons;
  const fromMs = monotonicMs();
  const fromNs = processorNs(daemon);
  const figures = sender === 'calm' ? await quiet(count) : await flood(socket, { count, sender });
  const untilMs = monotonicMs();
  const spentNs = processorNs(daemon) - fromNs;
  const own = first.address(4);
  const transitions = daemons
    .flatMap(({ log }) => log)
    .filter(({ atMs, text }) => atMs >= fromMs && /Entering \w+ STATE/.test(text)).length;
  const adverts = tap.seen.filter(({ from }) => from === own);
  return {
    sender,
    ...figures,
    seconds: (untilMs - fromMs) / 1000,
    transitions,
    processorShare: spentNs / ((untilMs - fromMs) * 1e6),
    ...rhythmOf(adverts, { intervalMs, untilMs }),
  };
}

/** As long as a flood takes, more or less. */
async function quiet(count: number): Promise<FloodFigures> {
  await sleep(Math.max(10_000, count / 20));
  return { sent: 0, connections: 0, answers: 0 };
}

/** In a process of its own, which is not real-time and may be another user's. */
async function flood(
  socket: string,
  { count, sender }: { readonly count: number; readonly sender: Sender },
): Promise<FloodFigures> {
  const script = fileURLToPath(import.meta.url);
  const child = spawn(
    process.execPath,
    ['--import', 'tsx', script, floodWord, socket, String(count), sender],
    { stdio: ['ignore', 'pipe', 'inherit'], env: labEnvironment() },
  );
  for await (const line of createInterface({ input: child.stdout })) return JSON.parse(line);
  throw new Error('the flood ended before its time');
}

async function beFlood(socket: string, count: number, sender: string): Promise<void> {
  if (sender === 'nobody') {
    process.setgroups?.([]);
    process.setgid?.(nobody);
    process.setuid?.(nobody);
  }
  const { figures, stop } = startFlood(socket);
  while (figures.sent < count) await sleep(20);
  stop();
  console.log(JSON.stringify(figures));
}

function startFlood(socket: string): { readonly figures: FloodFigures; stop(): void } {
  const started = new ControlFlood(socket, { connections, seed: 1 });
  return { figures: started.figures, stop: () => started.stop() };
}

function processorNs(daemon: HostProcess | undefined): number {
  const text = readFileSync(`/proc/${daemon?.pid}/schedstat`, 'utf8');
  return Number(text.split(' ')[0]);
}

async function main(): Promise<void> {
  const options = readOptions(usage);
  const machine = machineFacts();
  if (options.output === 'text') printMachine(machine);
  const count = options.pace === 'quick' ? 100_000 : 1_000_000;
  const stage = await openStage(['a', 'b']);
  const metronome = startMetronome();
  const outcomes: (Outcome & { readonly machineLateMs: number })[] = [];
  try {
    for (const sender of senders) {
      if (!isWanted(options, sender)) continue;
      process.stderr.write(`${sender}\n`);
      outcomes.push(await inCalm(metronome, (begin) => run(stage, sender, { count, begin })));
    }
  } finally {
    metronome.stop();
    await stage.close();
  }
  if (options.output === 'json') console.log(JSON.stringify({ machine, outcomes }));
  else {
    printTable(
      [
        ...['sender', 'requests', 'connections', 'answers', 'seconds', 'adverts', 'missed'],
        ...['p99 ms', 'longest ms', 'transitions', 'processor %', 'machine late ms'],
      ],
      outcomes.map((one) => [
        ...[one.sender, one.sent, one.connections, one.answers, one.seconds, one.adverts],
        ...[one.missed, one.p99Ms, one.longestMs, one.transitions],
        ...[one.processorShare * 100, one.machineLateMs],
      ]),
    );
  }
  const flooded = outcomes.filter(({ sender }) => sender !== 'calm');
  printBars([
    ...flooded.map(({ sender, missed }) => judge(`control-${sender}-missed`, missed, 0)),
    ...flooded.map(({ sender, transitions }) =>
      judge(`control-${sender}-transitions`, transitions, 0),
    ),
  ]);
}

const [word, socket = '', count = '', sender = ''] = process.argv.slice(2);
if (word === floodWord) {
  await beFlood(socket, Number(count), sender);
  process.exit(0);
} else await main();

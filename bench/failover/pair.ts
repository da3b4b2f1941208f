/** Two hosts of one group, each with one of the programs, and the client that watches their address. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Host } from '../../src/lab/host.ts';
import type { HostProcess } from '../../src/lab/host-process.ts';
import type { Lab } from '../../src/lab/lab.ts';
import { monotonicMs } from '../../src/lab/monotonic.ts';
import type { Probe } from '../../src/lab/probe.ts';
import type { Program } from '../../src/lab/programs.ts';
import type { AdvertTap, SeenAdvert } from '../support/advert-tap.ts';
import { restartHosts } from '../support/stage.ts';

export const vip = '192.168.80.100';
export const vrid = 51;
const priorities = [100, 90] as const;
/** A backup that says nothing is heard by its joining the group, if somebody listens by then. */
const headStartMs = 1000;
/** A round in which the client itself was held up for longer does not count. */
export const stallLimitMs = (gapMs: number): number => 10 + gapMs * 0.02;

export interface Parts {
  readonly lab: Lab;
  readonly tap: AdvertTap;
  readonly probe: Probe;
}

/** Who is master, and who takes over. */
export interface Pair {
  readonly master: Program;
  readonly successor: Program;
}

export const likePairs: readonly Pair[] = [
  { master: 'holdfast', successor: 'holdfast' },
  { master: 'keepalived', successor: 'keepalived' },
];

export const allPairs: readonly Pair[] = [
  { master: 'holdfast', successor: 'holdfast' },
  { master: 'holdfast', successor: 'keepalived' },
  { master: 'keepalived', successor: 'keepalived' },
];

export function pairName({ master, successor }: Pair): string {
  return master === successor ? master : `${master}, then ${successor}`;
}

export interface RunningPair {
  readonly first: Host;
  readonly second: Host;
  readonly master: HostProcess;
  readonly isOwn: (advert: SeenAdvert) => boolean;
}

/** With what belongs to it. */
export type StartProgram = (host: Host, program: Program, config: string) => Promise<HostProcess>;

/** Starts both and waits until the first serves, alone, and is at rest. */
export async function startPair(
  { lab, tap, probe }: Parts,
  pair: Pair,
  configOf: (priority: number, host: Host) => string,
  start: StartProgram = (host, program, config) => host.start({ program, config }),
): Promise<RunningPair> {
  await restartHosts(lab);
  const [first, second] = lab.hosts;
  if (first === undefined || second === undefined) throw new Error('two hosts are needed');
  const config = (host: Host, index: 0 | 1): string => configOf(priorities[index], host);
  const master = await start(first, pair.master, config(first, 0));
  await sleep(headStartMs);
  const backup = await start(second, pair.successor, config(second, 1));
  await backup.logContains('Entering BACKUP STATE');
  // The lower priority may win for a moment when it starts first.
  do {
    await probe.waitForService({ host: first.name });
    await probe.settle();
  } while (probe.serving !== first.name);
  tap.clear();
  const own = first.address(4);
  return { first, second, master, isOwn: (advert) => advert.from === own };
}

/** To some ten microseconds: timers of Node are a millisecond coarse, so the rest is spent waiting. */
export async function until(instantMs: number): Promise<void> {
  const rest = instantMs - monotonicMs();
  if (rest > 3) await sleep(rest - 2);
  while (monotonicMs() < instantMs);
}

const attemptsMax = 3;

/** Repeats a round that does not count, a few times. */
export async function inRounds<Round>(
  count: number,
  pairs: readonly Pair[],
  measure: (pair: Pair) => Promise<Round | undefined>,
): Promise<ReadonlyMap<Pair, readonly Round[]>> {
  const rounds = new Map<Pair, Round[]>(pairs.map((pair) => [pair, []]));
  for (let round = 0; round < count; round++) {
    for (const pair of pairs) {
      for (let attempt = 0; attempt < attemptsMax; attempt++) {
        const result = await measure(pair);
        if (result === undefined) {
          // The client was held up: nothing can be told of this round.
          process.stderr.write('x');
          continue;
        }
        rounds.get(pair)?.push(result);
        break;
      }
    }
    process.stderr.write('.');
  }
  process.stderr.write('\n');
  return rounds;
}

/** keepalived is two processes, of which each restarts or stops the other. */
export async function signalDaemon(
  { first, master }: RunningPair,
  pair: Pair,
  signal: 'STOP' | 'KILL' | 'CONT',
): Promise<void> {
  // The end of its parent, which is the older, would tell keepalived's VRRP process to stop in order.
  const inOrder = 'pgrep -x keepalived | sort -rn';
  if (pair.master === 'keepalived') await first.run(`kill -${signal} $(${inOrder})`);
  // Also for what stands between the lab and the daemon: it stops and goes on with it.
  if (pair.master === 'holdfast' || signal === 'CONT') master.signal(`SIG${signal}`);
}

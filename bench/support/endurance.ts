/**
 * A group at 0.1 s beside traffic, to which the same is done again and again: nothing may move, no advert
 * be missing, and the process may not grow.
 */
import { readdirSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Host } from '../../src/lab/host.ts';
import type { HostProcess } from '../../src/lab/host-process.ts';
import { monotonicMs } from '../../src/lab/monotonic.ts';
import { configText, type InstanceText } from './config.ts';
import { type Bar, judge } from './figures.ts';
import { memoryKiB } from './processes.ts';
import { rhythmOf } from './rhythm.ts';
import { openStage } from './stage.ts';

const vip = '192.168.80.100';
const vrid = 51;
const intervalMs = 100;
/** What Node keeps between two collections differs by so much from one time to the next. */
const growthMaxMiB = 4;
/** A process that was just started still grows into its shape. */
const settleMs = 3000;
const sampleRounds = 25;

export const steadyInstance: InstanceText = {
  name: 'STEADY',
  vrid,
  priority: 200,
  advertSeconds: intervalMs / 1000,
  address: `${vip}/24`,
};

export interface Subject {
  readonly host: Host;
  readonly daemon: HostProcess;
  readonly configFile: string;
  readonly socket: string;
}

export interface Endurance {
  readonly name: string;
  readonly rounds: number;
  /** What is done first, and does not count for growth. */
  readonly warmUpRounds: number;
  /**
   * Where one process does all the rounds, its garbage piles up and goes all at once: then the peaks of
   * the warm-up and of the rounds are compared, not two moments.
   */
  readonly memory: 'at-the-end' | 'peak';
  round(subject: Subject, number: number): Promise<void>;
}

export interface EnduranceOutcome {
  readonly name: string;
  readonly rounds: number;
  readonly secondsEach: number;
  /** Changes of state of the steady instance, on either host. */
  readonly transitions: number;
  readonly adverts: number;
  readonly missed: number;
  readonly longestMs: number;
  /** In which no probe of the client was answered. */
  readonly gapMs: number;
  readonly pssMiB: { readonly before: number; readonly after: number };
  readonly descriptors: { readonly before: number; readonly after: number };
}

export async function endure(endurance: Endurance): Promise<EnduranceOutcome> {
  const { lab, tap, close } = await openStage(['a', 'b']);
  try {
    const [host, peer] = lab.hosts;
    if (host === undefined || peer === undefined) throw new Error('hosts');
    const configFile = host.write('daemon/keepalived.conf', configText([steadyInstance]));
    const daemon = await host.start({ program: 'holdfast', config: { file: configFile } });
    await lab.waitForHolder(vip, host.name);
    const backup = await peer.start({
      program: 'holdfast',
      config: configText([{ ...steadyInstance, priority: 100 }]),
    });
    await backup.logContains(/Entering BACKUP STATE/);
    const socket = (await host.run(`find '${host.directory}' -name '*.sock'`)).stdout.trim();
    const subject = { host, daemon, configFile, socket };
    const probe = await lab.probe(vip);
    await probe.waitForService();
    const fromMs = monotonicMs();
    tap.clear();
    const before = await repeat(endurance, subject, { from: 0, to: endurance.warmUpRounds });
    const beganMs = monotonicMs();
    const end = endurance.warmUpRounds + endurance.rounds;
    const after = await repeat(endurance, subject, { from: endurance.warmUpRounds, to: end });
    const secondsEach = (monotonicMs() - beganMs - settleMs) / 1000 / endurance.rounds;
    const untilMs = monotonicMs();
    const own = host.address(4);
    const adverts = tap.seen.filter((advert) => advert.vrid === vrid && advert.from === own);
    const rhythm = rhythmOf(adverts, { intervalMs, untilMs });
    const { gapMs } = await probe.report({ fromMs, toMs: untilMs });
    return {
      name: endurance.name,
      rounds: endurance.rounds,
      secondsEach,
      transitions: [daemon, backup]
        .flatMap(({ log }) => log)
        .filter(({ atMs, text }) => atMs > fromMs && /\(STEADY\) Entering/.test(text)).length,
      ...{ adverts: adverts.length, missed: rhythm.missed, longestMs: rhythm.longestMs, gapMs },
      pssMiB: { before: before.pssMiB, after: after.pssMiB },
      descriptors: { before: before.descriptors, after: after.descriptors },
    };
  } finally {
    await close();
  }
}

export function enduranceBars(outcome: EnduranceOutcome): readonly Bar[] {
  const { name, transitions, missed, pssMiB, descriptors } = outcome;
  return [
    judge(`${name}-transitions`, transitions, 0),
    judge(`${name}-missed-adverts`, missed, 0),
    judge(`${name}-growth-mib`, pssMiB.after - pssMiB.before, growthMaxMiB),
    judge(`${name}-growth-descriptors`, descriptors.after - descriptors.before, 0),
  ];
}

/** Returns what the process is like afterwards. */
async function repeat(
  { round, memory }: Endurance,
  subject: Subject,
  { from, to }: { readonly from: number; readonly to: number },
): Promise<ReturnType<typeof footprint>> {
  let peakMiB = 0;
  for (let number = from; number < to; number++) {
    await round(subject, number);
    if (memory === 'peak' && number % sampleRounds === 0) {
      peakMiB = Math.max(peakMiB, footprint(subject.daemon).pssMiB);
    }
  }
  await sleep(settleMs);
  const { pssMiB, descriptors } = footprint(subject.daemon);
  return { pssMiB: Math.max(peakMiB, pssMiB), descriptors };
}

function footprint(daemon: HostProcess) {
  return {
    pssMiB: memoryKiB(daemon, 'Pss') / 1024,
    descriptors: readdirSync(`/proc/${daemon.pid}/fd`).length,
  };
}

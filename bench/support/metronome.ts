import { spawn } from 'node:child_process';
import { cpus } from 'node:os';
import { createInterface } from 'node:readline';
import { labEnvironment } from '../../src/lab/execute.ts';

/** Above the daemons: what holds this up is the machine. */
const priority = 51;

const script = `
let last = performance.now();
let latest = 0;
setInterval(() => {
  const now = performance.now();
  latest = Math.max(latest, now - last - 5);
  last = now;
}, 5);
process.stdin.on('data', () => {
  console.log(latest.toFixed(1));
  latest = 0;
});
process.stdin.on('end', () => process.exit());`;

export interface Metronome {
  /** How late a timer of real-time priority was at most since the last call. */
  latestMs(): Promise<number>;
  stop(): void;
}

/**
 * A process on each processor that does nothing but keep time: how exactly can anything be measured
 * here and now? A virtual machine may lose a processor for 50 ms without any other sign of it.
 */
export function startMetronome(): Metronome {
  const parts = cpus().map((_, processor) => startOn(processor));
  return {
    latestMs: async () => Math.max(...(await Promise.all(parts.map((part) => part.latestMs())))),
    stop: () => {
      for (const part of parts) part.stop();
    },
  };
}

function startOn(processor: number): Metronome {
  const scheduled = ['taskset', '-c', String(processor), 'chrt', '--rr', String(priority)];
  const command = [...scheduled, process.execPath, '--single-threaded-gc', '-e', script];
  const child = spawn(command[0] ?? '', command.slice(1), {
    detached: true,
    stdio: ['pipe', 'pipe', 'inherit'],
    env: labEnvironment(),
  });
  const lines = createInterface({ input: child.stdout });
  return {
    latestMs: () =>
      new Promise((resolve) => {
        lines.once('line', (line) => resolve(Number(line)));
        child.stdin.write('\n');
      }),
    stop: () => child.stdin.end(),
  };
}

/** A run in which the machine itself was late by more than this does not count. */
const calmMs = 20;
const attemptsMax = 3;

/** Repeats a run in which the machine was not calm; the calmest one counts. */
export async function inCalm<Value>(
  metronome: Metronome,
  /** Calls `begin` when what counts begins. */
  run: (begin: () => Promise<unknown>) => Promise<Value>,
): Promise<Value & { readonly machineLateMs: number }> {
  let calmest: (Value & { readonly machineLateMs: number }) | undefined;
  for (let attempt = 0; attempt < attemptsMax; attempt++) {
    const value = await run(() => metronome.latestMs());
    const machineLateMs = await metronome.latestMs();
    if (calmest === undefined || machineLateMs < calmest.machineLateMs) {
      calmest = { ...value, machineLateMs };
    }
    if (machineLateMs <= calmMs) break;
    process.stderr.write(`the machine itself was ${machineLateMs} ms late\n`);
  }
  if (calmest === undefined) throw new Error('nothing was run');
  return calmest;
}

/**
 * `npm run sim -- --seeds N [--from SEED]` runs many seeds and stops at the first that breaks a rule;
 * `npm run sim -- SEED` replays one and prints every event (columns: docs/testing.md).
 */
import { runSeed } from './run.ts';
import { Trace } from './trace.ts';

const PROGRESS_MS = 2000;

type Command =
  | { readonly kind: 'many'; readonly count: number; readonly from: number }
  | { readonly kind: 'replay'; readonly seed: number }
  | { readonly kind: 'usage'; readonly problem: string };

function parse(args: readonly string[]): Command {
  let count: number | undefined;
  let from = 1;
  let seed: number | undefined;
  for (let index = 0; index < args.length; index++) {
    const arg = args[index] ?? '';
    const isOption = arg === '--seeds' || arg === '--from';
    const value = Number(isOption ? args[++index] : arg);
    if (!Number.isSafeInteger(value) || value < 0) {
      return { kind: 'usage', problem: `not a number: ${isOption ? args[index] : arg}` };
    }
    if (arg === '--seeds') count = value;
    else if (arg === '--from') from = value;
    else seed = value;
  }
  if (seed !== undefined) return { kind: 'replay', seed };
  return { kind: 'many', count: count ?? 1000, from };
}

function replay(seed: number): number {
  console.log(`SEED=${seed}`);
  const { failure, events, virtualSeconds } = runSeed(seed, new Trace((line) => console.log(line)));
  console.log(`${events} events, ${virtualSeconds.toFixed(1)} virtual seconds`);
  if (failure === undefined) return 0;
  console.log(`FAILED ${failure.message}`);
  return 1;
}

function runMany(count: number, from: number): number {
  const started = performance.now();
  const took = (): number => (performance.now() - started) / 1000;
  let events = 0;
  let transitions = 0;
  let virtualSeconds = 0;
  let next = PROGRESS_MS / 1000;
  for (let index = 0; index < count; index++) {
    const seed = from + index;
    const result = runSeed(seed);
    if (result.failure !== undefined) {
      console.log(`seed ${seed} after ${index} good ones: ${result.failure.message}`);
      console.log(`replay: npm run sim -- ${seed}`);
      return 1;
    }
    events += result.events;
    transitions += result.transitions;
    virtualSeconds += result.virtualSeconds;
    if (took() < next) continue;
    next = took() + PROGRESS_MS / 1000;
    console.log(`${index + 1} of ${count} seeds, ${Math.round((index + 1) / took())} seeds/s`);
  }
  const rate = Math.round(count / took());
  const hours = (virtualSeconds / 3600).toFixed(1);
  console.log(
    `${count} seeds hold every invariant: ${events} events, ${transitions} transitions, ` +
      `${hours} virtual hours in ${took().toFixed(1)} s (${rate} seeds/s)`,
  );
  return 0;
}

const command = parse(process.argv.slice(2));
if (command.kind === 'usage') {
  console.error(`${command.problem}\nusage: npm run sim -- --seeds N [--from SEED] | SEED`);
  process.exitCode = 2;
} else if (command.kind === 'replay') process.exitCode = replay(command.seed);
else process.exitCode = runMany(command.count, command.from);

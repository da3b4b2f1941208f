/**
 * `npm run mutants`: plants each bug of tools/mutants/ in a copy of the sources and sees who
 * finds it: the golden scripts with the unit tests, or the simulator. A bug that nobody finds is a
 * hole in the tests, and the exit status 1.
 *
 *   --only=TEXT   only mutants whose name contains TEXT
 *   --seeds=N     at most N seeds a mutant (500)
 *   --survey      ask the simulator also where the tests have found it: takes twice as long
 */
import { spawn } from 'node:child_process';
import {
  cpSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { allMutants, withBug } from './mutants/all.ts';
import type { Mutant } from './mutants/mutant.ts';

const COPIED = [
  'src',
  'docs',
  'test/golden/engine',
  'test/director',
  'test/images',
  'test/seeds/files',
  'test/sim',
  'tsconfig.json',
  'package.json',
];
const LIMIT_MS = 120_000;
const ALL_TESTS = 'unit-tests.mjs';

interface Verdict {
  readonly mutant: Mutant;
  readonly tests: 'found' | 'missed';
  /** The seed count after which the simulator found it. */
  readonly seeds: number | undefined;
  readonly message: string;
}

interface Outcome {
  readonly status: number | null;
  readonly output: string;
}

const flag = (name: string): string | undefined =>
  process.argv.find((arg) => arg.startsWith(`--${name}=`))?.slice(name.length + 3);
const isSurvey = process.argv.includes('--survey');
const seedsMax = Number(flag('seeds') ?? 500);
const chosen = allMutants.filter(({ name }) => name.includes(flag('only') ?? ''));

function makeCopy(): string {
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-mutants-'));
  for (const path of COPIED) cpSync(path, join(folder, path), { recursive: true });
  symlinkSync(resolve('node_modules'), join(folder, 'node_modules'));
  return folder;
}

function plant(folder: string, mutant: Mutant): () => void {
  const path = join(folder, mutant.file);
  const text = readFileSync(path, 'utf8');
  writeFileSync(path, withBug(folder, mutant));
  return () => writeFileSync(path, text);
}

function run(folder: string, args: readonly string[], enough?: RegExp): Promise<Outcome> {
  return new Promise((done, fail) => {
    const child = spawn(process.execPath, ['--import', 'tsx', ...args], {
      cwd: folder,
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: LIMIT_MS,
      killSignal: 'SIGKILL',
    });
    let output = '';
    child.stdout.on('data', (chunk) => {
      output += chunk;
      if (enough?.test(output) === true) child.kill('SIGKILL');
    });
    child.stderr.on('data', (chunk) => {
      output += chunk;
    });
    child.once('error', fail);
    child.once('close', (status) => done({ status, output }));
  });
}

/** Nothing but whether one fails is asked: the first that does ends it. */
const A_FAILURE = /^\s*not ok /m;

/** Where a bug in one place of the sources shows: the engine has a simulator besides. */
interface Finders {
  readonly tests: readonly string[];
  readonly simulator: 'knows-it' | 'has-none';
}

const ENGINE: Finders = {
  tests: ['src/core', 'test/golden/engine', 'test/director'],
  simulator: 'knows-it',
};
/** Hosts of the simulator have no virtual servers. */
const DIRECTOR: Finders = {
  tests: ['src/core', 'test/director', 'test/golden/engine'],
  simulator: 'has-none',
};
const IMAGES: Finders = {
  tests: ['src/config/environment', 'test/images/goldens.test.ts', 'test/images/vip.test.ts'],
  simulator: 'has-none',
};

function findersOf({ file }: Mutant): Finders {
  if (file.startsWith('src/config/environment/')) return IMAGES;
  return /^src\/core\/(?:balance|check)\//.test(file) ? DIRECTOR : ENGINE;
}

/** 0 beside the mutant, 1 for what plays whole scripts, 2 for the tests of other folders. */
function distance(test: string, file: string): number {
  if (dirname(test) === dirname(file)) return 0;
  return test.startsWith('test/') ? 1 : 2;
}

/**
 * One process for all files: to start one for each takes longer than the tests. Those that are likeliest to find
 * the mutant come first, as the first failure ends the run.
 */
function unitTests(folder: string, { tests }: Finders, mutated = ''): readonly string[] {
  const all = listUnitTests(folder, tests)
    .sort((one, other) => distance(one, mutated) - distance(other, mutated))
    .map((file) => `await import('./${file}');\n`);
  writeFileSync(join(folder, ALL_TESTS), all.join(''));
  return [ALL_TESTS];
}

function listUnitTests(folder: string, paths: readonly string[]): string[] {
  const inside = (path: string): string[] =>
    readdirSync(join(folder, path), { withFileTypes: true }).flatMap((entry) => {
      const child = `${path}/${entry.name}`;
      if (entry.isDirectory()) return inside(child);
      return child.endsWith('.test.ts') ? [child] : [];
    });
  return paths.flatMap((path) => (path.endsWith('.ts') ? [path] : inside(path)));
}

/** What finds something in the sources as they are would find it in every mutant. */
async function checkSound(folder: string): Promise<string | undefined> {
  for (const finders of new Set(chosen.map(findersOf))) {
    const tests = await run(folder, unitTests(folder, finders));
    if (tests.status !== 0) return `the tests fail without a mutant:\n${tests.output}`;
  }
  const sim = await run(folder, ['src/sim/main.ts', '--seeds', String(Math.min(seedsMax, 100))]);
  return sim.status === 0 ? undefined : `the simulator fails without a mutant:\n${sim.output}`;
}

async function judge(folder: string, mutant: Mutant): Promise<Verdict> {
  const mend = plant(folder, mutant);
  try {
    const finders = findersOf(mutant);
    const tests = await run(folder, unitTests(folder, finders, mutant.file), A_FAILURE);
    const isFound = tests.status !== 0;
    if (finders.simulator === 'has-none' || (isFound && !isSurvey))
      return { mutant, tests: isFound ? 'found' : 'missed', seeds: undefined, message: '' };
    const sim = await run(folder, ['src/sim/main.ts', '--seeds', String(seedsMax)]);
    const match = /seed \d+ after (\d+) good ones: (.*)/.exec(sim.output);
    const found = sim.status !== 0;
    return {
      mutant,
      tests: isFound ? 'found' : 'missed',
      seeds: found ? Number(match?.[1] ?? 0) + 1 : undefined,
      message: found ? (match?.[2] ?? sim.output.trim().split('\n').at(-1) ?? '') : '',
    };
  } finally {
    mend();
  }
}

function line({ mutant, tests, seeds, message }: Verdict): string {
  const sim = seeds === undefined ? '-' : String(seeds);
  const golden = tests === 'found' ? 'found' : '-';
  const verdict = seeds === undefined && tests === 'missed' ? 'SURVIVES' : message.slice(0, 70);
  return `${mutant.name.padEnd(50)} ${golden.padEnd(6)} ${sim.padStart(5)}  ${verdict}`.trimEnd();
}

async function main(): Promise<number> {
  const started = Date.now();
  const workers = Math.min(availableParallelism(), chosen.length);
  const folders = Array.from({ length: workers }, makeCopy);
  const clear = (): void => {
    for (const folder of folders) rmSync(folder, { recursive: true, force: true });
  };
  process.once('exit', clear);
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.once(signal, () => process.exit(130));
  const unsound = await checkSound(folders[0] ?? '.');
  if (unsound !== undefined) {
    console.log(unsound);
    return 1;
  }
  console.log(`${'mutant'.padEnd(50)} tests  seeds  what the simulator saw`);
  const queue = [...chosen];
  const verdicts: Verdict[] = [];
  const work = async (folder: string): Promise<void> => {
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
      const verdict = await judge(folder, next);
      verdicts.push(verdict);
      console.log(line(verdict));
    }
  };
  await Promise.all(folders.map(work));
  const bySim = verdicts.filter(({ seeds }) => seeds !== undefined).length;
  const byTests = verdicts.filter(({ tests }) => tests === 'found').length;
  const survivors = verdicts.filter(
    ({ seeds, tests }) => seeds === undefined && tests === 'missed',
  );
  const seconds = ((Date.now() - started) / 1000).toFixed(0);
  console.log(
    `${verdicts.length} mutants in ${seconds} s: golden and unit tests find ${byTests}, ` +
      `the simulator ${bySim}${isSurvey ? '' : ' of the others'}, ${survivors.length} survive`,
  );
  for (const { mutant } of survivors) console.log(`survives: ${mutant.name}`);
  return survivors.length === 0 ? 0 : 1;
}

process.exitCode = await main();

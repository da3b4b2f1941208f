import { type ChildProcess, spawn } from 'node:child_process';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { findStragglers, type Straggler, sweep } from './sweep.ts';
import type { TestRecord } from './test-reporter.ts';

/**
 * `npm test`: all quick test files in one process, each file of the slow groups in a process of its
 * own, a few processes side by side, as most of them wait for timers. Files that measure time run
 * alone, in the end. Whatever happens, no process, namespace, link or temporary
 * file stays behind, and the last line says `N passed, N failed, N skipped`.
 *
 *   --only=TEXT   only the files whose path contains TEXT
 *   --name=REGEX  only the tests whose name matches
 *   --quick       without the slow groups
 *   --long        only the files that take longest, which are left out otherwise unless named
 *   --kubernetes  only the files with a real API server (test/kubernetes/*.kt.ts), which are left out otherwise
 *   --list        prints the files and ends
 */
const slowGroups = [
  'test/seeds/',
  'test/daemon/',
  'test/lab/',
  'test/interop/',
  'test/conformance/',
  'test/balance/',
  'test/probe/',
  'test/cluster/',
  ...['test/doctor/host', 'test/doctor/support-bundle.', 'test/doctor/firewall.'],
];
/** A short text that takes long. */
const longest = ['test/conformance/keepalived/render-meaning.'];
/**
 * `npm run test:long`: every mode and cast, and every file of the corpus, of what others compare in part, whole
 * scenarios, clusters by ssh, upgrades, the documentation's commands, what the doctor finds on a host, ten thousand
 * clients, what is a minute of waiting, and what kills or floods daemons again and again.
 */
const long = [
  ...['test/interop/three-hosts.', 'test/interop/two-hosts.', 'test/lab/scenario.'],
  ...['test/interop/check-times.', 'test/interop/proxy-idle.', 'test/daemon/upgrade.'],
  ...['test/daemon/kubernetes.', 'test/interop/docs-site.', 'test/lab/docs'],
  'test/cluster/',
  ...['test/doctor/host', 'test/doctor/support-bundle.', 'test/doctor/firewall.'],
  ...['test/conformance/keepalived/exit-class.', 'test/conformance/keepalived/render-meaning.'],
  ...['test/daemon/eight-faults.', 'test/daemon/fast-takeover.', 'test/daemon/split-brain.'],
  ...['test/daemon/recorder.', 'test/daemon/control-flood.', 'test/daemon/churn.'],
  ...['test/lab/command.', 'test/lab/cleanup.'],
];
/** They look at milliseconds, or fill the machine: nothing else runs beside them. */
const alone = [
  'test/lab/cut.',
  'test/lab/probe.',
  ...['test/lab/scenario.', 'test/lab/docs', 'test/kubernetes/docs.'],
  'test/interop/three-hosts.',
  'test/interop/two-hosts.',
];
const lanes = 3;
/** An API server with its etcd keeps a processor busy for a minute. */
const kubernetesLanes = 2;
const quickLimitMs = 900_000;
const slowLimitMs = 300_000;
const kubernetesLimitMs = 1_200_000;
const kubernetesEnding = '.kt.ts';
const stopGraceMs = 10_000;
const knownFlags = ['--quick', '--long', '--kubernetes', '--list'];

interface Options {
  readonly only: string[];
  readonly name: string | undefined;
  readonly flags: ReadonlySet<string>;
}

interface Tally {
  passed: number;
  failed: number;
  skipped: number;
}

interface Run {
  readonly records: TestRecord[];
  /** What went wrong apart from the tests that failed: a time limit, a crash, processes left. */
  readonly problems: string[];
}

interface Job {
  readonly label: string;
  readonly files: readonly string[];
  readonly limitMs: number;
  /**
   * How many runs it has under CI, of which one must pass. Virtual processors stand still for half a second, seldom for
   * three, without any sign of it, which on real hosts looks like a host that has died.
   */
  readonly chances: number;
}

const running = new Set<ChildProcess>();
let runCount = 0;
let interruptedBy: NodeJS.Signals | undefined;

function parseOptions(args: readonly string[]): Options {
  const only: string[] = [];
  const flags = new Set<string>();
  let name: string | undefined;
  for (const arg of args) {
    if (arg.startsWith('--only=')) only.push(arg.slice('--only='.length));
    else if (arg.startsWith('--name=')) name = arg.slice('--name='.length);
    else if (knownFlags.includes(arg)) flags.add(arg);
    else {
      const known = ['--only=TEXT', '--name=REGEX', ...knownFlags].join(' ');
      throw new Error(`unknown option ${arg} (known: ${known})`);
    }
  }
  return { only, name, flags };
}

function findTestFiles(ending: string): string[] {
  const files: string[] = [];
  const visit = (folder: string): void => {
    for (const entry of readdirSync(folder, { withFileTypes: true })) {
      const path = join(folder, entry.name);
      if (entry.isDirectory() && entry.name !== 'node_modules') visit(path);
      else if (entry.isFile() && entry.name.endsWith(ending)) files.push(path);
    }
  };
  for (const folder of ['src', 'test']) {
    try {
      visit(folder);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    }
  }
  return files.sort();
}

function isIn(beginnings: readonly string[], file: string): boolean {
  return beginnings.some((beginning) => file.startsWith(beginning));
}

function signalGroup(child: ChildProcess, signal: NodeJS.Signals): void {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, signal);
  } catch {
    // The whole group has ended.
  }
}

/** Sends the signal, waits, and kills what has not ended by then. */
function stop(child: ChildProcess, signal: NodeJS.Signals): void {
  signalGroup(child, signal);
  setTimeout(() => signalGroup(child, 'SIGKILL'), stopGraceMs).unref();
}

/** Runs test files in one process, in a process group of their own, and clears up after it. */
async function runFiles({ files, limitMs }: Job, name: string | undefined): Promise<Run> {
  const id = `${process.pid}-${++runCount}`;
  const run: Run = { records: [], problems: [] };
  const args = ['--import', 'tsx', '--enable-source-maps'];
  args.push('--test-reporter=./tools/test-reporter.ts', '--test-reporter-destination=stdout');
  if (name !== undefined) args.push(`--test-name-pattern=${name}`);
  const child = spawn(process.execPath, [...args, 'tools/test-files.ts', ...files], {
    detached: true,
    env: { ...process.env, HOLDFAST_TEST_RUN: id },
    stdio: ['ignore', 'inherit', 'inherit', 'pipe'],
  });
  running.add(child);
  const timer = setTimeout(() => {
    const last = run.records.at(-1)?.name ?? 'none';
    run.problems.push(
      `still running after ${limitMs / 1000} s: stopped; last test to end: ${last}`,
    );
    stop(child, 'SIGTERM');
  }, limitMs);
  collectRecords(child, run.records);
  const [code, signal] = await new Promise<[number | null, string | null]>((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (exitCode, exitSignal) => resolve([exitCode, exitSignal]));
  });
  clearTimeout(timer);
  running.delete(child);
  if (interruptedBy === undefined) {
    const failed = run.records.some((record) => record.outcome === 'failed');
    if (signal !== null) run.problems.push(`ended by ${signal}`);
    else if (code !== 0 && !failed) run.problems.push(`ended with status ${code}`);
  }
  const killed = await killStragglers(`HOLDFAST_TEST_RUN=${id}`);
  const swept = sweep();
  if (interruptedBy === undefined) {
    for (const { pid, command } of killed) run.problems.push(`left behind: ${pid} ${command}`);
    // Other runs may leave something behind at the same time; that is not this one's failure.
    const own = new RegExp(`hft-?${child.pid}(?!\\d)`);
    for (const what of swept) if (own.test(what)) run.problems.push(`left behind: ${what}`);
  }
  return run;
}

function collectRecords(child: ChildProcess, records: TestRecord[]): void {
  let rest = '';
  const pipe = child.stdio[3] as NodeJS.ReadableStream;
  pipe.setEncoding('utf8');
  pipe.on('data', (chunk: string) => {
    const lines = (rest + chunk).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) records.push(JSON.parse(line) as TestRecord);
  });
}

/** Kills what still runs of this run, after a moment for what is ending; returns what it killed. */
async function killStragglers(mark: string): Promise<Straggler[]> {
  let left = findStragglers(mark);
  for (let tries = 0; left.length > 0 && tries < 20; tries++) {
    await sleep(50);
    left = findStragglers(mark);
  }
  for (const { pid } of left) {
    try {
      process.kill(pid, 'SIGKILL');
    } catch {
      // It ended in the meantime.
    }
  }
  if (left.length > 0) await sleep(50);
  return left;
}

/** As root under CI nothing may be skipped but what test/allowed-skips.json names. */
function findForbiddenSkips(records: readonly TestRecord[]): TestRecord[] {
  if (process.env.CI !== 'true' || process.getuid?.() !== 0) return [];
  const text = readFileSync('test/allowed-skips.json', 'utf8');
  const allowed = new Set((JSON.parse(text) as { name: string }[]).map((entry) => entry.name));
  return records.filter((record) => record.outcome === 'skipped' && !allowed.has(record.name));
}

function hasFailed({ records, problems }: Run): boolean {
  return problems.length > 0 || records.some(({ outcome }) => outcome === 'failed');
}

function secondsSince(startedMs: number): string {
  return ((Date.now() - startedMs) / 1000).toFixed(1).padStart(6);
}

function summarise(label: string, run: Run, startedMs: number, tally: Tally): void {
  const count = (outcome: TestRecord['outcome']) =>
    run.records.filter((record) => record.outcome === outcome).length;
  const isSilent = run.records.length + run.problems.length === 0;
  if (isSilent && interruptedBy === undefined) run.problems.push('no test ran');
  const forbidden = findForbiddenSkips(run.records);
  for (const { name } of forbidden) {
    run.problems.push(`skipped, but not listed in test/allowed-skips.json: ${name}`);
  }
  const passed = count('passed');
  const failed = count('failed') + run.problems.length;
  const skipped = count('skipped');
  tally.passed += passed;
  tally.failed += failed;
  tally.skipped += skipped;
  const verdict = failed > 0 ? 'FAILED' : 'ok';
  console.log(
    `${verdict.padEnd(6)} ${secondsSince(startedMs)} s  ${label} (${passed} passed` +
      `${failed > 0 ? `, ${failed} failed` : ''}${skipped > 0 ? `, ${skipped} skipped` : ''})`,
  );
  for (const problem of run.problems) console.log(`         ${problem}`);
  for (const { outcome, name, reason } of run.records) {
    if (outcome === 'skipped') console.log(`         skipped: ${name}${reason && ` (${reason})`}`);
  }
}

async function main(): Promise<number> {
  const options = parseOptions(process.argv.slice(2));
  const isWanted = (file: string): boolean => {
    if (options.only.length > 0) return options.only.some((text) => file.includes(text));
    return isIn(long, file) === options.flags.has('--long');
  };
  const isKubernetes = options.flags.has('--kubernetes');
  const files = findTestFiles(isKubernetes ? kubernetesEnding : '.test.ts').filter(isWanted);
  const groups = isKubernetes ? ['test/kubernetes/'] : slowGroups;
  const quick = files.filter((file) => !isIn(groups, file));
  const slow = options.flags.has('--quick')
    ? []
    : groups.flatMap((group) => files.filter((file) => file.startsWith(group)));
  if (options.flags.has('--list')) {
    console.log([...quick, ...slow].join('\n'));
    return 0;
  }
  for (const what of sweep()) console.log(`removed what an earlier run left behind: ${what}`);
  const tally: Tally = { passed: 0, failed: 0, skipped: 0 };
  const beganMs = Date.now();
  const work = async (jobs: Job[]): Promise<void> => {
    for (let job = jobs.shift(); job !== undefined; job = jobs.shift()) {
      if (interruptedBy !== undefined) return;
      const startedMs = Date.now();
      let run = await runFiles(job, options.name);
      let left = process.env.CI === 'true' ? job.chances - 1 : 0;
      for (; hasFailed(run) && left > 0 && interruptedBy === undefined; left--) {
        console.log(`failed ${secondsSince(startedMs)} s  ${job.label}: another run decides`);
        run = await runFiles(job, options.name);
      }
      // With --name most files have nothing to run, which is what was asked for.
      const isEmpty = run.records.length + run.problems.length === 0;
      if (options.name === undefined || !isEmpty) summarise(job.label, run, startedMs, tally);
    }
  };
  const jobOf = (file: string): Job => {
    const limitMs = isKubernetes ? kubernetesLimitMs : slowLimitMs;
    return { label: file, files: [file], limitMs, chances: 2 };
  };
  // The longest texts take the longest, by and large: begun last, one would hold up all the others.
  const weight = (file: string): number =>
    isIn(longest, file) ? Number.MAX_SAFE_INTEGER : statSync(file).size;
  const together = slow
    .filter((file) => !isIn(alone, file))
    .sort((left, right) => weight(right) - weight(left))
    .map(jobOf);
  if (quick.length > 0) {
    const label = `${quick.length} quick files`;
    together.unshift({ label, files: quick, limitMs: quickLimitMs, chances: 1 });
  }
  const later = slow.filter((file) => isIn(alone, file)).map(jobOf);
  const isOne = together.length + later.length === 1;
  await Promise.all(
    Array.from({ length: isKubernetes ? kubernetesLanes : lanes }, () => work(together)),
  );
  await work(later);
  if (interruptedBy !== undefined) console.log(`interrupted by ${interruptedBy}`);
  else if (tally.passed + tally.failed === 0) console.log('no test ran');
  if (!isOne) console.log(`total  ${secondsSince(beganMs)} s`);
  console.log(`${tally.passed} passed, ${tally.failed} failed, ${tally.skipped} skipped`);
  if (interruptedBy !== undefined) return interruptedBy === 'SIGINT' ? 130 : 143;
  return tally.failed > 0 || tally.passed === 0 ? 1 : 0;
}

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(signal, () => {
    interruptedBy ??= signal;
    for (const child of running) stop(child, signal === 'SIGHUP' ? 'SIGTERM' : signal);
  });
}
process.exitCode = await main();

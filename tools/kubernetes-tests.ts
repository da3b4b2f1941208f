/**
 * `npm run test:kubernetes`: the tests with a real API server (test/kubernetes/*.kt.ts), which
 * `tools/setup.mjs kubernetes` builds the first time. The last line says `N passed, N failed, N skipped`.
 *
 *   --only=TEXT   only the files whose path contains TEXT
 *   --name=REGEX  only the tests whose name matches
 *   --limit=N     seconds for all of it, 2400 where absent
 */
import { execFileSync, spawn } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { LineSplitter } from '../src/base/line-splitter.ts';
import { findStragglers, sweep } from './sweep.ts';
import { printTally } from './tally.ts';
import type { TestRecord } from './test-reporter.ts';

const FOLDER = 'test/kubernetes';
const LIMIT_SECONDS = 2400;
const LINE_CHARACTERS_MAX = 1_000_000;

async function main(args: readonly string[]): Promise<number> {
  const files = readdirSync(FOLDER)
    .filter((file) => file.endsWith('.kt.ts'))
    .map((file) => join(FOLDER, file))
    .filter((file) => file.includes(optionOf(args, '--only=') ?? ''))
    .sort();
  // What a run that was killed left behind.
  sweep();
  execFileSync(process.execPath, ['tools/build.mjs'], { stdio: 'inherit' });
  const mark = `HOLDFAST_KUBERNETES_TESTS=${process.pid}`;
  const name = optionOf(args, '--name=');
  const { records, status } = await runTests(
    [
      ...['--import', 'tsx', '--enable-source-maps'],
      ...['--test-reporter=./tools/test-reporter.ts', '--test-reporter-destination=stdout'],
      ...(name === undefined ? [] : [`--test-name-pattern=${name}`]),
      ...['tools/test-files.ts', ...files],
    ],
    mark,
    Number(optionOf(args, '--limit=') ?? LIMIT_SECONDS) * 1000,
  );
  const stragglers = findStragglers(mark);
  for (const { pid } of stragglers) process.kill(pid, 'SIGKILL');
  sweep();
  const left = stragglers.map(({ command }) => `left running: ${command}`);
  return printTally(records, status, left);
}

/** Runs node with these arguments, printing each result as it comes. */
function runTests(
  args: readonly string[],
  mark: string,
  limitMs: number,
): Promise<{ readonly records: readonly TestRecord[]; readonly status: number | string }> {
  const [key = '', value] = mark.split('=');
  const child = spawn(process.execPath, args, {
    stdio: ['ignore', 'inherit', 'inherit', 'pipe'],
    env: { ...process.env, [key]: value },
  });
  const records: TestRecord[] = [];
  const lines = new LineSplitter(LINE_CHARACTERS_MAX);
  const reports = child.stdio[3] as NodeJS.ReadableStream;
  reports.setEncoding('utf8');
  reports.on('data', (chunk: string) => {
    for (const line of lines.push(chunk)) {
      const record = JSON.parse(line) as TestRecord;
      records.push(record);
      const took = (record.durationMs / 1000).toFixed(1).padStart(6);
      console.log(`${record.outcome.padEnd(7)} ${took} s  ${record.name}`);
    }
  });
  // The end of the tests ends their labs, whose guards remove the namespaces.
  const timer = setTimeout(() => child.kill('SIGKILL'), limitMs);
  return new Promise((resolve) => {
    child.once('close', (code, signal) => {
      clearTimeout(timer);
      resolve({ records, status: code ?? signal ?? 'unknown' });
    });
  });
}

function optionOf(args: readonly string[], option: string): string | undefined {
  return args.find((arg) => arg.startsWith(option))?.slice(option.length);
}

process.exitCode = await main(process.argv.slice(2));

/**
 * `npm run test:vm`: the tests that need a kernel with IPVS (test/vm/*.vm.ts), all in one virtual machine.
 * Node is a dozen times slower there: what runs is bundled here. The last line says
 * `N passed, N failed, N skipped`.
 *
 *   --only=TEXT   only the files whose path contains TEXT
 *   --name=REGEX  only the tests whose name matches
 *   --whole       every configuration beside keepalived, not a third of them, and all files
 *   --limit=N     seconds for all of it, 2700 where absent
 *
 * A guest that falls silent is stopped and says what it was doing. With CI=true a second one decides:
 * of some fifty runs one ended so.
 */
import { execFileSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { type BuildOptions, build } from 'esbuild';
import { LineSplitter } from '../src/base/line-splitter.ts';
import { printTally } from './tally.ts';
import type { TestRecord } from './test-reporter.ts';
import { type GuestResult, runInGuest } from './vm/machine.ts';

const FOLDER = 'test/vm';
const BUNDLES = 'dist/vm';
/** They compare moments, and want a machine that has nothing else to do. */
const WHOLE_ONLY = ['times.vm.ts'];
const LIMIT_SECONDS = 2700;
/** Configurations beside keepalived are reported in their order, six at work at a time. */
const QUIET_MS = 300_000;
const LINE_CHARACTERS_MAX = 100_000;

async function main(args: readonly string[]): Promise<number> {
  const only = optionOf(args, '--only=') ?? '';
  const name = optionOf(args, '--name=');
  const files = readdirSync(FOLDER)
    .filter((file) => file.endsWith('.vm.ts'))
    .filter((file) => only !== '' || args.includes('--whole') || !WHOLE_ONLY.includes(file))
    .map((file) => join(FOLDER, file))
    .filter((file) => file.includes(only))
    .sort();
  execFileSync(process.execPath, ['tools/build.mjs'], { stdio: 'inherit' });
  await bundle(files);
  const pattern = name === undefined ? '' : ` '--test-name-pattern=${name.replaceAll("'", '.')}'`;
  const reporter = `--test-reporter=./${BUNDLES}/reporter.mjs --test-reporter-destination=stdout`;
  const whole = args.includes('--whole') ? 'WHOLE_CORPUS=1' : '';
  const run = () =>
    runSuite(
      `${whole} node --enable-source-maps ${reporter}${pattern} ${BUNDLES}/suite.mjs`,
      Number(optionOf(args, '--limit=') ?? LIMIT_SECONDS) * 1000,
    );
  let ended = await run();
  const [stuck, found] = [ended.problem, ended.tests.some(({ outcome }) => outcome === 'failed')];
  if (stuck !== undefined && !stuck.startsWith('SIG') && !found && process.env.CI === 'true') {
    console.log(`${stuck}\nthe guest did not come to its end: a second one decides`);
    ended = await run();
  }
  const { tests, status, problem } = ended;
  return printTally(tests, status, problem === undefined ? [] : [problem]);
}

async function runSuite(
  script: string,
  limitMs: number,
): Promise<GuestResult & { readonly tests: readonly TestRecord[] }> {
  const tests: TestRecord[] = [];
  const lines = new LineSplitter(LINE_CHARACTERS_MAX);
  const result = await runInGuest({
    script,
    limitMs,
    quietMs: QUIET_MS,
    modules: ['ip_vs'],
    records: (text) => {
      for (const line of lines.push(text)) {
        const record = JSON.parse(line) as TestRecord;
        tests.push(record);
        const took = (record.durationMs / 1000).toFixed(1).padStart(6);
        console.log(`${record.outcome.padEnd(7)} ${took} s  ${record.name}`);
      }
    },
  });
  return { ...result, tests };
}

async function bundle(files: readonly string[]): Promise<void> {
  const common: BuildOptions = {
    bundle: true,
    platform: 'node',
    target: 'node20',
    format: 'esm',
    external: ['koffi', 'esbuild', 'tsx'],
    sourcemap: 'linked',
    logLevel: 'warning',
  };
  const contents = files.map((file) => `import './${file}';`).join('\n');
  await build({
    ...common,
    stdin: { contents, resolveDir: '.', loader: 'ts' },
    outfile: `${BUNDLES}/suite.mjs`,
  });
  await build({
    ...common,
    entryPoints: {
      reporter: 'tools/test-reporter.ts',
      'host-worker': 'test/balance/host-worker.ts',
    },
    outdir: BUNDLES,
    outExtension: { '.js': '.mjs' },
  });
}

function optionOf(args: readonly string[], option: string): string | undefined {
  return args.find((arg) => arg.startsWith(option))?.slice(option.length);
}

process.exitCode = await main(process.argv.slice(2));

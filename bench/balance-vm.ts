/**
 * What needs IPVS, in the virtual machine of the tests: bench/balance.ts there, which measures IPVS where the
 * kernel has it, and the start with ten thousand real servers beside keepalived's. Nothing there is as
 * fast as outside: ratios count.
 */
import { execFileSync } from 'node:child_process';
import { build } from 'esbuild';
import { runInGuest } from '../tools/vm/machine.ts';

const LIMIT_MS = 1_500_000;
const folder = 'dist/vm';

execFileSync(process.execPath, ['tools/build.mjs'], { stdio: 'inherit' });
await build({
  bundle: true,
  platform: 'node',
  target: 'node20',
  format: 'esm',
  external: ['koffi'],
  sourcemap: 'linked',
  logLevel: 'warning',
  entryPoints: { balance: 'bench/balance.ts' },
  outdir: folder,
  outExtension: { '.js': '.mjs' },
});
const words = process.argv.slice(2).map((word) => `'${word.replaceAll("'", '.')}'`);
const { status, problem } = await runInGuest({
  script: `node --enable-source-maps ${folder}/balance.mjs ${words.join(' ')}`,
  limitMs: LIMIT_MS,
  modules: ['ip_vs'],
});
if (problem !== undefined) console.error(`vm: ${problem}`);
process.exitCode = status ?? 1;

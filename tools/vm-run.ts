/**
 * `npm run vm -- COMMAND...`: one command in the virtual machine of the tests (tools/vm), say
 * `npm run vm -- ipvsadm -ln`. Its exit status is the command's; 125: the machine itself failed.
 */
import { runInGuest } from './vm/machine.ts';

const LIMIT_MS = 300_000;

const words = process.argv.slice(2);
if (words.length === 0) {
  console.error('usage: npm run vm -- COMMAND [ARGUMENT...]');
  process.exitCode = 125;
} else {
  const script = words.map((word) => `'${word.replaceAll("'", `'\\''`)}'`).join(' ');
  const { status, problem } = await runInGuest({ script, limitMs: LIMIT_MS, modules: ['ip_vs'] });
  if (problem !== undefined) console.error(`vm: ${problem}`);
  process.exitCode = status ?? 125;
}

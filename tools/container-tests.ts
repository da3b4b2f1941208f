/**
 * `npm run test:containers`: builds the images and runs what the seeds run (test/containers/*.ct.ts), each host a
 * network namespace. As root; four minutes, the first time some ten.
 *
 *   --only=TEXT   only the files whose path contains TEXT
 *   --no-build    with the images of the last time
 */
import { spawnSync } from 'node:child_process';
import { MACHINE, makeMachine } from './containers/machine.ts';
import { makeManaged } from './containers/managed.ts';

const PROGRAMS = ['debootstrap', 'flock', 'ip', 'nsenter', 'setpriv', 'unshare'];
const LIMIT_MS = 1_500_000;

function main(args: readonly string[]): number {
  const missing = PROGRAMS.filter((name) => spawnSync('which', [name]).status !== 0);
  if (process.getuid?.() !== 0 || missing.length > 0) {
    const what = missing.length > 0 ? `: ${missing.join(', ')}` : '';
    process.stderr.write(`this needs root and programs${what}\n`);
    return 1;
  }
  makeMachine((text) => console.log(text));
  makeManaged((text) => console.log(text));
  const inside = [
    // Ends with this process, and all that is in it with it.
    ...['setpriv', '--pdeathsig', 'KILL'],
    ...['unshare', '--mount', '--pid', '--fork', '--kill-child', '--mount-proc'],
    ...['bash', 'tools/containers/inside.sh', MACHINE],
    ...[process.execPath, '--import', 'tsx', 'tools/containers/run.ts', ...args],
  ];
  const [program = '', ...rest] = inside;
  const limits = { timeout: LIMIT_MS, killSignal: 'SIGKILL' } as const;
  return spawnSync(program, rest, { stdio: 'inherit', ...limits }).status ?? 1;
}

process.exit(main(process.argv.slice(2)));

/** Other programs, for what they print. */
import { spawnSync } from 'node:child_process';

const LIMIT_MS = 10_000;
const OUTPUT_BYTES_MAX = 64 << 20;
/** Where they are; the PATH of a service may lack the half. */
const FOLDERS = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

export interface Printed {
  readonly kind: 'done' | 'failed' | 'missing';
  readonly stdout: string;
  /** What went wrong, in a line. */
  readonly message: string;
}

export function runProgram(program: string, ...args: readonly string[]): Printed {
  const { stdout, stderr, status, error } = spawnSync(program, args, {
    encoding: 'utf8',
    timeout: LIMIT_MS,
    maxBuffer: OUTPUT_BYTES_MAX,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, LC_ALL: 'C', PATH: `${process.env.PATH ?? ''}:${FOLDERS}` },
  });
  const code = (error as NodeJS.ErrnoException | undefined)?.code;
  if (code === 'ENOENT') {
    return { kind: 'missing', stdout: '', message: `${program} is not installed` };
  }
  const said = (stderr ?? '').trim().split('\n')[0] ?? '';
  if (status === 0 && error === undefined) return { kind: 'done', stdout, message: said };
  const why = said || error?.message || `exit status ${status}`;
  return { kind: 'failed', stdout: stdout ?? '', message: `${program}: ${why}` };
}

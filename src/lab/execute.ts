import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';

export interface CommandResult {
  readonly status: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface ExecuteOptions {
  readonly input?: string;
  readonly env?: NodeJS.ProcessEnv;
  readonly timeoutMs?: number;
}

/** The environment for programs in the lab: ours, without what the test runner put there. */
export function labEnvironment(extra: NodeJS.ProcessEnv = {}): NodeJS.ProcessEnv {
  const { NODE_TEST_CONTEXT: _test, NODE_OPTIONS: _options, ...rest } = process.env;
  // A shell whose place another program has taken leaves it: scripts of holdfast do not get to see it.
  if (rest.SHLVL === '0') delete rest.SHLVL;
  const standard = '/usr/local/sbin:/usr/sbin:/sbin:/usr/bin:/bin';
  const path = rest.PATH === undefined ? standard : `${rest.PATH}:${standard}`;
  return { ...rest, PATH: path, ...extra };
}

/** The commands that run now. */
const running = new Set<number>();

/**
 * Kills the commands that run now, and waits until they are dead: what they were making would appear
 * after it was removed. For the end of the process.
 */
export function killRunningCommands(): void {
  const deadlineMs = Date.now() + 2000;
  for (const pid of running) {
    try {
      process.kill(pid, 'SIGKILL');
    } catch {
      // It has ended by itself.
    }
  }
  const pause = new Int32Array(new SharedArrayBuffer(4));
  for (const pid of running) {
    while (isRunning(pid) && Date.now() < deadlineMs) Atomics.wait(pause, 0, 0, 1);
  }
}

/** A process that has ended stays a zombie until the event loop, which stands still, learns of it. */
function isRunning(pid: number): boolean {
  try {
    return !/\) [ZX] /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false;
  }
}

/**
 * Runs a command to its end. It lives in a session of its own: Ctrl-C in the terminal reaches the
 * lab alone, which then ends everything in order.
 */
export function execute(
  argv: readonly string[],
  options: ExecuteOptions = {},
): Promise<CommandResult> {
  const [command = '', ...args] = argv;
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      detached: true,
      env: options.env ?? labEnvironment(),
      stdio: 'pipe',
      ...(options.timeoutMs === undefined ? {} : { timeout: options.timeoutMs }),
      killSignal: 'SIGKILL',
    });
    const { pid } = child;
    if (pid !== undefined) {
      running.add(pid);
      child.once('exit', () => running.delete(pid));
    }
    const stdout: Buffer[] = [];
    const stderr: Buffer[] = [];
    child.stdout.on('data', (chunk: Buffer) => stdout.push(chunk));
    child.stderr.on('data', (chunk: Buffer) => stderr.push(chunk));
    // A command that ends without reading its input is not an error.
    child.stdin.on('error', () => {});
    child.stdin.end(options.input ?? '');
    child.once('error', reject);
    child.once('close', (status, signal) => {
      const text = (chunks: readonly Buffer[]) => Buffer.concat(chunks).toString();
      resolve({ status, signal, stdout: text(stdout), stderr: text(stderr) });
    });
  });
}

/** Runs a command that must succeed. */
export async function executeOrThrow(
  argv: readonly string[],
  options: ExecuteOptions = {},
): Promise<string> {
  const result = await execute(argv, options);
  if (result.status !== 0) {
    const end = result.signal ?? `status ${result.status}`;
    throw new Error(`${argv.join(' ')}: ${end}: ${result.stderr.trim()}`);
  }
  return result.stdout;
}

/** Commands on other hosts by the system's own ssh: its keys, its configuration, its known hosts. */
import { spawn } from 'node:child_process';

export interface RemoteResult {
  /** Undefined where ssh was ended by a signal or could not be started. */
  readonly status: number | undefined;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RemoteOptions {
  /** `ssh` and its own arguments. */
  readonly ssh: readonly string[];
  readonly user: string;
}

/** ssh's own status for what it could not do itself. */
const SSH_FAILED = 255;

export class Remote {
  readonly #options: RemoteOptions;

  constructor(options: RemoteOptions) {
    this.#options = options;
  }

  /** Runs a script of sh there; `localInput` is the command whose output it reads. */
  async run(
    address: string,
    script: string,
    localInput?: readonly string[],
  ): Promise<RemoteResult> {
    const [program = 'ssh', ...own] = this.#options.ssh;
    const argv = [
      ...[...own, '-o', 'BatchMode=yes', '-o', 'ConnectTimeout=10', '-l', this.#options.user],
      ...[address, '--', `sh -c ${quote(script)}`],
    ];
    const remote = spawn(program, argv, { stdio: ['pipe', 'pipe', 'pipe'] });
    // Where the other side ends first, its status says why.
    remote.stdin.on('error', () => {});
    const [file, ...args] = localInput ?? [];
    if (file === undefined) remote.stdin.end();
    else {
      const local = spawn(file, args, { stdio: ['ignore', 'pipe', 'inherit'] });
      local.on('error', () => remote.kill());
      local.stdout.pipe(remote.stdin);
    }
    const texts = { stdout: '', stderr: '' };
    for (const name of ['stdout', 'stderr'] as const) {
      remote[name].setEncoding('utf8').on('data', (text: string) => {
        texts[name] += text;
      });
    }
    const status = await new Promise<number | undefined>((resolve) => {
      remote.once('error', () => resolve(undefined));
      remote.once('close', (code) => resolve(code ?? undefined));
    });
    return { status, ...texts };
  }
}

/** Why it failed, in one line. */
export function describeRemoteFailure({ status, stderr }: RemoteResult): string {
  const last = stderr.trim().split('\n').at(-1) ?? '';
  if (status === undefined) return 'ssh could not be run';
  const what = status === SSH_FAILED ? 'ssh failed' : `status ${status}`;
  return last === '' ? what : `${what}: ${last}`;
}

function quote(text: string): string {
  return `'${text.replaceAll("'", String.raw`'\''`)}'`;
}

import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { TestNamespace } from '../linux/namespaces.ts';

const COMMANDS = {
  keepalived: 'exec keepalived "$@"',
  holdfast: `exec -a keepalived '${process.execPath}' '${resolve('dist/holdfast.cjs')}' "$@"`,
} as const;

export type ProgramName = keyof typeof COMMANDS;

/** Stopping ten thousand servers takes seconds in the guest. */
const END_LIMIT_MS = 90_000;

/** keepalived or holdfast inside a namespace, with health checks alone; its pid files in `folder`. */
export class Program {
  readonly #child: ChildProcess;
  #output = '';

  constructor(name: ProgramName, namespace: TestNamespace, folder: string) {
    const files = [
      '-p',
      `${folder}/all.pid`,
      '-c',
      `${folder}/checker.pid`,
      '-r',
      `${folder}/v.pid`,
    ];
    const options = ['-n', '-l', '-D', '-C', '-f', `${folder}/conf`, ...files];
    const inside = ['netns', 'exec', namespace.name, 'bash', '-c', COMMANDS[name], '-', ...options];
    const child = spawn('ip', inside, { stdio: ['ignore', 'pipe', 'pipe'] });
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (data) => {
        this.#output += data;
      });
    }
    this.#child = child;
  }

  /** Its log. */
  get output(): string {
    return this.#output;
  }

  /** Process ids of its children. */
  children(): readonly number[] {
    const { pid } = this.#child;
    const text = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim();
    return text === '' ? [] : text.split(' ').map(Number);
  }

  kill(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  /** Ends it, and waits until it has ended. Throws where the signal does not end it; SIGKILL then does. */
  end(signal: NodeJS.Signals): Promise<void> {
    const child = this.#child;
    if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve();
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        child.kill('SIGKILL');
        const left = `still there ${END_LIMIT_MS / 1000} s after ${signal}`;
        reject(new Error(`${child.spawnargs.join(' ')}: ${left}\n${this.#output}`));
      }, END_LIMIT_MS);
      child.once('exit', () => {
        clearTimeout(timer);
        resolve();
      });
      child.kill(signal);
    });
  }
}

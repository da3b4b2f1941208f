/** kubectl as the way to the cluster: it knows the user's contexts, and how they prove who they are. */
import { spawn } from 'node:child_process';

/** What kubectl has said where it did not do it. */
export class KubectlError extends Error {}

const OUTPUT_BYTES_MAX = 64 << 20;

export class Kubectl {
  readonly #flags: readonly string[];

  /** `flags`: its global ones, such as `--context=NAME`. */
  constructor(flags: readonly string[]) {
    this.#flags = flags;
  }

  /** Of `get KIND -o json`; rejects with a KubectlError. */
  async get(...words: readonly string[]): Promise<unknown> {
    const { status, stdout, stderr } = await this.#run(['get', ...words, '-o', 'json'], 'read');
    if (status !== 0) throw new KubectlError(stderr.trim() || `kubectl ended with ${status}`);
    if (stdout.trim() === '') return undefined;
    try {
      return JSON.parse(stdout);
    } catch {
      throw new KubectlError(`kubectl get ${words.join(' ')}: what it printed is not JSON`);
    }
  }

  /** A command in a container, whose output is the user's; resolves with its exit code. */
  async exec(
    { namespace, pod, container }: { namespace: string; pod: string; container: string },
    command: readonly string[],
  ): Promise<number> {
    const where = ['exec', '--namespace', namespace, pod, '--container', container];
    return (await this.#run([...where, '--', ...command], 'show')).status;
  }

  /** `read`: what it prints is kept; `show`: it is the user's. */
  #run(
    words: readonly string[],
    output: 'read' | 'show',
  ): Promise<{ readonly status: number; readonly stdout: string; readonly stderr: string }> {
    return new Promise((resolve, reject) => {
      const stdio = output === 'read' ? 'pipe' : 'inherit';
      const child = spawn('kubectl', [...this.#flags, ...words], {
        stdio: ['ignore', stdio, stdio],
      });
      let [stdout, stderr] = ['', ''];
      child.stdout?.setEncoding('utf8').on('data', (text: string) => {
        stdout += text;
        if (stdout.length > OUTPUT_BYTES_MAX) child.kill();
      });
      child.stderr?.setEncoding('utf8').on('data', (text: string) => {
        stderr += text;
      });
      child.on('error', ({ message }) => {
        reject(new KubectlError(`kubectl cannot be run: ${message}`));
      });
      child.on('close', (code) => resolve({ status: code ?? 1, stdout, stderr }));
    });
  }
}

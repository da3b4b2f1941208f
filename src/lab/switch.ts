import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { labEnvironment } from './execute.ts';

/**
 * The switch that all hosts are plugged into: bridges in a namespace of their own, worked by one
 * `ip -batch` that stays, so that pulling a cable takes a fraction of a millisecond.
 */
export class Switch {
  readonly #child: ChildProcessWithoutNullStreams;
  /** Those who wait for the line that says that all orders before it were carried out. */
  readonly #waiting: { resolve(): void; reject(error: Error): void }[] = [];
  #errors = '';

  constructor(namespace: string) {
    const script = `
      echo 1 > /proc/sys/net/ipv6/conf/default/disable_ipv6
      exec ip -o -force -batch -`;
    this.#child = spawn('nsenter', [`--net=/run/netns/${namespace}`, 'sh', '-c', script], {
      detached: true,
      env: labEnvironment(),
      cwd: '/',
    });
    createInterface({ input: this.#child.stdout }).on('line', () => {
      const waiter = this.#waiting.shift();
      if (this.#errors === '') waiter?.resolve();
      else waiter?.reject(new Error(`switch: ${this.#errors.trim()}`));
      this.#errors = '';
    });
    this.#child.stderr.on('data', (chunk: Buffer) => {
      this.#errors += chunk.toString();
    });
    this.#child.stdin.on('error', () => {});
    const fail = (): void => {
      for (const waiter of this.#waiting.splice(0)) waiter.reject(new Error('the switch is gone'));
    };
    this.#child.once('error', fail);
    this.#child.once('exit', fail);
  }

  /** Carries out orders of `ip`, and resolves when the kernel has done so. */
  order(lines: readonly string[]): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ resolve, reject });
      this.#child.stdin.write(`${lines.join('\n')}\nlink show dev lo\n`);
    });
  }

  kill(): void {
    this.#child.kill('SIGKILL');
  }
}

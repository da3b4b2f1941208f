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

  constructor(namespace: string) {
    const script = `
      echo 1 > /proc/sys/net/ipv6/conf/default/disable_ipv6
      exec ip -o -force -batch - 2>&1`;
    this.#child = spawn('nsenter', [`--net=/run/netns/${namespace}`, 'sh', '-c', script], {
      detached: true,
      env: labEnvironment(),
      cwd: '/',
    });
    // What an order complains of comes before the line that follows the order.
    let complaints: string[] = [];
    createInterface({ input: this.#child.stdout }).on('line', (line) => {
      if (!line.startsWith('1: lo: ')) {
        complaints.push(line);
        return;
      }
      const waiter = this.#waiting.shift();
      if (complaints.length === 0) waiter?.resolve();
      else waiter?.reject(new Error(`switch: ${complaints.join(' ')}`));
      complaints = [];
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
    const isGone = this.#child.exitCode !== null || this.#child.signalCode !== null;
    if (isGone) return Promise.reject(new Error('the switch is gone'));
    return new Promise((resolve, reject) => {
      this.#waiting.push({ resolve, reject });
      this.#child.stdin.write(`${lines.join('\n')}\nlink show dev lo\n`);
    });
  }

  kill(): void {
    this.#child.kill('SIGKILL');
  }
}

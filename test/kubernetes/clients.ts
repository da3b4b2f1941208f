import { setTimeout as sleep } from 'node:timers/promises';
import type { Host } from '../../src/lab/host.ts';
import type { HostProcess } from '../../src/lab/host-process.ts';
import type { Kubernetes } from './server.ts';

const WRITE_PAUSE_MS = 200;
const WRITE_LIMIT = '5s';
const LIMIT_MS = 120_000;

/** Writes a ConfigMap's counter, one value after the other, each as often as it takes. */
export class Writer {
  /** The last value that an API server has taken. */
  written = 0;
  failures = 0;
  readonly #kubernetes: Kubernetes;
  readonly #host: Host;
  readonly #url: string;
  #isOver = false;
  #work: Promise<void> = Promise.resolve();

  constructor(kubernetes: Kubernetes, host: Host, url: string) {
    this.#kubernetes = kubernetes;
    this.#host = host;
    this.#url = url;
  }

  async start(): Promise<void> {
    const create = ['create', 'configmap', 'counter', '--from-literal=value=0'];
    await this.#kubernetes.kubectl(this.#host, this.#url, create);
    this.#work = this.#run();
  }

  /** Waits until so many more values were taken. */
  async writes(count: number): Promise<void> {
    const wanted = this.written + count;
    for (const end = Date.now() + LIMIT_MS; this.written < wanted; await sleep(WRITE_PAUSE_MS)) {
      if (Date.now() > end) throw new Error(`the writer stopped at ${this.written}`);
    }
  }

  async stop(): Promise<void> {
    this.#isOver = true;
    await this.#work;
  }

  async #run(): Promise<void> {
    while (!this.#isOver) {
      const patch = JSON.stringify({ data: { value: String(this.written + 1) } });
      const { status } = await this.#kubernetes.tryKubectl(this.#host, this.#url, [
        ...['patch', 'configmap', 'counter', '--type=merge', '--patch', patch],
        `--request-timeout=${WRITE_LIMIT}`,
      ]);
      if (status === 0) this.written += 1;
      else this.failures += 1;
      await sleep(WRITE_PAUSE_MS);
    }
  }
}

/** `kubectl get -w` of that counter, typed again when it ends, as a person would. */
export class Watcher {
  /** All values, as they came. */
  readonly seen: number[] = [];
  /** How often it had to be typed. */
  started = 0;
  readonly #kubernetes: Kubernetes;
  readonly #host: Host;
  readonly #url: string;
  #isOver = false;
  #kubectl: HostProcess | undefined;
  #work: Promise<void> = Promise.resolve();

  constructor(kubernetes: Kubernetes, host: Host, url: string) {
    this.#kubernetes = kubernetes;
    this.#host = host;
    this.#url = url;
  }

  start(): void {
    this.#work = this.#run();
  }

  /** Waits until it has seen the value, or a later one: one that was typed again begins with what is there. */
  async sees(value: number): Promise<void> {
    for (const end = Date.now() + LIMIT_MS; (this.seen.at(-1) ?? -1) < value; await sleep(100)) {
      if (Date.now() > end) {
        throw new Error(
          `the watch saw ${this.seen.at(-1)}, not ${value}\n${this.#kubectl?.tail()}`,
        );
      }
    }
  }

  async stop(): Promise<void> {
    this.#isOver = true;
    this.#kubectl?.signal('SIGKILL');
    await this.#work;
  }

  async #run(): Promise<void> {
    const path = 'custom-columns=VALUE:.data.value';
    const args = ['get', 'configmap', 'counter', '-w', '--no-headers', '-o', path];
    while (!this.#isOver) {
      this.started += 1;
      this.#kubectl = await this.#host.spawn(this.#kubernetes.kubectlCommand(this.#url, args), {
        name: 'kubectl get -w',
        onStdoutLine: (line) => {
          if (/^\d+\s*$/.test(line)) this.seen.push(Number(line));
        },
      });
      await this.#kubectl.exited;
      await sleep(WRITE_PAUSE_MS);
    }
  }
}

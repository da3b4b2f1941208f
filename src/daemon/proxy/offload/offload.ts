/** Frontends that the kernel carries: told of servers, and counted (`option holdfast-offload`). */
import type { ChildProcess } from 'node:child_process';
import type { ProxyConfig, ProxySection } from '../../../config/model/proxy.ts';
import { Absorption } from '../../../core/proxy/offload/absorb.ts';
import { offloadObstacles } from '../../../core/proxy/offload/obstacles.ts';
import { type Offloaded, offloadedOf, servicesOf } from '../../../core/proxy/offload/services.ts';
import { complain } from '../load-config.ts';
import { startProgram } from '../program.ts';
import type { ProxyRunOptions } from '../run-options.ts';
import type { ProxyWorker } from '../worker.ts';
import type { OffloadOrder, OffloadReport } from './messages.ts';

const ANSWER_MS = 1000;
const END_MS = 1000;
const AGAIN_AFTER_MS = 1000;

export class Offload {
  readonly #worker: ProxyWorker;
  readonly #options: ProxyRunOptions;
  readonly #offloaded: readonly Offloaded[];
  readonly #absorption = new Absorption();
  #child: ChildProcess | undefined;
  #told = '';
  #question = 0;
  #onCounts: ((question: number | undefined) => void) | undefined;
  #isEnding = false;
  #onEnd: () => void = () => {};

  private constructor(
    worker: ProxyWorker,
    options: ProxyRunOptions,
    offloaded: readonly Offloaded[],
  ) {
    this.#worker = worker;
    this.#options = options;
    this.#offloaded = offloaded;
  }

  /** The worker has one, where there is something to offload; resolves when the kernel carries, or cannot. */
  static async begin(worker: ProxyWorker, options: ProxyRunOptions): Promise<void> {
    for (const { config } of worker.live.proxies) tellObstacles(worker.live.config, config);
    const offloaded = offloadedOf(worker.live);
    if (offloaded.length === 0) return;
    const offload = new Offload(worker, options, offloaded);
    worker.offload = offload;
    await offload.#start();
  }

  /** Tells what has changed of servers and frontends. */
  spread(): void {
    if (this.#isEnding) return;
    const services = this.#offloaded.flatMap(servicesOf);
    const text = JSON.stringify(services);
    if (text === this.#told) return;
    this.#told = text;
    this.#send({ kind: 'services', services });
  }

  /** What the kernel has counted until now is in the counters. */
  async ask(): Promise<void> {
    if (this.#child?.connected !== true) return;
    this.#question += 1;
    const question = this.#question;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, ANSWER_MS);
      this.#onCounts = (answered) => {
        if (answered !== question) return;
        clearTimeout(timer);
        resolve();
      };
      this.#send({ kind: 'ask', question });
    });
  }

  async stopSoftly(): Promise<void> {
    this.#isEnding = true;
    this.#send({ kind: 'stop' });
    await this.#ended();
  }

  async close(): Promise<void> {
    this.#isEnding = true;
    const child = this.#child;
    if (child === undefined) return;
    if (child.connected) child.disconnect();
    const late = setTimeout(() => child.kill('SIGKILL'), END_MS);
    await this.#ended();
    clearTimeout(late);
  }

  #ended(): Promise<void> {
    if (this.#child === undefined) return Promise.resolve();
    return new Promise((resolve) => {
      this.#onEnd = resolve;
    });
  }

  /** Resolves when the kernel carries, or cannot. */
  #start(): Promise<void> {
    const { programName, paths } = this.#options;
    const settings: ProxyRunOptions = { programName, paths, role: 'offloader' };
    const child = startProgram(settings, ['ignore', 'inherit', 'inherit', 'ipc']);
    this.#child = child;
    this.#told = '';
    let isReady = false;
    return new Promise((resolve) => {
      const end = (): void => {
        this.#child = undefined;
        this.#onEnd();
        resolve();
        if (this.#isEnding || !isReady) return;
        complain(
          'what has the kernel carry connections has ended: user space carries them until it is back',
        );
        setTimeout(() => {
          if (!this.#isEnding) void this.#start();
        }, AGAIN_AFTER_MS);
      };
      child.once('error', end);
      child.once('exit', end);
      child.on('message', (report: OffloadReport) => {
        this.#hear(report);
        if (report.kind !== 'ready') return;
        isReady = true;
        this.spread();
        // What is asked now is answered when the services are there.
        void this.ask().then(resolve);
      });
    });
  }

  #hear(report: OffloadReport): void {
    switch (report.kind) {
      case 'trouble':
        complain(`'option holdfast-offload': ${report.text}: user space carries it`);
        return;
      case 'note':
        process.stderr.write(`[NOTICE]   (${process.pid}) : ${report.text}\n`);
        return;
      case 'counts': {
        const { counts, question } = report;
        this.#absorption.absorb(this.#worker.clock.now(), this.#offloaded, counts);
        this.#onCounts?.(question);
        return;
      }
      case 'ready':
    }
  }

  #send(order: OffloadOrder): void {
    if (this.#child?.connected === true) this.#child.send(order, () => {});
  }
}

function tellObstacles(config: ProxyConfig, section: ProxySection): void {
  if (section.kind === 'backend' || !section.options.has('holdfast-offload')) return;
  const without = `'option holdfast-offload' of '${section.name}' does nothing`;
  for (const { line, text } of offloadObstacles(config, section)) {
    const where = `parsing [${section.file}:${line}]`;
    process.stderr.write(`[WARNING]  (${process.pid}) : ${where} : ${without}: ${text}\n`);
  }
}

import { setTimeout as sleep } from 'node:timers/promises';
import type { ProbeOptions, ProbeReport, ProberEvent } from './agent/protocol.ts';
import type { AgentFile } from './agent-file.ts';
import type { Host } from './host.ts';
import type { HostProcess } from './host-process.ts';
import { monotonicMs } from './monotonic.ts';
import { Changes } from './until.ts';

export interface GapOptions {
  /** The host that is to serve afterwards; where absent any other than the one that serves now. */
  readonly to?: string;
  readonly timeoutMs?: number;
  /** For how long the new host alone must have answered before things count as settled. */
  readonly settleMs?: number;
}

const defaultTimeoutMs = 30_000;
const defaultSettleMs = 200;

/** A client that probes a VIP every millisecond, as seen from the lab. */
export class Probe {
  readonly vip: string;
  #agent: HostProcess | undefined;
  #isReady = false;
  #serving: string | undefined;
  #servingSinceMs = 0;
  #holding: readonly string[] = [];
  #holdingSinceMs = monotonicMs();
  #requests = 0;
  readonly #reports = new Map<number, ProbeReport>();
  readonly #changes = new Changes();

  private constructor(vip: string) {
    this.vip = vip;
  }

  static async start(client: Host, agent: AgentFile, options: ProbeOptions): Promise<Probe> {
    const probe = new Probe(options.vip);
    const argv = [process.execPath, agent.file, 'prober', JSON.stringify(options)];
    probe.#agent = await client.spawn(argv, {
      name: 'prober',
      env: agent.env,
      onStdoutLine: (line) => probe.#take(JSON.parse(line) as ProberEvent),
    });
    await probe.#until(() => probe.#isReady || undefined, defaultTimeoutMs, 'the prober to start');
    return probe;
  }

  /** The host that answers the probes now; undefined when none does. */
  get serving(): string | undefined {
    return this.#serving;
  }

  /** The hosts that say that they have the address, as of the last time all were asked. */
  get holding(): readonly string[] {
    return this.#holding;
  }

  /** Calls back after every change of `serving` or `holding`, until the returned function is called. */
  onChange(callback: () => void): () => void {
    return this.#changes.subscribe(callback);
  }

  /** Waits until `host`, or any host, answers. Resolves to its name. */
  waitForService(
    options: { readonly host?: string; readonly timeoutMs?: number } = {},
  ): Promise<string> {
    const { host, timeoutMs = defaultTimeoutMs } = options;
    return this.#until(
      () => (host === undefined || this.#serving === host ? this.#serving : undefined),
      timeoutMs,
      `${host ?? 'a host'} to answer`,
    );
  }

  /** Waits until exactly the host that serves has said for a while that it has the address. */
  async settle(options: GapOptions = {}): Promise<void> {
    const { settleMs = defaultSettleMs, timeoutMs = defaultTimeoutMs } = options;
    const deadlineMs = monotonicMs() + timeoutMs;
    for (;;) {
      await this.#until(
        () => this.#isSettled() || undefined,
        deadlineMs - monotonicMs(),
        'one host to hold the address',
      );
      const restMs = this.#settledSinceMs() + settleMs - monotonicMs();
      if (restMs <= 0) return;
      await sleep(restMs);
    }
  }

  /** What the client saw between two instants of `monotonicMs`. */
  async report(range: { readonly fromMs: number; readonly toMs: number }): Promise<ProbeReport> {
    const request = ++this.#requests;
    this.#agent?.write(`${JSON.stringify({ kind: 'report', request, ...range })}\n`);
    const report = await this.#until(
      () => this.#reports.get(request),
      defaultTimeoutMs,
      'the report of the prober',
    );
    this.#reports.delete(request);
    return report;
  }

  /**
   * Does something to the VIP's holder, waits until another host serves and all has settled, and
   * tells what the client saw meanwhile.
   */
  async gapAround(action: () => unknown, options: GapOptions = {}): Promise<ProbeReport> {
    const { to, timeoutMs = defaultTimeoutMs } = options;
    const fromMs = monotonicMs();
    const old = this.#serving;
    await action();
    const isDone = (): boolean => {
      // The same host has begun to serve anew only where service broke off in between.
      if (this.#serving === undefined || this.#servingSinceMs < fromMs) return false;
      return to === undefined ? this.#serving !== old : this.#serving === to;
    };
    const goal = `${to ?? `a host other than ${old}`} to serve`;
    await this.#until(() => isDone() || undefined, timeoutMs, goal);
    await this.settle(options);
    return this.report({ fromMs, toMs: monotonicMs() });
  }

  async stop(): Promise<void> {
    this.#agent?.endInput();
    await this.#agent?.exited;
  }

  #isSettled(): boolean {
    return this.#holding.length === 1 && this.#holding[0] === this.#serving;
  }

  #settledSinceMs(): number {
    return Math.max(this.#holdingSinceMs, this.#servingSinceMs);
  }

  #until<Value>(examine: () => Value | undefined, timeoutMs: number, goal: string): Promise<Value> {
    const failIfDead = (): void => {
      if (this.#agent?.end !== undefined) {
        throw new Error(`the prober of ${this.vip} has ended\n${this.#agent.tail()}`);
      }
    };
    return this.#changes.until(
      () => {
        failIfDead();
        return examine();
      },
      {
        timeoutMs,
        describe: () =>
          `waited for ${goal}; ${this.vip} is served by ${this.#serving ?? 'nobody'}, ` +
          `held by ${this.#holding.join(' and ') || 'nobody'}`,
      },
    );
  }

  #take(event: ProberEvent): void {
    switch (event.kind) {
      case 'ready':
        this.#isReady = true;
        break;
      case 'failed':
        throw new Error(`the prober of ${this.vip}: ${event.message}`);
      case 'serving':
        this.#serving = event.host;
        this.#servingSinceMs = event.atMs;
        break;
      case 'silent':
        this.#serving = undefined;
        break;
      case 'holding':
        this.#holding = event.hosts;
        this.#holdingSinceMs = event.atMs;
        break;
      case 'report':
        this.#reports.set(event.request, event.report);
        break;
    }
    this.#changes.notify();
  }
}

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { Host } from '../../src/lab/host.ts';
import type { HostProcess } from '../../src/lab/host-process.ts';
import { monotonicMs } from '../../src/lab/monotonic.ts';
import { createNetwork, type Network } from '../../src/lab/network.ts';
import type { Program } from '../../src/lab/programs.ts';
import { testNamespace } from '../../tools/sweep.ts';
import type { Station } from './modes.ts';
import { addStatistics, askStatistics, type Statistics } from './statistics.ts';

/** An address to be watched, and the virtual router that it belongs to. */
export interface Watched {
  readonly name: string;
  readonly vip: string;
}

/** The sets of hosts, each by its letters, any of which may have an address; by virtual router. */
export type Expectation = ReadonlyMap<string, readonly string[]>;

export interface CastOptions {
  readonly name: string;
  /** Host, called by one letter → what runs on it. */
  readonly programs: Readonly<Record<string, Program>>;
  readonly groups: readonly Watched[];
  /** The keepalived.conf of one of the stations. */
  readonly configOf: (self: Station, stations: readonly Station[]) => string;
}

const limitMs = 30_000;

/** A network of its own on which one distribution of the programs plays the scenario. */
export class Cast {
  readonly name: string;
  readonly groups: readonly Watched[];
  /** By host, the sums over all daemons that ran there. */
  readonly statistics = new Map<string, Statistics>();
  /** All daemons that ever ran, with what they logged. */
  readonly daemons: { readonly host: string; readonly program: Program; process: HostProcess }[] =
    [];
  readonly #options: CastOptions;
  readonly #network: Network;
  readonly #asker: HostProcess;
  readonly #running = new Map<string, HostProcess>();

  private constructor(options: CastOptions, network: Network, asker: HostProcess) {
    this.name = options.name;
    this.groups = options.groups;
    this.#options = options;
    this.#network = network;
    this.#asker = asker;
  }

  static async create(options: CastOptions): Promise<Cast> {
    const network = await createNetwork({
      prefix: testNamespace(`${options.name}-`),
      hosts: Object.keys(options.programs).map((name) => ({ name })),
    });
    try {
      const asker = await network.client.spawn(
        [
          ...[process.execPath, '--import', import.meta.resolve('tsx')],
          ...[fileURLToPath(new URL('asker.ts', import.meta.url)), 'eth0'],
        ],
        { name: 'asker' },
      );
      await asker.logContains('ready', { timeoutMs: limitMs });
      return new Cast(options, network, asker);
    } catch (error) {
      await network.destroy();
      throw error;
    }
  }

  destroy(): Promise<void> {
    return this.#network.destroy();
  }

  async start(...names: string[]): Promise<void> {
    await Promise.all(
      names.map(async (name) => {
        const program = this.#options.programs[name] ?? 'keepalived';
        const stations = this.#network.hosts.map((host, index) => ({
          index,
          name: host.name,
          address: (family: 4 | 6) => host.address(family),
        }));
        const self = stations.find((station) => station.name === name) as Station;
        const config = this.#options.configOf(self, stations);
        const process = await this.#host(name).start({ program, config });
        this.#running.set(name, process);
        this.daemons.push({ host: name, program, process });
      }),
    );
  }

  /** The daemon dies with all its processes, and can say or tidy up nothing. */
  async crash(name: string): Promise<void> {
    const daemon = await this.#takeDown(name);
    // The children are stopped first: none may notice that its parent dies, and act on it.
    const children = childrenOf(daemon.pid);
    for (const pid of children) process.kill(pid, 'SIGSTOP');
    for (const pid of [daemon.pid, ...children]) process.kill(pid, 'SIGKILL');
    await daemon.exited;
  }

  async stop(...names: string[]): Promise<void> {
    await Promise.all(
      names.map(async (name) => {
        const daemon = await this.#takeDown(name);
        const end = await daemon.stop({ timeoutMs: limitMs });
        assert.equal(end.status, 0, `${this.name}: ${daemon.name} ended with\n${daemon.tail()}`);
      }),
    );
  }

  async powerOff(...names: string[]): Promise<void> {
    await Promise.all(names.map((name) => this.#takeDown(name)));
    await Promise.all(names.map((name) => this.#host(name).powerOff()));
  }

  async powerOn(...names: string[]): Promise<void> {
    await Promise.all(names.map((name) => this.#host(name).powerOn()));
    await this.start(...names);
  }

  setCable(state: 'plugged' | 'pulled', name: string): Promise<void> {
    return this.#host(name).setCable(state);
  }

  /** Keeps the hosts from hearing one another, while the client hears all; their carriers stay. */
  async setIsolation(state: 'isolated' | 'connected'): Promise<void> {
    await Promise.all(this.#network.hosts.map((host) => host.setIsolation(state)));
  }

  /** Adds what the daemons that run have counted to the statistics. */
  async countUp(...names: string[]): Promise<void> {
    for (const name of names) {
      const daemon = this.#running.get(name);
      assert(daemon, `${this.name}: nothing runs on ${name}`);
      const counted = await askStatistics(this.#host(name), daemon, this.groups.length);
      const total = this.statistics.get(name) ?? new Map();
      this.statistics.set(name, total);
      addStatistics(total, counted);
    }
  }

  /** Waits until every address is where it shall be, and has been for a moment. */
  async waitForHolders(expected: Expectation): Promise<void> {
    const steadyMs = 500;
    for (;;) {
      await this.#network.changes.until(() => this.#misplaced(expected).length === 0 || undefined, {
        timeoutMs: limitMs,
        describe: () => this.#describe(this.#misplaced(expected), expected),
      });
      const sinceMs = monotonicMs();
      let moved = false;
      const unsubscribe = this.#network.changes.subscribe(() => {
        moved ||= this.#misplaced(expected).length > 0;
      });
      while (!moved && monotonicMs() - sinceMs < steadyMs) await sleep(50);
      unsubscribe();
      if (!moved) return;
    }
  }

  /** Asks from the client who has the addresses, until the answers are what the kernels hold. */
  async checkAnswers(): Promise<void> {
    const hosts = new Map<string, string>(
      this.#network.hosts.map((host) => [host.interface.mac, host.name]),
    );
    const deadlineMs = monotonicMs() + limitMs;
    for (;;) {
      const afterMs = monotonicMs();
      this.#asker.write(`${JSON.stringify(this.groups.map((group) => group.vip))}\n`);
      const line = await this.#asker.logContains(/^\{/, { timeoutMs: limitMs, afterMs });
      const claims = JSON.parse(line.text) as Record<string, string[]>;
      const wrong = this.groups.flatMap((group) => {
        const claimed = claims[group.vip]?.map((mac) => hosts.get(mac) ?? mac) ?? [];
        const answers = claimed.sort().join('');
        const holders = this.#holdersOf(group);
        return answers === holders ? [] : [`${group.name}: on ${holders}, answered by ${answers}`];
      });
      if (wrong.length === 0) return;
      if (monotonicMs() > deadlineMs) assert.fail(`${this.name}:\n${wrong.join('\n')}`);
    }
  }

  #holdersOf(group: Watched): string {
    const { hosts } = this.#network;
    return hosts
      .filter((host) => host.holds(group.vip))
      .map((host) => host.name)
      .sort()
      .join('');
  }

  #misplaced(expected: Expectation): Watched[] {
    return this.groups.filter(
      (group) => !expected.get(group.name)?.includes(this.#holdersOf(group)),
    );
  }

  #host(name: string): Host {
    const found = this.#network.hosts.find((host) => host.name === name);
    assert(found, `there is no host ${name}`);
    return found;
  }

  /** The end of a daemon's life begins: what it has counted is kept. */
  async #takeDown(name: string): Promise<HostProcess> {
    const daemon = this.#running.get(name);
    assert(daemon, `${this.name}: nothing runs on ${name}`);
    assert.equal(daemon.end, undefined, `${this.name}: ${daemon.name} has ended\n${daemon.tail()}`);
    await this.countUp(name);
    this.#running.delete(name);
    return daemon;
  }

  /** Where they are and shall be, and what the daemons have logged of them, the lines of all hosts in their order. */
  #describe(misplaced: readonly Watched[], expected: Expectation): string {
    const places = misplaced.map((group) => {
      const goal = expected.get(group.name)?.join(' or ') || 'nobody';
      return `${group.name} is on ${this.#holdersOf(group) || 'nobody'}, expected on ${goal}`;
    });
    const lines = [...this.#running].flatMap(([host, daemon]) =>
      daemon.log
        .filter(({ text }) => misplaced.some(({ name }) => text.includes(`(${name}) `)))
        .filter(({ text }) => !/gratuitous|unsolicited/.test(text))
        .map(({ atMs, text }) => ({ atMs, text: `${host}: ${text}` })),
    );
    const last = lines.sort((one, other) => one.atMs - other.atMs).slice(-40);
    const log = last.map(({ atMs, text }) => `${(atMs / 1000).toFixed(3)} ${text}`);
    return [`${this.name}:`, ...places, ...log].join('\n');
  }
}

function childrenOf(pid: number): number[] {
  return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8')
    .split(' ')
    .map(Number)
    .filter((child) => child > 0);
}

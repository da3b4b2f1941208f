import { createLab, type Lab } from './lab.ts';
import { monotonicMs } from './monotonic.ts';
import { layOver, makeCertificate, startProxy } from './planned-host.ts';
import type { Probe } from './probe.ts';
import {
  countFailovers,
  type Scenario,
  type ScenarioEvent,
  type ScenarioOutcome,
  type StepResult,
} from './scenario.ts';
import { TimeoutError } from './until.ts';

/** How long a state must last to be told of. */
const steadyMs = 25;

/** A busy machine: what is measured then needs a word of caution. */
const noteworthyStallMs = 20;

export interface RunOptions {
  readonly prefix?: string;
  readonly emit: (event: ScenarioEvent) => void;
  /** Called at the end, while all hosts are up. */
  readonly beforeEnd?: (lab: Lab) => Promise<void>;
}

/**
 * Runs a scenario on real hosts: waits for the VIP, takes the power from its holder until one host
 * is left, gives it back host by host. It waits for what it sees, never for a time.
 */
export async function runScenario(
  scenario: Scenario,
  options: RunOptions,
): Promise<ScenarioOutcome> {
  const { emit } = options;
  for (const mend of scenario.mends) emit({ kind: 'mended', mend });
  const lab = await createLab({
    ...(options.prefix === undefined ? {} : { prefix: options.prefix }),
    hosts: scenario.hosts.map(({ name, interfaces }) => ({ name, interfaces })),
    client: { interfaces: scenario.clientInterfaces },
  });
  try {
    const run = new ScenarioRun(scenario, lab, emit);
    const outcome = await run.run();
    await options.beforeEnd?.(lab);
    return outcome;
  } finally {
    await lab.destroy();
  }
}

class ScenarioRun {
  readonly #scenario: Scenario;
  readonly #lab: Lab;
  readonly #emit: (event: ScenarioEvent) => void;
  readonly #results: StepResult[] = [];
  readonly #problems: string[] = [];

  constructor(scenario: Scenario, lab: Lab, emit: (event: ScenarioEvent) => void) {
    this.#scenario = scenario;
    this.#lab = lab;
    this.#emit = emit;
  }

  async run(): Promise<ScenarioOutcome> {
    const { vip, limitMs } = this.#scenario;
    await this.#install();
    const probe = await this.#lab.probe(vip);
    const startedMs = monotonicMs();
    const forget = probe.onChange(this.#reporter(probe, startedMs));
    const off: string[] = [];
    try {
      this.#emit({ kind: 'step-begun', step: 'start' });
      await Promise.all(this.#lab.hosts.map((host) => this.#startDaemon(host.name)));
      await probe.waitForService({ timeoutMs: limitMs });
      await this.#settleAtHome(probe);
      await this.#record('VIP up', undefined, probe, startedMs);
      while (off.length < this.#lab.hosts.length - 1) {
        const holder = await probe.waitForService({ timeoutMs: limitMs });
        await this.#powerOffHolder(holder, probe);
        off.push(holder);
      }
      for (const name of off.reverse()) await this.#powerOn(name, probe);
    } catch (error) {
      if (!(error instanceof TimeoutError)) throw error;
      this.#problems.push(error.message);
    } finally {
      forget();
    }
    const { home } = this.#scenario;
    if (this.#problems.length === 0 && home !== undefined && probe.serving !== home) {
      this.#problems.push(`${vip} is with ${probe.serving ?? 'nobody'} in the end, not ${home}`);
    }
    const results = this.#results;
    const failovers = countFailovers(results);
    return { kind: 'real', vip, results, failovers, problems: this.#problems };
  }

  /** Files, backends, and the daemon as something that starts whenever the power comes on. */
  async #install(): Promise<void> {
    const { vip, httpPort, hosts, proxy } = this.#scenario;
    for (const { name, scripts } of hosts) {
      for (const [path, text] of Object.entries(scripts)) {
        this.#lab.host(name).write(path, text, 0o755);
      }
    }
    const versions = Object.fromEntries(hosts.map(({ name, version }) => [name, version]));
    const tls = proxy?.tls === 'yes' ? await makeCertificate(this.#lab) : undefined;
    await this.#lab.serve({
      ...{ vips: [vip], httpPorts: [httpPort], versions },
      ...(tls !== undefined && { tls }),
    });
    for (const { name, program } of hosts) {
      const host = this.#lab.host(name);
      const [address = ''] = host.interface.addresses;
      const { namespace } = host.plan;
      this.#emit({ kind: 'host-up', host: name, address, program, namespace });
    }
  }

  async #startDaemon(name: string): Promise<void> {
    const planned = this.#scenario.hosts.find((host) => host.name === name);
    if (planned === undefined) return;
    const host = this.#lab.host(name);
    const { proxy } = this.#scenario;
    if (planned.etc !== undefined) await layOver(host, planned.etc);
    if (proxy !== undefined) await startProxy(host, proxy);
    const config = planned.config(host.directory);
    const daemon = await host.start({ program: planned.program, config });
    void daemon.exited.then((end) => {
      if (end.signal === 'SIGKILL') return;
      this.#problems.push(`${daemon.name} ended (status ${end.status})`);
      this.#emit({ kind: 'note', text: `${daemon.name} ended:\n${daemon.tail(10)}` });
    });
  }

  async #powerOffHolder(holder: string, probe: Probe): Promise<void> {
    const { limitMs } = this.#scenario;
    const step = `power off ${holder}`;
    this.#emit({ kind: 'step-begun', step });
    const fromMs = monotonicMs();
    await probe.gapAround(() => this.#lab.host(holder).powerOff(), { timeoutMs: limitMs });
    await this.#record(step, holder, probe, fromMs);
  }

  async #powerOn(name: string, probe: Probe): Promise<void> {
    const step = `power on ${name}`;
    const old = probe.serving;
    this.#emit({ kind: 'step-begun', step });
    const fromMs = monotonicMs();
    const host = this.#lab.host(name);
    await host.powerOn();
    await this.#startDaemon(name);
    const { home, returnLimitMs } = this.#scenario;
    try {
      await probe.waitForService({ host: name, timeoutMs: returnLimitMs });
    } catch (error) {
      if (home !== undefined || !(error instanceof TimeoutError)) throw error;
      this.#emit({ kind: 'note', text: `${name} is back and leaves the VIP where it is` });
    }
    await probe.settle({ timeoutMs: this.#scenario.limitMs });
    await this.#record(step, old, probe, fromMs);
  }

  /** At a start in the same instant the VIP may be with another host first. */
  async #settleAtHome(probe: Probe): Promise<void> {
    const { home, limitMs } = this.#scenario;
    if (home !== undefined) await probe.waitForService({ host: home, timeoutMs: limitMs });
    await probe.settle({ timeoutMs: limitMs });
  }

  async #record(
    step: string,
    oldHolder: string | undefined,
    probe: Probe,
    fromMs: number,
  ): Promise<void> {
    const report = await probe.report({ fromMs, toMs: monotonicMs() });
    if (report.stallMs > noteworthyStallMs) {
      const text = `the prober itself was held up for ${report.stallMs.toFixed(1)} ms`;
      this.#emit({ kind: 'note', text: `${step}: ${text}: gaps are told no finer than that` });
    }
    // A prober that is held up sees nobody for a moment.
    const newHolder = await probe.waitForService({ timeoutMs: this.#scenario.limitMs });
    const served = await this.#fetch();
    const result: StepResult = {
      step,
      oldHolder,
      newHolder,
      gapMs: oldHolder === undefined ? undefined : report.gapMs,
      holdersMax: report.holdersMax,
      overlapMs: report.overlapMs,
      served,
    };
    this.#results.push(result);
    const { hosts, proxy } = this.#scenario;
    // Through a proxy any host's backend may answer.
    const answering = hosts.filter(({ name }) => proxy !== undefined || name === newHolder);
    if (!answering.some(({ version }) => served.startsWith(version))) {
      this.#problems.push(`after "${step}" HTTP through the VIP answered: ${served}`);
    }
    this.#emit({ kind: 'step-done', result });
  }

  /** What the backend behind the VIP says to the client. */
  async #fetch(): Promise<string> {
    const { vip, httpPort, proxy } = this.#scenario;
    const authority = vip.includes(':') ? `[${vip}]` : vip;
    // A proxy tries servers that are off until its checks have found them out.
    const timeoutMs = proxy === undefined ? 5000 : 30_000;
    const script = `
      fetch(process.argv[1], { signal: AbortSignal.timeout(${timeoutMs}) })
        .then((answer) => answer.text())
        .then((text) => process.stdout.write(text.trim()))
        .catch((error) => process.stdout.write(String(error.cause ?? error)));`;
    const scheme = proxy?.tls === 'yes' ? 'https' : 'http';
    const url = `${scheme}://${authority}:${proxy?.frontPort ?? httpPort}/xuxiaowei`;
    // The certificate is the lab's own, made for this run.
    const env = { NODE_TLS_REJECT_UNAUTHORIZED: '0', NODE_NO_WARNINGS: '1' };
    return (await this.#lab.client.run([process.execPath, '-e', script, url], { env })).stdout;
  }

  /** Tells of changes once both views of the client agree, or have differed for a while. */
  #reporter(probe: Probe, startedMs: number): () => void {
    let last = '';
    let timer: NodeJS.Timeout | undefined;
    return () => {
      const { serving, holding } = probe;
      const afterMs = monotonicMs() - startedMs;
      clearTimeout(timer);
      timer = setTimeout(() => {
        const now = `${serving} ${holding.join()}`;
        if (now === last) return;
        last = now;
        this.#emit({ kind: 'holder-changed', serving, holding, afterMs });
      }, steadyMs);
      timer.unref();
    };
  }
}

import { parseIp } from '../base/ip.ts';
import { parseMac } from '../base/mac.ts';
import type { ServiceOptions } from './agent/protocol.ts';
import { type AgentFile, findAgent } from './agent-file.ts';
import type { Host } from './host.ts';
import { createNetwork, type Network } from './network.ts';
import type { NetworkOptions } from './plan.ts';
import { Probe } from './probe.ts';

export interface ServeOptions {
  readonly vips: readonly string[];
  readonly httpPorts?: readonly number[];
  /** Host → what its backend says it is. */
  readonly versions?: Readonly<Record<string, string>>;
  /** Of the backends. */
  readonly tls?: ServiceOptions['tls'];
}

const probePort = 7007;

/** A network with the services and probes that show who serves a VIP. */
export class Lab {
  readonly network: Network;
  readonly #agent: AgentFile;
  readonly #served = new Set<string>();
  readonly #probes = new Set<Probe>();

  constructor(network: Network, agent: AgentFile) {
    this.network = network;
    this.#agent = agent;
  }

  get hosts(): readonly Host[] {
    return this.network.hosts;
  }

  get client(): Host {
    return this.network.client;
  }

  host(name: string): Host {
    const found = this.hosts.find((host) => host.name === name);
    if (found === undefined) throw new RangeError(`there is no host ${name}`);
    return found;
  }

  /** The hosts whose kernel has the address on an interface now. */
  holdersOf(vip: string): string[] {
    return this.hosts.filter((host) => host.holds(vip)).map((host) => host.name);
  }

  /** Waits until the named host, and no other, has the address; resolves to its name. */
  waitForHolder(
    vip: string,
    name?: string,
    options: { readonly timeoutMs?: number } = {},
  ): Promise<string> {
    return this.network.changes.until(
      () => {
        const [holder, ...others] = this.holdersOf(vip);
        return others.length === 0 && (name ?? holder) === holder ? holder : undefined;
      },
      {
        timeoutMs: options.timeoutMs ?? 30_000,
        describe: () =>
          `waited for ${name ?? 'one host'} to hold ${vip}, ` +
          `which is on ${this.holdersOf(vip).join(' and ') || 'no host'}`,
      },
    );
  }

  /** Waits until no host has the address. */
  async waitForNoHolder(vip: string, options: { readonly timeoutMs?: number } = {}): Promise<void> {
    await this.network.changes.until(() => (this.holdersOf(vip).length === 0 ? true : undefined), {
      timeoutMs: options.timeoutMs ?? 30_000,
      describe: () => `${vip} is still on ${this.holdersOf(vip).join(' and ')}`,
    });
  }

  /** Starts on each host what answers probes of the VIPs, now and whenever its power comes on. */
  async serve(options: ServeOptions): Promise<void> {
    const { vips, httpPorts = [], versions = {}, tls } = options;
    for (const vip of vips) this.#served.add(vip);
    await Promise.all(
      this.hosts.map(async (host) => {
        const version = versions[host.name] ?? host.name;
        const service: ServiceOptions = {
          ...{ host: host.name, version, vips, probePort, httpPorts },
          ...(tls !== undefined && { tls }),
        };
        const start = (): Promise<void> => this.#startService(host, service);
        host.bootTasks.push(start);
        if (host.isOn) await start();
      }),
    );
  }

  /** Starts to probe a VIP from the client, every millisecond. */
  async probe(
    vip: string,
    options: { readonly periodMs?: number; readonly askPeriodMs?: number } = {},
  ): Promise<Probe> {
    const address = parseIp(vip);
    if (address === undefined) throw new RangeError(`not an IP address: ${vip}`);
    if (!this.#served.has(vip)) await this.serve({ vips: [vip] });
    const hostNames: Record<string, string> = {};
    for (const host of this.hosts) {
      for (const { mac } of host.plan.interfaces) hostNames[parseMac(mac) ?? mac] = host.name;
    }
    const probe = await Probe.start(this.client, this.#agent, {
      vip: address,
      probePort,
      interfaceName: this.client.interface.name,
      periodMs: options.periodMs ?? 1,
      askPeriodMs: options.askPeriodMs ?? 10,
      hostNames,
    });
    this.#probes.add(probe);
    return probe;
  }

  /** Has a host announce an address (gratuitous ARP, unsolicited neighbour advertisement) once. */
  async announce(host: Host, address: string): Promise<void> {
    const options = JSON.stringify({ interfaceName: host.interface.name, address });
    const argv = [process.execPath, this.#agent.file, 'announce', options];
    const { status, stdout } = await host.run(argv, { env: this.#agent.env });
    if (status !== 0) throw new Error(`${host.name}: ${stdout}`);
  }

  async destroy(): Promise<void> {
    await this.network.destroy();
  }

  async #startService(host: Host, options: ServiceOptions): Promise<void> {
    let report: (line: string) => void = () => {};
    const answered = new Promise<string>((resolve) => {
      report = resolve;
    });
    const argv = [process.execPath, this.#agent.file, 'service', JSON.stringify(options)];
    const child = await host.spawn(argv, {
      name: 'service',
      env: this.#agent.env,
      onStdoutLine: (line) => report(line),
    });
    const line = await Promise.race([answered, child.exited.then(() => child.tail())]);
    if (line !== '{"kind":"ready"}') throw new Error(`the service of ${host.name}: ${line}`);
  }
}

/** Creates hosts, and a client that can probe them; to be destroyed in the end. */
export async function createLab(options: NetworkOptions): Promise<Lab> {
  const network = await createNetwork(options);
  try {
    return new Lab(network, await findAgent(network.directory));
  } catch (error) {
    await network.destroy();
    throw error;
  }
}

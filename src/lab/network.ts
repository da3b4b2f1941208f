import { randomBytes } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { executeOrThrow, killRunningCommands } from './execute.ts';
import { onProcessEnd } from './exit-hooks.ts';
import { startGuard } from './guard.ts';
import { Host } from './host.ts';
import {
  clientName,
  type HostPlan,
  type NetworkOptions,
  type NetworkPlan,
  planNetwork,
} from './plan.ts';
import { removeNow } from './removal.ts';
import { Switch } from './switch.ts';
import { Changes } from './until.ts';

/** Hosts and a client, each a set of namespaces, plugged into the bridges of one more namespace. */
export interface Network {
  readonly hosts: readonly Host[];
  readonly client: Host;
  /** Scratch space that goes with the network. */
  readonly directory: string;
  /** Told after every change of an address or of the power of a host. */
  readonly changes: Changes;
  /** The namespace of the bridges, where all traffic can be seen. */
  readonly switchNamespace: string;
  /** Kills what runs in the namespaces and removes them with the directory. */
  destroy(): Promise<void>;
}

export async function createNetwork(options: NetworkOptions): Promise<Network> {
  const plan = planNetwork(options);
  const namespaces = [plan.switchNamespace, ...plan.hosts.map((host) => host.namespace)];
  const name = `${options.prefix ?? `hf-${process.pid}-`}${randomBytes(4).toString('hex')}`;
  const directory = join(tmpdir(), name);
  const remains = { namespaces, directory };
  // Nothing may exist of which the guard does not know.
  const guard = startGuard(remains);
  mkdirSync(directory, { mode: 0o755 });
  const changes = new Changes();
  const hosts: Host[] = [];
  let bridges: Switch | undefined;
  const remove = (): void => {
    for (const host of hosts) host.kill();
    bridges?.kill();
    removeNow(remains);
  };
  const forgetHook = onProcessEnd(() => {
    killRunningCommands();
    remove();
  });
  const destroy = async (): Promise<void> => {
    for (const host of hosts) host.kill();
    await Promise.all(hosts.map((host) => host.ended()));
    remove();
    forgetHook();
    await guard.dismiss();
  };
  try {
    await executeOrThrow(['ip', '-batch', '-'], {
      input: namespaces.map((name) => `netns add ${name}\n`).join(''),
    });
    bridges = new Switch(plan.switchNamespace);
    await bridges.order(
      [...plan.bridges.values()].flatMap((bridge) => [
        `link add name ${bridge} type bridge stp_state 0 forward_delay 0 mcast_snooping 0`,
        `link set dev ${bridge} up`,
      ]),
    );
    const install = createInstaller(plan, bridges);
    for (const hostPlan of plan.hosts) {
      const folder = join(directory, hostPlan.name);
      const context = { plan: hostPlan, directory: folder, switch: bridges, changes, install };
      hosts.push(new Host(context));
    }
    await Promise.all(hosts.map((host) => host.powerOn()));
  } catch (error) {
    await destroy();
    throw error;
  }
  const client = hosts.find((host) => host.name === clientName);
  if (client === undefined) throw new Error('the plan has no client');
  const { switchNamespace } = plan;
  const others = hosts.filter((host) => host !== client);
  return { hosts: others, client, directory, changes, switchNamespace, destroy };
}

/** Plugs a host in. The second time its namespace is made anew, as nothing of a dead kernel stays. */
function createInstaller(plan: NetworkPlan, bridges: Switch): (host: HostPlan) => Promise<void> {
  const installed = new Set<HostPlan>();
  return async (host) => {
    const orders: string[] = [];
    if (installed.has(host)) {
      await bridges.order(host.interfaces.map(({ port }) => `link delete dev ${port}`));
      orders.push(`netns del ${host.namespace}`, `netns add ${host.namespace}`);
    }
    installed.add(host);
    for (const { name, port, mac } of host.interfaces) {
      const outside = `link add ${port} netns ${plan.switchNamespace} type veth`;
      orders.push(`${outside} peer name ${name} address ${mac} netns ${host.namespace}`);
    }
    await executeOrThrow(['ip', '-batch', '-'], { input: `${orders.join('\n')}\n` });
    await bridges.order(
      host.interfaces.flatMap(({ port, segment }) => [
        `link set dev ${port} master ${plan.bridges.get(segment)}`,
        `link set dev ${port} up`,
      ]),
    );
  };
}

import type { IpFamily } from '../base/ip.ts';
import type { MacAddress } from '../base/mac.ts';

export interface InterfaceOptions {
  /** `eth0` where absent. */
  readonly name?: string;
  /** Interfaces of one segment hear each other; `lan` where absent. */
  readonly segment?: string;
  /** With prefix length, as in `192.168.80.81/24`; deterministic ones where absent. */
  readonly addresses?: readonly string[];
}

export interface HostOptions {
  /** Lower-case letters, digits and dashes. */
  readonly name: string;
  readonly interfaces?: readonly InterfaceOptions[];
  /** Further sysctls, as in `net.ipv4.conf.all.promote_secondaries`. */
  readonly sysctls?: Readonly<Record<string, string | number>>;
}

export interface NetworkOptions {
  /** What the names of all namespaces begin with; `hf-<pid>-` where absent. */
  readonly prefix?: string;
  readonly hosts: readonly HostOptions[];
  /** Both where absent. */
  readonly families?: readonly IpFamily[];
  /** The client's addresses, where the hosts' are not the default ones. */
  readonly client?: Omit<HostOptions, 'name'>;
}

export interface InterfacePlan {
  readonly name: string;
  readonly segment: string;
  /** The bridge's side of the cable. */
  readonly port: string;
  readonly mac: MacAddress;
  readonly addresses: readonly string[];
}

export interface HostPlan {
  readonly name: string;
  readonly namespace: string;
  readonly interfaces: readonly InterfacePlan[];
  readonly sysctls: Readonly<Record<string, string | number>>;
}

export interface NetworkPlan {
  readonly switchNamespace: string;
  /** Segment → name of its bridge. */
  readonly bridges: ReadonlyMap<string, string>;
  readonly hosts: readonly HostPlan[];
}

export const clientName = 'client';
const firstHostNumber = 81;
const clientNumber = 10;

/** Names, hardware addresses and IP addresses of everything, before anything is made. */
export function planNetwork(options: NetworkOptions): NetworkPlan {
  const prefix = options.prefix ?? `hf-${process.pid}-`;
  const families = options.families ?? [4, 6];
  const bridges = new Map<string, string>();
  const bridgeIndex = (segment: string): number => {
    if (!bridges.has(segment)) bridges.set(segment, `br${bridges.size}`);
    return [...bridges.keys()].indexOf(segment);
  };
  bridgeIndex('lan');
  const planHost = (host: HostOptions, number: number): HostPlan => ({
    name: host.name,
    namespace: `${prefix}${host.name}`,
    sysctls: host.sysctls ?? {},
    interfaces: (host.interfaces ?? [{}]).map((entry, index) => {
      const segment = entry.segment ?? (index === 0 ? 'lan' : `lan${index}`);
      const network = 80 + bridgeIndex(segment);
      return {
        name: entry.name ?? `eth${index}`,
        segment,
        port: `h${number}i${index}`,
        mac: ['02:00:50', network, index, number].map(hexByte).join(':') as MacAddress,
        addresses: entry.addresses ?? defaultAddresses({ network, number, families }),
      };
    }),
  });
  const names = options.hosts.map((host) => host.name);
  for (const [index, name] of names.entries()) {
    if (!/^[a-z0-9][a-z0-9-]*$/.test(name) || name === clientName || name === 'switch') {
      throw new RangeError(`not usable as the name of a host: ${name}`);
    }
    if (names.indexOf(name) !== index) throw new RangeError(`two hosts are called ${name}`);
  }
  const hosts = options.hosts.map((host, index) => planHost(host, firstHostNumber + index));
  const segments = [...bridges.keys()].map((segment) => ({ segment }));
  const client = planHost(
    { interfaces: segments, ...options.client, name: clientName },
    clientNumber,
  );
  return { switchNamespace: `${prefix}switch`, bridges, hosts: [...hosts, client] };
}

/** The address that a host has where nothing else is said: 192.168.80.81, fd00:80::81 … */
function defaultAddresses(options: {
  readonly network: number;
  readonly number: number;
  readonly families: readonly IpFamily[];
}): string[] {
  const { network, number, families } = options;
  return families.map((family) =>
    family === 4 ? `192.168.${network}.${number}/24` : `fd00:${network}::${number}/64`,
  );
}

function hexByte(value: number | string): string {
  return typeof value === 'string' ? value : value.toString(16).padStart(2, '0');
}

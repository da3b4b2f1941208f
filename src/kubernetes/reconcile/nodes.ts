/** This node among the others: its address and interface, and who else may hold what it holds. */
import { compareIp, type IpAddress, type IpFamily, ipFamily } from '../../base/ip.ts';
import type { NodeAddressType, NodeObject } from './objects.ts';

/** An address of this host. */
export interface LocalAddress {
  readonly interfaceName: string;
  readonly address: IpAddress;
}

export interface NodesQuery {
  readonly nodes: readonly NodeObject[];
  /** Those of the DaemonSet; empty: all. */
  readonly selector: Readonly<Record<string, string>>;
  /** As the Pod says; '' where it is not known. */
  readonly ownName: string;
  readonly local: readonly LocalAddress[];
  /** `--iface`. */
  readonly interfaceName?: string;
}

export interface Membership {
  /** Undefined where the cluster has no such node (yet). */
  readonly own: NodeObject | undefined;
  /** With the own one, in the order of their names. */
  readonly members: readonly NodeObject[];
  readonly interfaceName: string | undefined;
  /** Where adverts come from, by family. */
  readonly source: Readonly<Partial<Record<IpFamily, IpAddress>>>;
  /** Of the others. */
  readonly peers: Readonly<Record<IpFamily, readonly IpAddress[]>>;
}

/** They carry pods, not a node's address. */
const NOT_A_LINK = /^(?:lo|docker0|flannel\.\d+|cni0|cbr0|kube-ipvs0|veth.*|cali.*|lxc.*|tunl0)$/;

export function findMembership(query: NodesQuery): Membership {
  const { nodes, selector, ownName, interfaceName } = query;
  const local = query.local.filter((one) =>
    interfaceName === undefined
      ? !NOT_A_LINK.test(one.interfaceName)
      : one.interfaceName === interfaceName,
  );
  const own = findOwn(nodes, ownName, local);
  const members = nodes
    .filter((node) => node === own || isSelected(node, selector))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
  const found = ([4, 6] as const).map((family) => findSource(own, local, family));
  const [v4, v6] = found;
  const [first] = found.flatMap((source) => source?.interfaceName ?? []);
  return {
    own,
    members,
    interfaceName: interfaceName ?? first,
    source: {
      ...(v4 !== undefined && { 4: v4.address }),
      ...(v6 !== undefined && { 6: v6.address }),
    },
    peers: {
      4: peersOf(members, own, v4?.type ?? 'InternalIP', 4),
      6: peersOf(members, own, v6?.type ?? 'InternalIP', 6),
    },
  };
}

function findOwn(
  nodes: readonly NodeObject[],
  ownName: string,
  local: readonly LocalAddress[],
): NodeObject | undefined {
  if (ownName !== '') return nodes.find(({ name }) => name === ownName);
  const here = new Set(local.map(({ address }) => address));
  return nodes.find(({ addresses }) => addresses.some(({ address }) => here.has(address)));
}

function isSelected({ labels }: NodeObject, selector: Readonly<Record<string, string>>): boolean {
  return Object.entries(selector).every(([label, value]) => labels[label] === value);
}

interface Source extends LocalAddress {
  readonly type: NodeAddressType;
}

/** The internal one before the external one, which may be somebody else's that translates it. */
function findSource(
  own: NodeObject | undefined,
  local: readonly LocalAddress[],
  family: IpFamily,
): Source | undefined {
  for (const type of ['InternalIP', 'ExternalIP'] as const) {
    for (const address of addressesOf(own, type, family)) {
      const here = local.find((one) => one.address === address);
      if (here !== undefined) return { ...here, type };
    }
  }
  return undefined;
}

function addressesOf(
  node: NodeObject | undefined,
  type: NodeAddressType,
  family: IpFamily,
): readonly IpAddress[] {
  const all = node?.addresses ?? [];
  return all
    .filter((one) => one.type === type && ipFamily(one.address) === family)
    .map(({ address }) => address);
}

/** Of one kind for all, so that what A calls B is what B sends from. */
function peersOf(
  members: readonly NodeObject[],
  own: NodeObject | undefined,
  type: NodeAddressType,
  family: IpFamily,
): readonly IpAddress[] {
  const others = members.filter((node) => node !== own);
  const addresses = others.flatMap((node) => addressesOf(node, type, family)[0] ?? []);
  return [...new Set(addresses)].sort(compareIp);
}

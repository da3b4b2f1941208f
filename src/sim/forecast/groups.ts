/** Which nodes have to do with each other: they hold an address together, or hear each other's adverts. */
import { type IpAddress, ipToBytes } from '../../base/ip.ts';
import { vipsOf } from '../../config/model/virtual-addresses.ts';
import type { VrrpInstanceModel } from '../../config/model/vrrp.ts';
import type { ForecastNode, Group, Member, Service } from './types.ts';
import { Union } from './union.ts';

export interface Place {
  readonly node: ForecastNode;
  readonly instance: VrrpInstanceModel;
}

export function placesOf(nodes: readonly ForecastNode[]): readonly Place[] {
  return nodes.flatMap((node) => node.model.instances.map((instance) => ({ node, instance })));
}

export function keyOf({ node, instance }: Place): string {
  return `${node.name} ${instance.name}`;
}

/** The virtual routers that are on one network together. */
export function networksOf(places: readonly Place[]): Union {
  const union = new Union();
  for (const place of places) {
    const key = keyOf(place);
    union.add(key);
    for (const mark of marksOf(place)) union.join(key, mark);
  }
  return union;
}

/** Those that are in no group alone. */
export function groupsOf(nodes: readonly ForecastNode[]): readonly Group[] {
  const places = placesOf(nodes);
  const union = networksOf(places);
  for (const place of places) union.join(keyOf(place), `node ${place.node.name}`);
  const groups = new Map<string, ForecastNode[]>();
  for (const node of nodes) {
    if (node.model.instances.length === 0) continue;
    const root = union.find(`node ${node.name}`);
    const group = groups.get(root) ?? [];
    group.push(node);
    groups.set(root, group);
  }
  return [...groups.values()].map((members) => ({
    nodes: members,
    services: servicesOf(members),
  }));
}

/** What two routers of one network have in common. */
function marksOf({ instance }: Place): readonly string[] {
  const { vrid, family, addresses, transport } = instance;
  const marks = vipsOf(instance).map((address) => `address ${address}`);
  if (transport.kind === 'unicast') {
    const own = instance.source === undefined ? [] : [instance.source];
    const known = [...own, ...transport.peers.map(({ address }) => address)];
    return [...marks, ...known.map((address) => `peer ${vrid} ${address}`)];
  }
  const networks = addresses.map(({ address, prefixLength }) => {
    const bits =
      prefixLength >= (family === 4 ? 31 : 127) ? (family === 4 ? 24 : 64) : prefixLength;
    return `network ${vrid} ${networkOf(address, bits)}`;
  });
  return [...marks, ...networks];
}

function networkOf(address: IpAddress, bits: number): string {
  const bytes = ipToBytes(address);
  return [...bytes]
    .map((byte, index) => {
      const left = Math.min(8, Math.max(0, bits - index * 8));
      return byte & (0xff << (8 - left)) & 0xff;
    })
    .join('.');
}

function servicesOf(nodes: readonly ForecastNode[]): readonly Service[] {
  const members = new Map<IpAddress, Member[]>();
  for (const { node, instance } of placesOf(nodes)) {
    for (const address of new Set(vipsOf(instance))) {
      const list = members.get(address) ?? [];
      list.push({ node: node.name, instance: instance.name });
      members.set(address, list);
    }
  }
  const services = new Map<string, { addresses: IpAddress[]; members: Member[] }>();
  for (const [address, list] of members) {
    const key = list.map(({ node, instance }) => `${node} ${instance}`).join();
    const found = services.get(key) ?? { addresses: [], members: list };
    found.addresses.push(address);
    services.set(key, found);
  }
  return [...services.values()].map((service) => ({
    name: service.addresses[0] ?? '',
    ...service,
  }));
}

/**
 * From the nodes' own configurations to hosts of the simulator. Nodes may call one network by different
 * names of interfaces, and their own addresses stand in no file: both are filled in here.
 */
import { type IpAddress, ipFamily, parseIp } from '../../base/ip.ts';
import type { Model } from '../../config/model/model.ts';
import type { VrrpInstanceModel } from '../../config/model/vrrp.ts';
import type { HostPlan } from '../host-plan.ts';
import { groupCheck } from '../sync-groups.ts';
import { keyOf, networksOf, type Place, placesOf } from './groups.ts';
import type { ForecastNode } from './types.ts';
import { Union } from './union.ts';

export interface PreparedHost {
  readonly plan: HostPlan;
  /** The operator's name of a link → the simulator's. */
  readonly links: ReadonlyMap<string, string>;
}

export function prepareHosts(nodes: readonly ForecastNode[]): readonly PreparedHost[] {
  const places = placesOf(nodes);
  const segments = segmentsOf(places);
  const addresses = addressesOf(nodes);
  return nodes.map((node, index) => prepare(node, index, { segments, addresses }));
}

interface Site {
  readonly segments: ReadonlyMap<string, string>;
  readonly addresses: ReadonlyMap<string, IpAddress>;
}

function prepare(node: ForecastNode, index: number, { segments, addresses }: Site): PreparedHost {
  const model = modelOf(node);
  const links = new Map<string, string>();
  const own: Record<string, IpAddress[]> = {};
  const nameOf = (link: string): string => {
    const name = segments.get(`${node.name} ${link}`) ?? `${link} of ${node.name}`;
    links.set(link, name);
    own[name] ??= [];
    return name;
  };
  const instances = model.instances.map((instance) => {
    const name = nameOf(instance.interface);
    const source = addresses.get(`${node.name} ${instance.name}`);
    const known = own[name] ?? [];
    if (source !== undefined && !known.includes(source)) known.push(source);
    return {
      ...instance,
      interface: name,
      trackedInterfaces: instance.trackedInterfaces.map((one) => ({
        ...one,
        name: nameOf(one.name),
      })),
    };
  });
  for (const known of Object.values(own)) {
    for (const family of [4, 6] as const) {
      if (!known.some((one) => ipFamily(one) === family)) known.push(madeUp(family, index));
    }
  }
  const plan = {
    ...{ name: node.name, model: { ...model, instances }, addresses: own },
    ...(node.program === 'keepalived' && { syncGroups: model.syncGroups ?? [] }),
  };
  return { plan, links };
}

/**
 * The program's manners: keepalived knows no hand-over, no dead-man switch, no talk among peers; it has
 * sync groups, which holdfast does not act upon.
 */
function modelOf({ model, program }: ForecastNode): Model {
  if (program === 'holdfast') return model;
  const instances = model.instances.map(
    (instance): VrrpInstanceModel => ({
      ...asMember(instance, model.syncGroups),
      plannedHandover: 'off',
      fastTakeover: 'off',
      onAddressLoss: 'reelect-at-once',
    }),
  );
  return { ...model, global: { ...model.global, deadMan: 'off' }, instances };
}

/** A member tracks its group. Without a word of the group its weights are ignored: links are well or not. */
function asMember(
  instance: VrrpInstanceModel,
  groups: Model['syncGroups'] = [],
): VrrpInstanceModel {
  const group = groups.find(({ members }) => members.includes(instance.name));
  if (group === undefined) return instance;
  const ofGroup = { name: groupCheck(group.name), weight: 0, sense: 'normal' } as const;
  const member = {
    ...instance,
    ...{ syncGroup: group.name, trackedChecks: [...instance.trackedChecks, ofGroup] },
  };
  if (group.weights === 'counted') return member;
  return {
    ...member,
    trackedInterfaces: instance.trackedInterfaces.map((one) => ({ ...one, weight: 0 })),
    trackedScripts: instance.trackedScripts.filter(({ weight }) => weight === 0),
  };
}

/** `NODE LINK` → the name of the network that it is on. */
function segmentsOf(places: readonly Place[]): ReadonlyMap<string, string> {
  const networks = networksOf(places);
  const links = new Union();
  for (const place of places) {
    const link = `${place.node.name} ${place.instance.interface}`;
    links.join(`network ${networks.find(keyOf(place))}`, link);
  }
  const names = new Map<string, string>();
  const taken = new Map<string, number>();
  const segments = new Map<string, string>();
  for (const { node, instance } of places) {
    const link = `${node.name} ${instance.interface}`;
    const root = links.find(link);
    const known = names.get(root);
    if (known === undefined) {
      const count = taken.get(instance.interface) ?? 0;
      taken.set(instance.interface, count + 1);
      names.set(root, count === 0 ? instance.interface : `${instance.interface}~${count + 1}`);
    }
    segments.set(link, names.get(root) ?? instance.interface);
  }
  return segments;
}

/** `NODE INSTANCE` → the node's own address there: written, or what only its peers call it by. */
function addressesOf(nodes: readonly ForecastNode[]): ReadonlyMap<string, IpAddress> {
  const places = placesOf(nodes);
  const found = new Map<string, IpAddress>();
  for (const { node, instance } of places) {
    const known = instance.source ?? sameFamily(node.address, instance);
    const address = known ?? calledBy(places, { node, instance }, new Set(found.values()));
    if (address !== undefined) found.set(`${node.name} ${instance.name}`, address);
  }
  return found;
}

function sameFamily(
  address: IpAddress | undefined,
  { family }: VrrpInstanceModel,
): IpAddress | undefined {
  return address !== undefined && ipFamily(address) === family ? address : undefined;
}

/**
 * An address that all other nodes have as a peer and this one has not; where all have one list, which then
 * counts each of them too, the next of it.
 */
function calledBy(
  places: readonly Place[],
  { node, instance }: Place,
  taken: ReadonlySet<IpAddress>,
): IpAddress | undefined {
  const own = peersOf(instance);
  const others = places.filter(
    (place) =>
      place.node !== node &&
      place.instance.vrid === instance.vrid &&
      place.instance.family === instance.family,
  );
  const sources = new Set(others.flatMap(({ instance: { source } }) => source ?? []));
  const called = peersOf(others[0]?.instance).filter((address) =>
    others.every((other) => peersOf(other.instance).includes(address)),
  );
  const isShared =
    called.length > others.length &&
    [instance, ...others.map((other) => other.instance)].every(
      (one) => peersOf(one).length === called.length,
    ) &&
    called.every((address) => own.includes(address));
  return called.find(
    (address) =>
      (isShared || !own.includes(address)) && !sources.has(address) && !taken.has(address),
  );
}

function peersOf(instance: VrrpInstanceModel | undefined): readonly IpAddress[] {
  if (instance?.transport.kind !== 'unicast') return [];
  return instance.transport.peers.map(({ address }) => address);
}

/** Of networks for measuring (RFC 2544) and of the link: nobody has written them. */
function madeUp(family: 4 | 6, index: number): IpAddress {
  const text =
    family === 4 ? `198.18.${(index + 10) >> 8}.${(index + 10) & 255}` : `fe80::5:${index + 10}`;
  const address = parseIp(text);
  if (address === undefined) throw new Error(`not an address: ${text}`);
  return address;
}

/** The virtual routers of all nodes, and which of them elect each other. */
import { type IpAddress, parseIp } from '../../base/ip.ts';
import type { VrrpInstanceModel } from '../model/vrrp.ts';
import { grep, literal, withoutComment } from './lines.ts';
import type { NodeConfig, Place, Subject } from './types.ts';

export interface Router {
  readonly node: string;
  readonly instance: VrrpInstanceModel;
  readonly config: NodeConfig;
  readonly at: Place;
  /** Where the first line of the instance is that begins with the keyword; where none does, `at`. */
  place(keyword: string): Place;
  /** The rest of that line. */
  written(keyword: string): string | undefined;
}

export function routersOf(subject: Subject): readonly Router[] {
  return subject.nodes.flatMap((config) =>
    config.reading.model.instances.map((instance) => routerOf(config, instance)),
  );
}

function routerOf(config: NodeConfig, instance: VrrpInstanceModel): Router {
  const { piece, reading } = config;
  const found = reading.positions.get(`instance/${instance.name}`);
  const at = found ?? { file: piece.file, line: 1, column: 1 };
  const lines = piece.text.split('\n');
  const next = lines.findIndex(
    (line, index) =>
      index >= at.line &&
      /^\s*(?:vrrp_|virtual_server|global_defs)\b\w*/.test(line) &&
      !/^\s*vrrp_version/.test(line),
  );
  const end = next === -1 ? lines.length : next;
  const find = (keyword: string) => {
    const pattern = new RegExp(`(?<![\\w-])${literal(keyword)}(?![\\w-])\\s*(.*)$`);
    const text = lines.map((line, index) => (index < at.line - 1 || index >= end ? '' : line));
    return [...grep({ file: piece.file, text: text.map(withoutComment).join('\n') }, pattern)][0];
  };
  return {
    node: piece.node,
    instance,
    config,
    at,
    place: (keyword) => find(keyword)?.at ?? at,
    written: (keyword) => find(keyword)?.match[1],
  };
}

export interface Group {
  readonly vrid: number;
  /** Of different nodes, highest priority first. */
  readonly routers: readonly [Router, Router, ...Router[]];
}

/**
 * One VRID and family on several nodes. Where a node has a VRID twice, on two networks, those belong together
 * that share an address, or else a name.
 */
export function groupsOf(subject: Subject): readonly Group[] {
  const groups: Router[][] = [];
  for (const router of routersOf(subject)) {
    const { vrid, family } = router.instance;
    const open = groups.filter((group) =>
      group.every(
        ({ instance, config }) =>
          instance.vrid === vrid && instance.family === family && config !== router.config,
      ),
    );
    const near =
      open.find((group) => group.some((other) => sharesAddress(router, other))) ??
      open.find((group) => group.some(({ instance }) => instance.name === router.instance.name)) ??
      open.find((group) => group.length > 0 && !isTwice(subject, vrid));
    if (near === undefined) groups.push([router]);
    else near.push(router);
  }
  return groups.flatMap((routers) => {
    const sorted = routers.toSorted((a, b) => b.instance.priority - a.instance.priority);
    const [first, second, ...rest] = sorted;
    if (first === undefined || second === undefined) return [];
    return [{ vrid: first.instance.vrid, routers: [first, second, ...rest] }];
  });
}

function sharesAddress(a: Router, b: Router): boolean {
  return addressesOf(a).some((address) => addressesOf(b).includes(address));
}

/** Whether one node has this VRID on two networks. */
function isTwice({ nodes }: Subject, vrid: number): boolean {
  return nodes.some(
    ({ reading: { model } }) =>
      model.instances.filter((instance) => instance.vrid === vrid).length > 1,
  );
}

export function addressesOf({ instance }: Router): readonly IpAddress[] {
  return instance.addresses.map(({ address }) => address);
}

export function peersOf({ instance }: Router): readonly IpAddress[] {
  return instance.transport.kind === 'unicast'
    ? instance.transport.peers.map(({ address }) => address)
    : [];
}

/** Whether both are IPv4 addresses of one network with such a prefix. */
export function sharesNetwork(a: string, b: string, prefixLength: number): boolean {
  const [first, second] = [numberOf(a), numberOf(b)];
  if (first === undefined || second === undefined) return false;
  const size = 2 ** (32 - prefixLength);
  return Math.floor(first / size) === Math.floor(second / size);
}

function numberOf(text: string): number | undefined {
  if (parseIp(text) === undefined || text.includes(':')) return undefined;
  return text.split('.').reduce((sum, part) => sum * 256 + Number(part), 0);
}

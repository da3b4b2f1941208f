/** The virtual routers of all nodes, and which of them elect each other. */
import { type IpAddress, parseIp } from '../../base/ip.ts';
import type { VrrpInstanceModel } from '../model/vrrp.ts';
import { literal, once, withoutComment } from './lines.ts';
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

export const routersOf = once((subject: Subject): readonly Router[] =>
  subject.nodes.flatMap((config) =>
    config.reading.model.instances.map((instance) => routerOf(config, instance)),
  ),
);

/** Lines without comments, and 0-based where blocks begin, from the last to the first. */
const blocksOf = once(({ piece }: NodeConfig) => {
  const lines = piece.text.split('\n').map((line) => (line === '' ? '' : withoutComment(line)));
  const isBegin = (line: string): boolean =>
    line !== '' &&
    /^\s*(?:vrrp_|virtual_server|global_defs)\b\w*/.test(line) &&
    !/^\s*vrrp_version/.test(line);
  const begins = lines.flatMap((line, index) => (isBegin(line) ? [index] : []));
  return { lines, begins: begins.reverse() };
});

function routerOf(config: NodeConfig, instance: VrrpInstanceModel): Router {
  const { piece, reading } = config;
  const found = reading.positions.get(`instance/${instance.name}`);
  const at = found ?? { file: piece.file, line: 1, column: 1 };
  const find = (keyword: string) => {
    const { lines, begins } = blocksOf(config);
    const end = endOf(begins, at.line) ?? lines.length;
    const pattern = new RegExp(`(?<![\\w-])${literal(keyword)}(?![\\w-])\\s*(.*)$`);
    for (let index = at.line - 1; index < end; index++) {
      const match = pattern.exec(lines[index] ?? '');
      if (match === null) continue;
      const place = { file: piece.file, line: index + 1, column: match.index + 1 };
      return { at: place, rest: match[1] };
    }
    return undefined;
  };
  return {
    node: piece.node,
    instance,
    config,
    at,
    place: (keyword) => find(keyword)?.at ?? at,
    written: (keyword) => find(keyword)?.rest,
  };
}

/** The first of the descending numbers that is not below `from`. */
function endOf(descending: readonly number[], from: number): number | undefined {
  let [low, high] = [0, descending.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((descending[middle] ?? 0) >= from) low = middle + 1;
    else high = middle;
  }
  return descending[low - 1];
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
export const groupsOf = once((subject: Subject): readonly Group[] => {
  const byVrid = new Map<string, Router[][]>();
  const isTwice = vridsTwice(subject);
  for (const router of routersOf(subject)) {
    const { vrid, family } = router.instance;
    const key = `${vrid}/${family}`;
    const groups = byVrid.get(key) ?? [];
    byVrid.set(key, groups);
    const open = groups.filter((group) => group.every(({ config }) => config !== router.config));
    const near =
      open.find((group) => group.some((other) => sharesAddress(router, other))) ??
      open.find((group) => group.some(({ instance }) => instance.name === router.instance.name)) ??
      (isTwice.has(vrid) ? undefined : open[0]);
    if (near === undefined) groups.push([router]);
    else near.push(router);
  }
  return [...byVrid.values()].flat().flatMap((routers) => {
    const sorted = routers.toSorted((a, b) => b.instance.priority - a.instance.priority);
    const [first, second, ...rest] = sorted;
    if (first === undefined || second === undefined) return [];
    return [{ vrid: first.instance.vrid, routers: [first, second, ...rest] }];
  });
});

function sharesAddress(a: Router, b: Router): boolean {
  return addressesOf(a).some((address) => addressesOf(b).includes(address));
}

/** What some node has twice, on two networks. */
function vridsTwice({ nodes }: Subject): ReadonlySet<number> {
  const twice = new Set<number>();
  for (const { reading } of nodes) {
    const seen = new Set<number>();
    for (const { vrid } of reading.model.instances) {
      if (seen.has(vrid)) twice.add(vrid);
      seen.add(vrid);
    }
  }
  return twice;
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

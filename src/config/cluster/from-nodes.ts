/** The files that a cluster's hosts have already, to a draft of a cluster. */
import type { IpAddress } from '../../base/ip.ts';
import type { Deployment } from '../model/cluster.ts';
import type { Model } from '../model/model.ts';
import type { ProxyConfig, ProxySection, Server } from '../model/proxy.ts';
import type { VrrpInstanceModel } from '../model/vrrp.ts';
import type { ClusterDraft, ClusterField, Field, HostDraft } from './draft.ts';
import type { Position, Report } from './report.ts';

export interface NodeFiles {
  /** What the host is called where its files are kept. */
  readonly name: string;
  readonly keepalived: { readonly file: string; readonly model: Model };
  readonly haproxy?: { readonly file: string; readonly config: ProxyConfig };
  readonly deployment?: Deployment;
  readonly images?: { readonly keepalived?: string; readonly haproxy?: string };
}

interface Node extends NodeFiles {
  readonly instance: VrrpInstanceModel;
  readonly balanced: Balanced | undefined;
}

/** A proxy that listens, and where it sends connections. */
interface Balanced {
  readonly frontPort: number;
  readonly servers: readonly {
    readonly name: string;
    readonly address: IpAddress;
    readonly port: number;
  }[];
  readonly isKubernetes: boolean;
}

const MICROS_PER_SECOND = 1e6;
const INSTANCE_PREFIX = /^VI_(?=[A-Za-z])/;

/** Undefined where no host has a virtual router. */
export function draftFromNodes(
  files: readonly NodeFiles[],
  report: Report,
): ClusterDraft | undefined {
  const nodes = files.flatMap((each): readonly Node[] => {
    const [instance, ...more] = each.keepalived.model.instances;
    const at = placeIn(each.keepalived.file);
    if (instance === undefined) {
      report.add('missing-key', at, 'there is no vrrp_instance', 'leave the file out');
      return [];
    }
    for (const { name } of more) {
      report.add(
        'not-carried',
        at,
        `vrrp_instance ${name}: a cluster has one`,
        'plan it by itself',
      );
    }
    return [{ ...each, instance, balanced: findBalanced(each.haproxy?.config) }];
  });
  const [first] = nodes;
  if (first === undefined) return undefined;
  judgeCommon(nodes, report);
  const at = placeIn(first.keepalived.file);
  const field = (value: string | number | undefined): Field | undefined =>
    value === undefined ? undefined : { text: String(value), at };
  const { instance, balanced } = first;
  const links = new Set(nodes.map((node) => node.instance.interface));
  const fields: Readonly<Record<ClusterField, Field | undefined>> = {
    cluster: field(instance.name.replace(INSTANCE_PREFIX, '')),
    purpose: field(balanced?.isKubernetes === false ? 'tcp' : 'kubernetes'),
    deployment: field(first.deployment),
    frontPort: field(balanced?.frontPort),
    backPort: field(balanced?.servers[0]?.port),
    interface: field(links.size === 1 ? instance.interface : undefined),
    vrid: field(instance.vrid),
    advertInterval: field(instance.advertInterval / MICROS_PER_SECOND),
    metricsPort: field(first.keepalived.model.global.metricsListen?.port),
    keepalivedImage: field(first.images?.keepalived),
    haproxyImage: field(first.images?.haproxy),
  };
  return {
    at,
    fields: Object.fromEntries(Object.entries(fields).filter(([, each]) => each !== undefined)),
    vips: instance.addresses.map(({ address, prefixLength }) => {
      const isAlone = prefixLength === (instance.family === 6 ? 128 : 32);
      return { text: isAlone ? address : `${address}/${prefixLength}`, at };
    }),
    hosts: draftHosts(nodes, links.size > 1, report),
    say: (what) => (what === 'holder' ? 'give it a keepalived.conf too' : `${what} in its file`),
  };
}

/** Servers first, in the order of the proxy; then hosts that hold the VIP and serve nothing. */
function draftHosts(
  nodes: readonly Node[],
  linkIsOwn: boolean,
  report: Report,
): readonly HostDraft[] {
  const [first] = nodes;
  const servers = first?.balanced?.servers ?? [];
  const serverAt = placeIn(first?.haproxy?.file ?? first?.keepalived.file ?? '');
  const holders = nodes.map((node) => ({ node, address: addressOf(node, servers, report) }));
  const drafts = servers.map(({ name, address }): HostDraft => {
    const holder = holders.find((each) => each.address === address);
    if (holder !== undefined) return draftHolder(holder.node, address, linkIsOwn, true);
    const fields = { name: { text: name, at: serverAt }, address: { text: address, at: serverAt } };
    return { at: serverAt, fields, isHolder: false, isServer: true };
  });
  const others = holders.filter(({ address }) => !servers.some((each) => each.address === address));
  const alone = others.map(({ node, address }) => draftHolder(node, address, linkIsOwn, false));
  return [...drafts, ...alone];
}

function draftHolder(
  node: Node,
  address: IpAddress | undefined,
  linkIsOwn: boolean,
  isServer: boolean,
): HostDraft {
  const { instance, keepalived } = node;
  const at = placeIn(keepalived.file);
  const field = (text: string): Field => ({ text, at });
  return {
    at,
    fields: {
      name: field(node.name),
      ...(address !== undefined && { address: field(address) }),
      ...(linkIsOwn && { interface: field(instance.interface) }),
      priority: field(String(instance.priority)),
      state: field(instance.initialState === 'master' ? 'MASTER' : 'BACKUP'),
    },
    isHolder: true,
    isServer,
  };
}

/** As it says by `unicast_src_ip`, or else as the proxy knows the server of its name. */
function addressOf(
  { instance, name, keepalived }: Node,
  servers: Balanced['servers'],
  report: Report,
): IpAddress | undefined {
  const address = instance.source ?? servers.find((server) => server.name === name)?.address;
  if (address !== undefined) return address;
  const message = `nothing says which address ${name} has`;
  const hint = `write unicast_src_ip, or call a server of the haproxy.cfg ${name}`;
  return report.reject('missing-key', placeIn(keepalived.file), message, hint);
}

/** What all hosts of a cluster have in common. */
function judgeCommon(nodes: readonly Node[], report: Report): void {
  const common: readonly (readonly [string, (node: Node) => unknown])[] = [
    ['virtual_router_id', ({ instance }) => instance.vrid],
    ['advert_int', ({ instance }) => instance.advertInterval],
    ['vrrp_version', ({ instance }) => instance.version],
    [
      'virtual_ipaddress',
      ({ instance }) => instance.addresses.map(({ address }) => address).sort(),
    ],
    ['auth_pass', ({ instance }) => passwordOf(instance)],
    ['the port of metrics', ({ keepalived }) => keepalived.model.global.metricsListen?.port],
    ['the port of the proxy', ({ balanced }) => balanced?.frontPort],
    ['the servers', ({ balanced }) => balanced?.servers],
  ];
  const [first, ...others] = nodes;
  if (first === undefined) return;
  for (const [what, valueIn] of common) {
    const expected = JSON.stringify(valueIn(first));
    for (const other of others) {
      if (JSON.stringify(valueIn(other)) === expected) continue;
      const message = `${what} of ${other.name} is not that of ${first.name}`;
      const hint = 'one of the two is a mistake, or they are no cluster';
      report.add('nodes-differ', placeIn(other.keepalived.file), message, hint);
    }
  }
}

function passwordOf({ authentication }: VrrpInstanceModel): string {
  return authentication.kind === 'simple' ? authentication.password.reveal() : '';
}

/** The first proxy that listens on a port and has servers with addresses. */
function findBalanced(config: ProxyConfig | undefined): Balanced | undefined {
  for (const front of config?.proxies ?? []) {
    const frontPort = front.binds.flatMap(({ addresses }) => addresses).find(isIp)?.port;
    const name = front.defaultBackend;
    const back =
      front.kind === 'listen'
        ? front
        : config?.proxies.find((each) => each.name === name && each.kind !== 'frontend');
    const servers = back?.servers.flatMap(addressed) ?? [];
    if (frontPort === undefined || back === undefined || servers.length === 0) continue;
    return { frontPort, servers, isKubernetes: checksTls(back) };
  }
  return undefined;
}

function isIp<Address extends { readonly kind: string }>(
  address: Address,
): address is Extract<Address, { readonly kind: 'ip' }> {
  return address.kind === 'ip';
}

function addressed({ name, address, port }: Server): Balanced['servers'] {
  if (address.kind !== 'ip' || port.kind !== 'port') return [];
  return [{ name, address: address.ip, port: port.port }];
}

/** API servers are asked over TLS; or they listen where API servers do. */
function checksTls({ servers }: ProxySection): boolean {
  return servers.some(({ check, port }) => {
    return check?.tls !== undefined || (port.kind === 'port' && port.port === 6443);
  });
}

function placeIn(file: string): Position {
  return { file, line: 1, column: 1 };
}

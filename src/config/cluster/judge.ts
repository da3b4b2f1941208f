/** A draft to a cluster: every value read, and what contradicts another reported. */
import { type IpAddress, ipFamily, parseIp } from '../../base/ip.ts';
import {
  type Cluster,
  type ClusterHost,
  DEPLOYMENTS,
  type Holder,
  PURPOSES,
} from '../model/cluster.ts';
import type { ClusterDraft, Field, HostDraft } from './draft.ts';
import type { Report } from './report.ts';
import {
  readAddress,
  readChoice,
  readImage,
  readInteger,
  readLink,
  readName,
  readSeconds,
  readVip,
} from './values.ts';

const PORTS = [1, 65_535] as const;
/**
 * 255 is the owner of the address, which keeps it whatever fails: no VIP of a cluster has one. And 1 is
 * where a host ends that fails its check.
 */
const PRIORITIES = [2, 254] as const;
/** As sealos has it: the proxy beside an API server, which has taken 6443. */
const DEFAULT_PORTS = { kubernetes: [6444, 6443], tcp: [undefined, undefined] } as const;

/** The cluster, or undefined where an error was reported. */
export function judgeCluster(draft: ClusterDraft, report: Report): Cluster | undefined {
  const { fields, say } = draft;
  const take = <Value>(field: Field | undefined, read: (field: Field) => Value | undefined) =>
    field === undefined ? undefined : read(field);
  const purpose =
    take(fields.purpose, (field) => readChoice(field, 'the purpose', PURPOSES, report)) ??
    'kubernetes';
  const deployment =
    take(fields.deployment, (field) => readChoice(field, 'the deployment', DEPLOYMENTS, report)) ??
    (purpose === 'kubernetes' ? 'static-pod' : 'systemd');
  const [defaultFront, defaultBack] = DEFAULT_PORTS[purpose];
  const port = (name: 'frontPort' | 'backPort', otherwise: number | undefined) => {
    if (fields[name] !== undefined) return readInteger(fields[name], 'the port', PORTS, report);
    if (otherwise !== undefined) return otherwise;
    const what = name === 'frontPort' ? 'clients come' : 'the servers listen';
    return report.reject('missing-key', draft.at, `at which port ${what}`, `write ${say(name)}`);
  };
  const frontPort = port('frontPort', defaultFront);
  const backPort = port('backPort', defaultBack);
  const name = take(fields.cluster, (field) => readName(field, 'the cluster', report)) ?? 'cluster';
  const link = take(fields.interface, (field) => readLink(field, report));
  const vrid = take(fields.vrid, (field) => readInteger(field, 'the VRID', [1, 255], report));
  const interval = take(fields.advertInterval, (field) => readSeconds(field, report)) ?? 1;
  const metricsPort = take(fields.metricsPort, (field) =>
    readInteger(field, 'the port', PORTS, report),
  );
  const images = {
    keepalived: take(fields.keepalivedImage, (field) => readImage(field, report)),
    haproxy: take(fields.haproxyImage, (field) => readImage(field, report)),
  };
  const vips = draft.vips.flatMap((field) => readVip(field, report) ?? []);
  if (draft.vips.length === 0) {
    report.add('missing-key', draft.at, 'there is no VIP', `write ${say('vip')}`);
  }
  const hosts = draft.hosts.flatMap((host) => judgeHost(host, draft, report) ?? []);
  judgeElection(draft, report);
  judgeUnique(draft, report);
  judgeVips(draft, hosts, report);
  judgePorts(draft, hosts, frontPort === backPort ? frontPort : undefined, report);
  if (metricsPort !== undefined)
    judgeMetricsPort(draft, metricsPort, { frontPort, backPort }, report);
  if (report.hasErrors || frontPort === undefined || backPort === undefined) return undefined;
  return {
    name,
    purpose,
    deployment,
    vips,
    frontPort,
    backPort,
    ...(link !== undefined && { interface: link }),
    ...(vrid !== undefined && { vrid }),
    advertIntervalS: interval,
    ...(metricsPort !== undefined && { metricsPort }),
    images,
    hosts,
  };
}

function judgeHost(
  host: HostDraft,
  { fields: cluster, say }: ClusterDraft,
  report: Report,
): ClusterHost | undefined {
  const { fields } = host;
  const needs = (what: 'name' | 'address') =>
    report.reject('missing-key', host.at, `a host without ${what}`, `write ${say(what)}`);
  const name = fields.name ? readName(fields.name, 'the host', report) : needs('name');
  const address = fields.address
    ? readAddress(fields.address, 'the address', report)
    : needs('address');
  const link = fields.interface && readLink(fields.interface, report);
  const priority =
    fields.priority && readInteger(fields.priority, 'the priority', PRIORITIES, report);
  const state =
    fields.state && readChoice(fields.state, 'the state', ['MASTER', 'BACKUP'] as const, report);
  if (host.isHolder && fields.interface === undefined && cluster.interface === undefined) {
    const message = `which link of ${fields.name?.text ?? 'this host'} carries the VIP is not said`;
    report.add('no-interface', host.at, message, `write ${say('interface')}`);
  }
  if (name === undefined || address === undefined) return undefined;
  const holder: Holder = {
    ...(priority !== undefined && { priority }),
    ...(state !== undefined && { state }),
  };
  return {
    name,
    address,
    ...(link !== undefined && { interface: link }),
    ...(host.isHolder && { holder }),
    isServer: host.isServer,
  };
}

function judgeUnique(draft: ClusterDraft, report: Report): void {
  const unique = [
    ['the name', ({ fields }: HostDraft) => fields.name],
    ['the address', ({ fields }: HostDraft) => fields.address],
    ['the priority', ({ fields, isHolder }: HostDraft) => (isHolder ? fields.priority : undefined)],
  ] as const;
  for (const [what, fieldOf] of unique) {
    const seen = new Map<string, Field>();
    for (const field of draft.hosts.flatMap((host) => fieldOf(host) ?? [])) {
      const first = seen.get(field.text);
      seen.set(field.text, first ?? field);
      if (first === undefined) continue;
      const hint =
        what === 'the priority'
          ? 'give each host its own: with equal ones chance decides who holds the VIP'
          : 'give each host its own';
      report.add('twice', field.at, `${what} ${field.text} is that of line ${first.at.line}`, hint);
    }
  }
}

/** Somebody to hold the VIP, somebody to take it over, and somebody to serve. */
function judgeElection({ hosts, at, say }: ClusterDraft, report: Report): void {
  const holders = hosts.filter(({ isHolder }) => isHolder);
  const servers = hosts.filter(({ isServer }) => isServer);
  const nameOf = ({ fields }: HostDraft): string => fields.name?.text ?? 'a host without a name';
  const [only] = holders;
  if (only === undefined) {
    report.add('no-holder', at, 'no host may hold the VIP', `write ${say('holder')}`);
  } else if (holders.length === 1) {
    const message = `only ${nameOf(only)} may hold the VIP: nobody takes it over`;
    report.add('one-holder', only.at, message, `write ${say('holder')} at a second one`);
  }
  if (servers.length === 0) {
    report.add('no-server', at, 'no host is a server', `write ${say('server')}`);
  }
  for (const server of servers) {
    if (server.isHolder || holders.length === 0) continue;
    const message = `${nameOf(server)} is a server, and takes no part in the election of the VIP`;
    report.add('server-without-vip', server.at, message, `if it shall: ${say('holder')}`);
  }
}

function judgeVips(draft: ClusterDraft, hosts: readonly ClusterHost[], report: Report): void {
  const byAddress = new Map<IpAddress, string>(hosts.map(({ address, name }) => [address, name]));
  const families = new Set(hosts.map(({ address }) => ipFamily(address)));
  const seen = new Set<string>();
  for (const field of draft.vips) {
    const text = field.text.split('/')[0] ?? '';
    const vip = parseIp(text);
    if (vip === undefined) continue;
    const host = byAddress.get(vip);
    if (host !== undefined) {
      const hint = 'write an address of the same network that no host has';
      report.add('vip-is-host', field.at, `${text} is the own address of ${host}`, hint);
    }
    if (seen.has(vip)) report.add('twice', field.at, `${text} is named before`, 'name it once');
    seen.add(vip);
    // Adverts of one virtual router speak of one family; ours go from host address to host address.
    if (!families.has(ipFamily(vip)) && families.size > 0) {
      const hint = 'write a VIP of the family of the addresses of the hosts';
      report.add('vip-family', field.at, `${text} is not of the family of the hosts`, hint);
    }
  }
}

function judgePorts(
  draft: ClusterDraft,
  hosts: readonly ClusterHost[],
  shared: number | undefined,
  report: Report,
): void {
  const both = hosts.find(({ holder, isServer }) => holder !== undefined && isServer);
  if (shared === undefined || both === undefined) return;
  const at = draft.fields.frontPort?.at ?? draft.fields.backPort?.at ?? draft.at;
  const message = `proxy and server would both listen on port ${shared} of ${both.name}`;
  report.add('same-port', at, message, `write another ${draft.say('frontPort')}`);
}

/** The proxy listens on all addresses of a holder, and so may a server there. */
function judgeMetricsPort(
  draft: ClusterDraft,
  port: number,
  others: Readonly<Record<'frontPort' | 'backPort', number | undefined>>,
  report: Report,
): void {
  for (const name of ['frontPort', 'backPort'] as const) {
    if (others[name] !== port) continue;
    const at = draft.fields.metricsPort?.at ?? draft.at;
    const message = `metrics would be served on port ${port}, which is ${name}`;
    report.add('same-port', at, message, `write another ${draft.say('metricsPort')}`);
  }
}

import { readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { type IpAddress, ipFamily, ipFromBytes, ipToBytes } from '../base/ip.ts';
import { type ScannedInstance, scanConfig } from './config-scan.ts';
import type { InterfaceOptions } from './plan.ts';
import type { Program } from './programs.ts';
import { type ScannedProxy, scanProxy } from './proxy-scan.ts';
import type { Scenario, ScenarioHost } from './scenario.ts';

interface OperatorHost {
  readonly name: string;
  readonly file: string;
  /** Of a plan: what belongs into the host's /etc. */
  readonly etc?: string;
  readonly instances: readonly ScannedInstance[];
}

const firstHostNumber = 81;
const clientNumber = 10;

/** A scenario of the operator's own files; a text says why there is none. */
export function loadOperatorScenario(
  directory: string,
  programOf: (host: string) => Program,
): Scenario | string {
  let hosts: OperatorHost[];
  try {
    hosts = findHosts(resolve(directory));
  } catch (error) {
    return `--config ${directory}: ${error instanceof Error ? error.message : String(error)}`;
  }
  if (hosts.length < 2) {
    return (
      `--config ${directory}: ${hosts.length} host${hosts.length === 1 ? '' : 's'} found; ` +
      'the lab looks for HOST.conf and HOST/keepalived.conf, or for what holdfast plan has made, and needs two or more'
    );
  }
  const vip = hosts[0]?.instances[0]?.vips[0];
  if (vip === undefined) return `${hosts[0]?.file}: no vrrp_instance with a virtual_ipaddress`;
  const instances = hosts.flatMap((host) => host.instances);
  const peers = new Set(instances.flatMap((instance) => instance.peers));
  const taken = new Set<string>(
    instances.flatMap((each) => each.vips.map((entry) => entry.address)),
  );
  for (const { source } of instances) if (source !== undefined) taken.add(source);
  for (const peer of peers) taken.add(peer);

  const lengthOf = (address: IpAddress): number => {
    const given = vip.prefixLength;
    if (ipFamily(address) === 6) return given !== undefined && given < 127 ? given : 64;
    return given !== undefined && given < 31 && ipFamily(vip.address) === 4 ? given : 24;
  };
  const pick = (near: IpAddress, number: number): string => {
    let candidate = withLastByte(near, number);
    for (let next = number; taken.has(candidate); ) candidate = withLastByte(near, ++next);
    taken.add(candidate);
    return `${candidate}/${lengthOf(candidate)}`;
  };
  const planned = hosts.map((host, index): ScenarioHost => {
    const own = ownAddress(host, peers, index);
    const near = own ?? vip.address;
    const first =
      own === undefined ? pick(near, firstHostNumber + index) : `${own}/${lengthOf(own)}`;
    const addresses = [first];
    if (own !== undefined && ipFamily(own) !== ipFamily(vip.address)) {
      addresses.push(pick(vip.address, firstHostNumber + index));
    }
    return {
      name: host.name,
      program: programOf(host.name),
      config: () => ({ file: host.file }),
      version: `backend-${index + 1}`,
      interfaces: planInterfaces(host, addresses),
      scripts: {},
      ...(host.etc !== undefined && { etc: host.etc }),
    };
  });
  const proxy = findProxy(hosts);
  const slowestMs = Math.max(
    ...instances.map((each) => each.advertIntervalMs * 4 + each.preemptDelayMs),
  );
  return {
    title: `the hosts of ${directory}`,
    vip: vip.address,
    hosts: planned,
    clientInterfaces: [{ addresses: [pick(vip.address, clientNumber)] }],
    httpPort: proxy?.backPort ?? 9443,
    ...(proxy !== undefined && { proxy: { file: PROXY_FILE, ...proxy } }),
    mends: [],
    limitMs: 30_000 + 2 * slowestMs,
    returnLimitMs: 3000 + 2 * slowestMs,
  };
}

/** Files as they lie on a host, of which a plan has one folder each. */
const PLANNED_FILE = join('etc', 'keepalived', 'keepalived.conf');
const PROXY_FILE = '/etc/haproxy/haproxy.cfg';

function findHosts(directory: string): OperatorHost[] {
  const planned = join(directory, 'hosts');
  const base = isThere(planned) ? planned : directory;
  const found = readdirSync(base).flatMap((entry): OperatorHost[] => {
    const path = join(base, entry);
    const isFolder = statSync(path).isDirectory();
    if (!isFolder && !entry.endsWith('.conf')) return [];
    const files = isFolder ? [join(path, 'keepalived.conf'), join(path, PLANNED_FILE)] : [path];
    const file = files.find(isThere);
    if (file === undefined) return [];
    const name = basename(entry, '.conf')
      .toLowerCase()
      .replace(/[^a-z0-9-]+/g, '-');
    const instances = scanConfig(readFileSync(file, 'utf8'));
    const isPlanned = file.endsWith(PLANNED_FILE);
    return [
      {
        ...{ name: name.replace(/^-+/, '') || 'host', file, instances },
        ...(isPlanned && { etc: join(path, 'etc') }),
      },
    ];
  });
  return found.sort((a, b) => a.name.localeCompare(b.name, 'en', { numeric: true }));
}

function isThere(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false }) !== undefined;
}

/** Of a plan, where every host has one. */
function findProxy(hosts: readonly OperatorHost[]): ScannedProxy | undefined {
  const files = hosts.flatMap(({ etc }) =>
    etc === undefined ? [] : [join(etc, '..', PROXY_FILE)],
  );
  const [first] = files;
  if (first === undefined || files.length < hosts.length || !files.every(isThere)) return undefined;
  return scanProxy(readFileSync(first, 'utf8'));
}

/** Where adverts come from: as written, or the one peer address that is not among the host's peers. */
function ownAddress(
  host: OperatorHost,
  allPeers: ReadonlySet<IpAddress>,
  index: number,
): IpAddress | undefined {
  const written = host.instances.find((instance) => instance.source !== undefined)?.source;
  if (written !== undefined || allPeers.size === 0) return written;
  const listed = new Set(host.instances.flatMap((instance) => instance.peers));
  const rest = [...allPeers].filter((peer) => !listed.has(peer));
  return rest.length === 1 ? rest[0] : [...allPeers][index];
}

/** The interfaces that the file names; the first instance's gets the addresses. */
function planInterfaces(host: OperatorHost, addresses: readonly string[]): InterfaceOptions[] {
  const names = host.instances.flatMap((instance) => [
    ...(instance.interfaceName === undefined ? [] : [instance.interfaceName]),
    ...instance.vips.flatMap((entry) => entry.dev ?? []),
  ]);
  const [first = 'eth0', ...others] = [...new Set(names)].filter((name) => name !== 'lo');
  return [
    { name: first, addresses },
    ...others.map((name, index) => ({ name, segment: `lan${index + 1}` })),
  ];
}

function withLastByte(address: IpAddress, value: number): IpAddress {
  const bytes = Uint8Array.from(ipToBytes(address));
  bytes[bytes.length - 1] = value;
  return ipFromBytes(bytes);
}

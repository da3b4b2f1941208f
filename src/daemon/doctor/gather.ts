/** Gathers what the doctor judges. Nothing is changed. */
import { existsSync } from 'node:fs';
import type { IpFamily } from '../../base/ip.ts';
import type { CheckedConfiguration, Facts, HostLink, Known } from '../../doctor/facts.ts';
import { isUnknown } from '../../doctor/facts.ts';
import { openNetlinkSocket } from '../../linux/netlink-socket.ts';
import { readNetworkTables } from '../../linux/network-tables.ts';
import { readSysctl } from '../../linux/sysctl.ts';
import { isSysError } from '../../ports/sys-error.ts';
import { readConfiguration } from '../configuration.ts';
import { readHaproxyFiles } from '../haproxy-host.ts';
import { checkConfigurationInPlace } from '../held-configuration.ts';
import { readFirewall } from './firewall.ts';
import {
  readAbilities,
  readCapabilities,
  readCloudInit,
  readMachine,
  readManagedLinks,
  readManagers,
  readPrograms,
  readRealtime,
} from './host.ts';
import { listen } from './listen.ts';

const IFA_F_SECONDARY = 0x01;
const IFA_F_PERMANENT = 0x80;

export interface GatherOptions {
  readonly configFile: string;
  readonly proxyFiles?: readonly string[];
  readonly configId?: string;
  readonly listenSeconds: number;
}

export async function gather(options: GatherOptions): Promise<Facts> {
  const links = readLinks();
  const known = isUnknown(links) ? [] : links;
  const managers = readManagers();
  const configuration = readConfigured(options);
  const listened = await listen(known, options.listenSeconds);
  return {
    nowMs: Date.now(),
    nodeVersion: process.versions.node,
    configuration,
    abilities: readAbilities(),
    settings: readSettings(known),
    links,
    capabilities: readCapabilities(),
    realtime: readRealtime(),
    firewall: readFirewall(),
    managers,
    managed: readManagedLinks(managers, known),
    cloudInit: readCloudInit(),
    machine: readMachine(),
    ...listened,
    programs: readPrograms(),
  };
}

function readConfigured({
  configFile,
  proxyFiles,
  configId,
}: GatherOptions): Known<CheckedConfiguration> {
  if (!existsSync(configFile)) return { unknown: `there is no ${configFile} (-f FILE)` };
  const source = {
    configFile,
    ...(proxyFiles !== undefined && { proxyFiles }),
    ...(configId !== undefined && { configId }),
  };
  const { model, diagnostics } = checkConfigurationInPlace(source);
  const errors = diagnostics.filter(({ severity }) => severity === 'error' || severity === 'fatal');
  const proxy = proxyFiles === undefined ? undefined : readHaproxyFiles(proxyFiles).config;
  return {
    files: [configFile, ...(proxyFiles ?? [])],
    errors: errors.length,
    instances: model?.instances ?? [],
    balancing: readConfiguration(source).loadBalancing,
    ...(proxy !== undefined && { proxy }),
  };
}

function readLinks(): Known<readonly HostLink[]> {
  const socket = openNetlinkSocket();
  if (isSysError(socket)) return { unknown: `links cannot be listed: ${socket.message}` };
  const tables = readNetworkTables(socket);
  socket.close();
  if (isSysError(tables)) return { unknown: `links cannot be listed: ${tables.message}` };
  const addresses = [...tables.addresses.values()];
  return [...tables.links.values()].map(({ index, name, loopback, adminUp, running }) => ({
    ...{ index, name, isLoopback: loopback, isUp: adminUp && running },
    addresses: addresses
      .filter((one) => one.interfaceIndex === index)
      .map(({ address, prefixLength, family, flags }) => ({
        ...{ address, prefixLength, family: family as IpFamily },
        lifetime: (flags & IFA_F_PERMANENT) === 0 ? ('limited' as const) : ('forever' as const),
        isSecondary: (flags & IFA_F_SECONDARY) !== 0,
      })),
  }));
}

const GLOBAL_SETTINGS = [
  'net/ipv4/ip_nonlocal_bind',
  'net/ipv6/ip_nonlocal_bind',
  'net/ipv4/ip_forward',
  'net/ipv4/ip_unprivileged_port_start',
  'net/ipv6/conf/all/forwarding',
  'net/netfilter/nf_conntrack_tcp_timeout_time_wait',
];
const LINK_SETTINGS = [
  ...['rp_filter', 'arp_ignore', 'arp_announce', 'promote_secondaries'].map(
    (name) => ['ipv4', name] as const,
  ),
  ['ipv6', 'disable_ipv6'] as const,
];

function readSettings(links: readonly HostLink[]): Readonly<Record<string, string>> {
  const settings: Record<string, string> = {};
  const note = (...words: readonly string[]): void => {
    const value = readSysctl(...words);
    if (value !== undefined) settings[words.join('/')] = value;
  };
  for (const name of GLOBAL_SETTINGS) note(...name.split('/'));
  for (const link of ['all', ...links.map(({ name }) => name)]) {
    for (const [family, name] of LINK_SETTINGS) note('net', family, 'conf', link, name);
  }
  return settings;
}

/** Facts of a host where all is well, and configurations to hold against it. */
import { createRng } from '../../src/base/rng.ts';
import { createMemoryFiles as createProxyFiles } from '../../src/config/haproxy/files.ts';
import { readHaproxy } from '../../src/config/haproxy/index.ts';
import { readKeepalivedConfig } from '../../src/config/keepalived/index.ts';
import { createMemoryFiles } from '../../src/config/keepalived/memory-files.ts';
import type { CheckedConfiguration, Facts, HostLink } from '../../src/doctor/facts.ts';
import { ip } from '../linux/namespaces.ts';

export interface Changes {
  /** Lines of the vrrp_instance, beside those that all have. */
  readonly instance?: string;
  /** Behind it. */
  readonly more?: string;
  readonly address?: string;
  readonly haproxy?: string;
}

export const KEEPALIVED = ({
  instance = '',
  more = '',
  address = '192.0.2.10/24',
}: Changes = {}): string => `vrrp_instance web {
    interface eth0
    virtual_router_id 51
    priority 100
    ${instance}
    virtual_ipaddress {
        ${address}
    }
}
${more}
`;

export const HAPROXY = (bind: string, more = ''): string => `defaults
  mode tcp
  timeout connect 5s
  timeout client 1m
  timeout server 1m
listen web
  bind ${bind}
  ${more}
  server a 192.0.2.20:80
`;

export function configured(changes: Changes = {}): CheckedConfiguration {
  const { model, loadBalancing } = readKeepalivedConfig('/keepalived.conf', {
    files: createMemoryFiles({ '/keepalived.conf': KEEPALIVED(changes) }),
    environment: { get: () => undefined },
    rng: createRng(1),
    hostName: 'a',
  });
  const { haproxy } = changes;
  return {
    files: ['/keepalived.conf'],
    errors: 0,
    instances: model.instances,
    balancing: loadBalancing,
    ...(haproxy !== undefined && { proxy: readProxy(haproxy) }),
  };
}

function readProxy(text: string) {
  const files = createProxyFiles({ '/haproxy.cfg': text });
  return readHaproxy({ paths: ['/haproxy.cfg'], files, environment: { HOLDFAST: '1' } }).config;
}

export const eth0: HostLink = {
  ...{ name: 'eth0', index: 2, isLoopback: false, isUp: true },
  addresses: [
    {
      ...{ address: ip('192.0.2.1'), prefixLength: 24, family: 4 },
      ...{ lifetime: 'forever', isSecondary: false },
    },
  ],
};

export const lo: HostLink = {
  ...{ name: 'lo', index: 1, isLoopback: true, isUp: true },
  addresses: [
    {
      ...{ address: ip('127.0.0.1'), prefixLength: 8, family: 4 },
      ...{ lifetime: 'forever', isSecondary: false },
    },
  ],
};

export const nft = (...entries: readonly object[]): string => JSON.stringify({ nftables: entries });

export const healthy: Facts = {
  nowMs: Date.UTC(2026, 2, 1),
  nodeVersion: '24.11.0',
  configuration: configured(),
  abilities: { ip_vs: 'there', nf_tables: 'there', nf_conntrack: 'there' },
  settings: {
    'net/ipv4/ip_nonlocal_bind': '0',
    'net/ipv6/ip_nonlocal_bind': '0',
    'net/ipv4/ip_forward': '0',
    'net/ipv6/conf/all/forwarding': '0',
    'net/ipv4/conf/all/rp_filter': '0',
    'net/ipv4/conf/eth0/rp_filter': '1',
    'net/ipv4/conf/all/arp_ignore': '0',
    'net/ipv4/conf/eth0/arp_ignore': '0',
    'net/ipv4/conf/eth0/promote_secondaries': '0',
    'net/ipv6/conf/eth0/disable_ipv6': '0',
    'net/netfilter/nf_conntrack_tcp_timeout_time_wait': '120',
  },
  links: [lo, eth0],
  capabilities: new Set(['net_admin', 'net_raw', 'sys_nice', 'ipc_lock', 'net_bind_service']),
  realtime: { answer: 'granted', hostBudgetUs: 950_000 },
  firewall: { nft: nft(), saves: {}, keepers: [] },
  managers: [],
  managed: [],
  cloudInit: 'absent',
  machine: { sys_vendor: 'Dell Inc.', product_name: 'PowerEdge' },
  hearing: { seconds: 3, links: ['eth0'], adverts: [] },
  clock: { stepMs: 1, state: 'synchronised' },
  programs: [],
};

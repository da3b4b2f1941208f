/** Addresses of nodes, of virtual routers and of proxies, held against each other. */
import type { Rule } from '../types.ts';
import { conf, type InstanceParts, pair, proxy } from './examples.ts';
import {
  boundToVirtual,
  differentBackends,
  distantPeers,
  forgottenNodes,
  offNetwork,
  ownAddresses,
  strangeSource,
  takenPorts,
} from './node-checks.ts';

const unicast = (source: string, ...peers: readonly string[]): readonly string[] => [
  `unicast_src_ip ${source}`,
  ...['unicast_peer {', ...peers.map((peer) => `    ${peer}`), '}'],
];
const one = (parts: InstanceParts): Readonly<Record<string, string>> => ({
  'keepalived.conf': conf(parts),
});
const PAIR = pair(
  { priority: 100, more: unicast('10.0.0.1', '10.0.0.2', '10.0.0.3') },
  { priority: 90, more: unicast('10.0.0.2', '10.0.0.1', '10.0.0.3') },
);
const beside = (text: string): Readonly<Record<string, string>> => ({
  ...PAIR,
  'haproxy.cfg': text,
});
const SERVERS = [2, 3].map((node) => `  server m${node} 10.0.0.${node}:6443 check\n`);
const ALL = `${proxy([])}${SERVERS.join('')}`;

export const NODE_RULES: readonly Rule[] = [
  {
    code: 'address-of-node',
    severity: 'error',
    title: 'A virtual address is the own address of a node.',
    explanation:
      'The node answers for it whoever is master, and loses its own address with the mastership. Nodes are ' +
      'known by unicast_src_ip, unicast_peer and inventories.',
    bad: one({ more: unicast('10.0.0.1', '10.0.0.9') }),
    good: one({ more: unicast('10.0.0.1', '10.0.0.2') }),
    check: ownAddresses,
  },
  {
    code: 'address-off-network',
    severity: 'warning',
    title: 'A virtual address is outside the network of its node.',
    explanation:
      'Neighbours look for it in another network, and find nobody. The network is that of unicast_src_ip, or ' +
      'with --host that of the interface.',
    bad: one({ more: unicast('10.0.0.1', '10.0.0.2'), addresses: ['192.168.7.9/24'] }),
    good: one({ more: unicast('10.0.0.1', '10.0.0.2'), addresses: ['10.0.0.9/24'] }),
    check: offNetwork,
  },
  {
    code: 'peer-off-network',
    severity: 'warning',
    title: 'A peer is in another network than the virtual address.',
    explanation:
      'The adverts may be routed, but the address is of no use there: nobody in that network asks for it.',
    bad: one({ more: unicast('10.0.0.1', '192.168.7.2'), addresses: ['10.0.0.9/24'] }),
    good: one({ more: unicast('10.0.0.1', '10.0.0.2'), addresses: ['10.0.0.9/24'] }),
    check: distantPeers,
  },
  {
    code: 'source-missing',
    severity: 'error',
    title: 'The host does not have the address of unicast_src_ip.',
    explanation:
      'The virtual router waits in FAULT for the address, for ever. It is looked at only with --host.',
    bad: one({ more: unicast('10.0.0.1', '10.0.0.2') }),
    good: one({}),
    check: strangeSource,
  },
  {
    code: 'backend-misses-node',
    severity: 'warning',
    title: 'A backend has some nodes of a group as servers, and not the others.',
    explanation:
      'The node that is missing gets no connections, and when the others are down nobody answers though it lives.',
    bad: beside(`${proxy([])}${SERVERS[0]}`),
    good: beside(ALL),
    check: forgottenNodes,
  },
  {
    code: 'backends-differ',
    severity: 'warning',
    title: 'One backend has other servers on another node.',
    explanation: 'What clients get then depends on who holds the address.',
    bad: { 'a.cfg': ALL, 'b.cfg': proxy([]) },
    good: { 'a.cfg': ALL, 'b.cfg': ALL },
    check: differentBackends,
  },
  {
    code: 'front-port-taken',
    severity: 'error',
    title: 'A proxy listens at the port of a server of its own host.',
    explanation:
      'Whichever starts second ends with “address already in use”, or the proxy is its own server.',
    bad: beside(ALL.replace('127.0.0.1:9443', '*:6443')),
    good: beside(ALL.replace('127.0.0.1:9443', '*:6444')),
    check: takenPorts,
  },
  {
    code: 'bind-to-virtual-address',
    severity: 'warning',
    title: 'A proxy listens at the virtual address only.',
    explanation:
      'On a node that does not hold it “cannot assign requested address” ends HAProxy, and a check of the proxy ' +
      'then keeps the node from ever taking over. Nothing is said where a file sets ip_nonlocal_bind.',
    bad: beside(ALL.replace('127.0.0.1:9443', '10.0.0.9:9443')),
    good: beside(ALL.replace('127.0.0.1:9443', '10.0.0.9:9443 transparent')),
    check: boundToVirtual,
  },
];

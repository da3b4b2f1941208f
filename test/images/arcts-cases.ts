import type { ImageCase } from './case.ts';

const VIP = { KEEPALIVED_VIRTUAL_IPADDRESS_1: '10.2.1.12/24 dev eth0' };
const OWN = `vrrp_instance MINE {
  interface eth0
  virtual_router_id 9
  virtual_ipaddress {
    10.9.9.9
  }
}
`;

const env = (
  name: string,
  variables: Readonly<Record<string, string>>,
  differs?: ImageCase['differs'],
): ImageCase => ({
  name,
  env: { ...VIP, ...variables },
  ...(differs !== undefined && { differs }),
});
const check = (
  name: string,
  variables: Readonly<Record<string, string>>,
  differs?: ImageCase['differs'],
): ImageCase => env(name, { KEEPALIVED_KUBE_APISERVER_CHECK: 'true', ...variables }, differs);

const SEED = {
  KEEPALIVED_AUTOCONF: 'true',
  KEEPALIVED_INTERFACE: 'eth0',
  KEEPALIVED_VIRTUAL_ROUTER_ID: '2',
  KEEPALIVED_TRACK_INTERFACE_1: 'eth0',
};

/** arcts/keepalived */
export const ARCTS_CASES: readonly ImageCase[] = [
  env('one-address-only', {}),
  env('seed-run', {
    ...SEED,
    KEEPALIVED_STATE: 'BACKUP',
    KEEPALIVED_UNICAST_SRC_IP: '10.2.1.11',
    KEEPALIVED_UNICAST_PEER_0: '10.2.1.10',
  }),
  env(
    'seed-compose',
    {
      ...SEED,
      KEEPALIVED_STATE: 'MASTER',
      KEEPALIVED_UNICAST_SRC_IP: '10.2.1.10',
      KEEPALIVED_UNICAST_PEER_0: '10.2.1.11',
      KEEPALIVED_VIRTUAL_IPADDRESS_1: '"10.2.1.12/24 dev eth0"',
    },
    'quotes',
  ),
  env('readme-master', {
    ...SEED,
    KEEPALIVED_STATE: 'MASTER',
    KEEPALIVED_UNICAST_SRC_IP: '10.10.0.21',
    KEEPALIVED_UNICAST_PEER_0: '10.10.0.22',
    KEEPALVED_TRACK_INTERFACE_2: 'eth1',
    KEEPALIVED_VIRTUAL_IPADDRESS_1: '10.10.0.3 dev eth0',
    KEEPALIVED_VIRTUAL_IPADDRESS_EXCLUDED_1: '172.16.1.20 dev eth1',
  }),
  env('state-backup', { KEEPALIVED_STATE: 'BACKUP' }),
  env('state-in-small-letters', { KEEPALIVED_STATE: 'backup' }),
  env('state-unknown', { KEEPALIVED_STATE: 'FAULT' }),
  env('state-unknown-with-priority', { KEEPALIVED_STATE: 'FAULT', KEEPALIVED_PRIORITY: '50' }),
  env('state-empty', { KEEPALIVED_STATE: '' }),
  env('priority', { KEEPALIVED_PRIORITY: '150' }),
  env('priority-no-number', { KEEPALIVED_PRIORITY: 'high' }),
  env('interface', { KEEPALIVED_INTERFACE: 'eth1' }),
  env('interface-missing', { KEEPALIVED_INTERFACE: 'ens3' }),
  env('interface-missing-with-source', {
    KEEPALIVED_INTERFACE: 'ens3',
    KEEPALIVED_UNICAST_SRC_IP: '10.2.1.10',
  }),
  env('router-id', { KEEPALIVED_VIRTUAL_ROUTER_ID: '51' }),
  env('advert-interval', { KEEPALIVED_ADVERT_INT: '3' }),
  env('password', { KEEPALIVED_AUTH_PASS: 'a&b|c' }),
  env('password-with-blank', { KEEPALIVED_AUTH_PASS: 'two words' }),
  env('peers-in-order-of-names', {
    KEEPALIVED_UNICAST_PEER_1: '10.2.1.1',
    KEEPALIVED_UNICAST_PEER_2: '10.2.1.2',
    KEEPALIVED_UNICAST_PEER_10: '10.2.1.3',
  }),
  env('peer-without-number', { KEEPALIVED_UNICAST_PEER: '10.2.1.11' }),
  env('peer-empty', { KEEPALIVED_UNICAST_PEER_0: '', KEEPALIVED_UNICAST_PEER_1: '10.2.1.11' }),
  env('name-only-contains-it', { MY_KEEPALIVED_UNICAST_PEER_1234: '10.2.1.11' }),
  env('several-addresses', {
    KEEPALIVED_VIRTUAL_IPADDRESS_2: '10.2.1.13/24 dev eth0',
    KEEPALIVED_VIRTUAL_IPADDRESS_11: '10.2.1.14/24 brd 10.2.1.255 dev eth0 label eth0:1',
  }),
  env('address-of-ipv6', { KEEPALIVED_VIRTUAL_IPADDRESS_1: '2001:db8::12/64 dev eth0' }),
  env('address-empty', { KEEPALIVED_VIRTUAL_IPADDRESS_2: '' }),
  env('excluded', {
    KEEPALIVED_VIRTUAL_IPADDRESS_EXCLUDED_1: '10.3.1.12/24 dev eth1',
    KEEPALIVED_VIRTUAL_IPADDRESS_EXCLUDED_2: '10.3.1.13/24 dev eth1',
  }),
  env('tracked-interfaces', {
    KEEPALIVED_TRACK_INTERFACE_1: 'eth0',
    KEEPALIVED_TRACK_INTERFACE_2: 'eth1',
  }),
  { name: 'no-address', env: { KEEPALIVED_STATE: 'MASTER' } },
  env('debug', { KEEPALIVED_DEBUG: 'True' }),
  env('own-path', { KEEPALIVED_CONF: '/etc/keepalived/own.conf' }),
  env('own-command', {
    KEEPALIVED_CMD: '/usr/sbin/keepalived -n -l -D -f /etc/keepalived/keepalived.conf -P',
  }),
  env('autoconf-in-capitals', { KEEPALIVED_AUTOCONF: 'TRUE' }),
  {
    name: 'config-mounted',
    env: { KEEPALIVED_AUTOCONF: 'false' },
    files: { '/etc/keepalived/keepalived.conf': OWN },
  },
  check('check', {}),
  check('check-false', { KEEPALIVED_KUBE_APISERVER_CHECK: 'no' }),
  check('check-address-and-port', {
    KUBE_APISERVER_ADDRESS: '127.0.0.1',
    KUBE_APISERVER_PORT: '8443',
  }),
  check('check-figures', {
    KUBE_APISERVER_CHK_INTERVAL: '5',
    KUBE_APISERVER_CHK_FALL: '2',
    KUBE_APISERVER_CHK_RISE: '1',
    KUBE_APISERVER_CHK_WEIGHT: '-120',
  }),
  check('check-on-ipv6', { KEEPALIVED_VIRTUAL_IPADDRESS_1: '2001:db8::12/64 dev eth0' }),
  check(
    'check-with-broadcast',
    { KEEPALIVED_VIRTUAL_IPADDRESS_1: '10.2.1.12/24 brd 10.2.1.255 dev eth0' },
    'several-addresses-for-check',
  ),
];

import type { Variable } from './variable.ts';

/** arcts/keepalived. An empty value is as none. */
export const ARCTS_VARIABLES: readonly Variable[] = [
  {
    name: 'KEEPALIVED_AUTOCONF',
    default: 'true',
    becomes: 'true: the file is made; else one that is mounted is taken',
  },
  { name: 'KEEPALIVED_CONF', default: '/etc/keepalived/keepalived.conf', becomes: 'the file' },
  {
    name: 'KEEPALIVED_CMD',
    becomes: 'the command that is run',
    note: 'default `/usr/sbin/keepalived -n -l -f FILE`',
  },
  { name: 'KEEPALIVED_DEBUG', default: 'false', becomes: 'option -D' },
  {
    name: 'KEEPALIVED_VAR_RUN',
    default: '/var/run/keepalived',
    becomes: 'no effect: a pid file that was left does not keep the daemon from starting',
  },
  { name: 'KEEPALIVED_STATE', default: 'MASTER', becomes: 'state' },
  {
    name: 'KEEPALIVED_PRIORITY',
    becomes: 'priority',
    note: 'default 200 with MASTER, 100 with BACKUP',
  },
  { name: 'KEEPALIVED_INTERFACE', default: 'eth0', becomes: 'interface' },
  { name: 'KEEPALIVED_VIRTUAL_ROUTER_ID', default: '1', becomes: 'virtual_router_id' },
  { name: 'KEEPALIVED_ADVERT_INT', default: '1', becomes: 'advert_int' },
  {
    name: 'KEEPALIVED_AUTH_PASS',
    becomes: 'auth_pass',
    secret: true,
    note: 'default `pwd` and the virtual router id',
  },
  {
    name: 'KEEPALIVED_UNICAST_SRC_IP',
    becomes: 'unicast_src_ip',
    note: 'default: the first IPv4 address of the interface',
  },
  { name: 'KEEPALIVED_UNICAST_PEER_<n>', becomes: 'unicast_peer' },
  {
    name: 'KEEPALIVED_VIRTUAL_IPADDRESS_<n>',
    becomes: 'virtual_ipaddress',
    note: 'at least one is needed',
  },
  { name: 'KEEPALIVED_VIRTUAL_IPADDRESS_EXCLUDED_<n>', becomes: 'virtual_ipaddress_excluded' },
  {
    name: 'KEEPALIVED_TRACK_INTERFACE_<n>',
    becomes: 'track_interface',
    note: 'default: the interface',
  },
  {
    name: 'KEEPALIVED_KUBE_APISERVER_CHECK',
    default: 'false',
    becomes: 'track_script',
    note: 'true: asks a kube-apiserver',
  },
  {
    name: 'KUBE_APISERVER_ADDRESS',
    becomes: 'script',
    note: 'default: the first address of the first virtual address',
  },
  { name: 'KUBE_APISERVER_PORT', default: '6443', becomes: 'script' },
  { name: 'KUBE_APISERVER_CHK_INTERVAL', default: '3', becomes: 'interval' },
  { name: 'KUBE_APISERVER_CHK_FALL', default: '10', becomes: 'fall' },
  { name: 'KUBE_APISERVER_CHK_RISE', default: '2', becomes: 'rise' },
  { name: 'KUBE_APISERVER_CHK_WEIGHT', default: '-50', becomes: 'weight' },
];

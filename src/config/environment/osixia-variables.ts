import type { Variable } from './variable.ts';

export const CLASSIC_NOTIFY = '/container/service/keepalived/assets/notify.sh';
export const NEW_NOTIFY = '/container/services/keepalived/assets/scripts/notify.sh';
export const NEW_CONFIG = '/etc/keepalived/keepalived.conf';
export const NEW_TEMPLATE =
  '/container/services/keepalived-conf/assets/confs/keepalived.conf.template';

/** osixia/keepalived: `classic` up to 2.0.20, `2026` from 2.3.4 on. */
export const OSIXIA_VARIABLES: readonly Variable[] = [
  {
    name: 'KEEPALIVED_INTERFACE',
    default: 'eth0',
    becomes: 'interface',
    note: 'also default_interface',
  },
  { name: 'KEEPALIVED_STATE', default: 'BACKUP', becomes: 'state' },
  { name: 'KEEPALIVED_ROUTER_ID', default: '51', becomes: 'virtual_router_id' },
  { name: 'KEEPALIVED_PRIORITY', default: '150', becomes: 'priority' },
  { name: 'KEEPALIVED_PASSWORD', default: 'd0cker', becomes: 'auth_pass', secret: true },
  {
    name: 'KEEPALIVED_UNICAST_PEERS',
    default: '192.168.1.10 192.168.1.11',
    becomes: 'unicast_peer',
    note: 'a list; empty: multicast',
  },
  {
    name: 'KEEPALIVED_VIRTUAL_IPS',
    default: '192.168.1.231 192.168.1.232',
    becomes: 'virtual_ipaddress',
    note: 'a list',
  },
  {
    name: 'KEEPALIVED_NOTIFY',
    default: CLASSIC_NOTIFY,
    becomes: 'notify',
    dialect: 'classic',
    note: 'empty: none',
  },
  {
    name: 'KEEPALIVED_COMMAND_LINE_ARGUMENTS',
    default: '--log-detail --dump-conf',
    becomes: 'options of keepalived',
    dialect: 'classic',
  },
  {
    name: 'KEEPALIVED_NOTIFY_SCRIPT',
    default: NEW_NOTIFY,
    becomes: 'notify',
    dialect: '2026',
    note: 'empty: none',
  },
  {
    name: 'KEEPALIVED_CONF',
    default: NEW_CONFIG,
    becomes: 'the file; one that is there is taken as it is',
    dialect: '2026',
  },
  {
    name: 'KEEPALIVED_CONF_TEMPLATE',
    default: NEW_TEMPLATE,
    becomes: 'the template of the file',
    dialect: '2026',
  },
  {
    name: 'KEEPALIVED_CONF_RELOAD_SCRIPT',
    default: '/container/services/keepalived-conf/assets/scripts/reload.sh',
    becomes: 'no effect: a change of the file reloads it',
    dialect: '2026',
  },
];

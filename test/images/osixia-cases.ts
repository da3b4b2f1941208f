import type { ImageCase } from './case.ts';

const PEERS = "#PYTHON2BASH:['192.168.9.26', '192.168.9.27']";
const ASSETS = '/container/service/keepalived/assets/keepalived.conf';
const OWN_CONFIG = `vrrp_instance VI_9 {
  interface eth0
  virtual_router_id 9
  priority 90
  virtual_ipaddress {
    10.9.9.9
  }
}
`;
const OWN_TEMPLATE = `global_defs {
  default_interface {{ KEEPALIVED_INTERFACE }}
}
vrrp_script chk_haproxy {
  script "/usr/bin/killall -0 haproxy"
  interval 2
  weight 11
}
vrrp_instance VI_1 {
  interface {{ KEEPALIVED_INTERFACE }}
  state {{ KEEPALIVED_STATE }}
  virtual_router_id {{ KEEPALIVED_ROUTER_ID }}
  priority {{ KEEPALIVED_PRIORITY }}
  advert_int 2
  unicast_peer {
    {{ KEEPALIVED_UNICAST_PEERS }}
  }
  virtual_ipaddress {
    {{ KEEPALIVED_VIRTUAL_IPS }}
  }
  authentication {
    auth_type PASS
    auth_pass {{ KEEPALIVED_PASSWORD }}
  }
  track_script {
    chk_haproxy
  }
  {{ KEEPALIVED_NOTIFY }}
}
`;

/** Of envsubst: a dollar, then the name. */
const OWN_NEW_TEMPLATE = OWN_TEMPLATE.replace(/\{\{ (\w+) \}\}/g, '$${$1}').replace(
  'advert_int 2',
  () => 'advert_int $ADVERT',
);

const env = (
  name: string,
  variables: Readonly<Record<string, string>>,
  differs?: ImageCase['differs'],
): ImageCase => ({ name, env: variables, ...(differs !== undefined && { differs }) });

/** osixia/keepalived 2.0.20 */
export const CLASSIC_CASES: readonly ImageCase[] = [
  env('nothing-set', {}),
  env('seed-first-node', {
    KEEPALIVED_UNICAST_PEERS: PEERS,
    KEEPALIVED_VIRTUAL_IPS: '192.168.9.144',
    KEEPALIVED_PRIORITY: '200',
  }),
  env('seed-second-node', {
    KEEPALIVED_UNICAST_PEERS: PEERS,
    KEEPALIVED_VIRTUAL_IPS: '192.168.9.144',
    KEEPALIVED_PRIORITY: '100',
  }),
  env('every-variable', {
    KEEPALIVED_INTERFACE: 'eth1',
    KEEPALIVED_STATE: 'MASTER',
    KEEPALIVED_ROUTER_ID: '53',
    KEEPALIVED_PRIORITY: '101',
    KEEPALIVED_PASSWORD: 'swarm',
    KEEPALIVED_UNICAST_PEERS: "#PYTHON2BASH:['10.2.1.11']",
    KEEPALIVED_VIRTUAL_IPS: "#PYTHON2BASH:['10.2.1.12', '10.2.1.13']",
    KEEPALIVED_NOTIFY: '/bin/true',
    KEEPALIVED_COMMAND_LINE_ARGUMENTS: '--log-detail',
  }),
  env('one-peer-plain', { KEEPALIVED_UNICAST_PEERS: '10.2.1.11' }),
  env('no-peers', { KEEPALIVED_UNICAST_PEERS: '' }),
  env('no-peers-as-list', { KEEPALIVED_UNICAST_PEERS: '#PYTHON2BASH:[]' }),
  env('no-addresses', { KEEPALIVED_VIRTUAL_IPS: '' }),
  env('double-quoted-elements', {
    KEEPALIVED_VIRTUAL_IPS: '#PYTHON2BASH:["10.2.1.12","10.2.1.13"]',
  }),
  env('json-list', {
    KEEPALIVED_UNICAST_PEERS: '#JSON2BASH:["10.2.1.10", "10.2.1.11"]',
    KEEPALIVED_VIRTUAL_IPS: '#JSON2BASH:["10.2.1.12"]',
  }),
  env('json-unreadable', { KEEPALIVED_VIRTUAL_IPS: '#JSON2BASH:10.2.1.12' }),
  env('python-bare-word', { KEEPALIVED_VIRTUAL_IPS: '#PYTHON2BASH:10.2.1.12' }),
  env('python-without-quotes', { KEEPALIVED_UNICAST_PEERS: '#PYTHON2BASH:[10.2.1.10, 10.2.1.11]' }),
  env('python-quoted-word', { KEEPALIVED_VIRTUAL_IPS: "#PYTHON2BASH:'10.2.1.12'" }),
  env('python-trailing-comma', { KEEPALIVED_UNICAST_PEERS: "#PYTHON2BASH:['10.2.1.11',]" }),
  env('python-adjacent-strings', { KEEPALIVED_UNICAST_PEERS: "#PYTHON2BASH:['10.2.1' '.11']" }),
  env('python-number', { KEEPALIVED_PRIORITY: '#PYTHON2BASH:150' }),
  env('python-hexadecimal', { KEEPALIVED_ROUTER_ID: '#PYTHON2BASH:0x33' }),
  env('python-numbers-in-list', { KEEPALIVED_UNICAST_PEERS: "#PYTHON2BASH:['10', 1.50]" }),
  env('python-nested', { KEEPALIVED_UNICAST_PEERS: "#PYTHON2BASH:[['10.2.1.11']]" }, 'nested-list'),
  env(
    'python-list-in-text',
    { KEEPALIVED_UNICAST_PEERS: `#PYTHON2BASH:["['10.2.1.11']"]` },
    'nested-list',
  ),
  env(
    'python-tuple',
    { KEEPALIVED_UNICAST_PEERS: "#PYTHON2BASH:('10.2.1.11', '10.2.1.12')" },
    'tuple-or-table',
  ),
  env(
    'python-table',
    { KEEPALIVED_UNICAST_PEERS: "#PYTHON2BASH:{'a': '10.2.1.11'}" },
    'tuple-or-table',
  ),
  env('list-for-priority', { KEEPALIVED_PRIORITY: "#PYTHON2BASH:['120']" }, 'list-for-one'),
  env('address-with-prefix', { KEEPALIVED_VIRTUAL_IPS: '10.2.1.12/24' }),
  env('address-with-device-and-label', {
    KEEPALIVED_VIRTUAL_IPS: "#PYTHON2BASH:['10.2.1.12/24 dev eth1 label eth1:1']",
  }),
  env('plain-address-with-device', { KEEPALIVED_VIRTUAL_IPS: '10.2.1.12/24 dev eth1' }),
  env('address-of-ipv6', {
    KEEPALIVED_VIRTUAL_IPS: '2001:db8::12/64',
    KEEPALIVED_UNICAST_PEERS: '2001:db8::11',
  }),
  env('two-words', { KEEPALIVED_VIRTUAL_IPS: '10.2.1.12 10.2.1.13' }, 'words-are-addresses'),
  env('peers-as-words', { KEEPALIVED_UNICAST_PEERS: '10.2.1.10 10.2.1.11' }, 'words-are-addresses'),
  env('quotes-around-address', { KEEPALIVED_VIRTUAL_IPS: '"10.2.1.12/24 dev eth1"' }, 'quotes'),
  env('single-quotes-around-interface', { KEEPALIVED_INTERFACE: "'eth1'" }, 'quotes'),
  env('password-with-ampersand', { KEEPALIVED_PASSWORD: 'a&b' }, 'sed-characters'),
  env('password-with-bar', { KEEPALIVED_PASSWORD: 'a|b' }, 'sed-characters'),
  env('password-with-backslash', { KEEPALIVED_PASSWORD: 'a\\nb' }, 'sed-characters'),
  env('password-with-braces', { KEEPALIVED_PASSWORD: 'a{b}' }, 'braces'),
  env('password-of-nine', { KEEPALIVED_PASSWORD: 'ninechars' }),
  env('password-with-comment', { KEEPALIVED_PASSWORD: 'a#b' }),
  env('interface-of-two-lines', { KEEPALIVED_INTERFACE: 'eth0\neth1' }, 'line-break'),
  env('no-notify', { KEEPALIVED_NOTIFY: '' }),
  env('notify-is-missing', { KEEPALIVED_NOTIFY: '/etc/keepalived/nowhere.sh' }, 'missing-notify'),
  env('no-arguments', { KEEPALIVED_COMMAND_LINE_ARGUMENTS: '' }),
  env('several-arguments', { KEEPALIVED_COMMAND_LINE_ARGUMENTS: '-D  -d --vrrp' }),
  env('priority-no-number', { KEEPALIVED_PRIORITY: 'high' }),
  env('priority-empty', { KEEPALIVED_PRIORITY: '' }),
  env('router-id-too-large', { KEEPALIVED_ROUTER_ID: '300' }),
  env('state-in-small-letters', { KEEPALIVED_STATE: 'master' }),
  env('near-miss', { KEEPALIVED_VIRTUAL_IP: '10.2.1.12' }),
  {
    name: 'yaml-file',
    env: { KEEPALIVED_PRIORITY: '120' },
    files: {
      '/container/environment/01-custom/mine.yaml':
        'KEEPALIVED_INTERFACE: eth1 # the inner one\nKEEPALIVED_PRIORITY: 90\n' +
        'KEEPALIVED_UNICAST_PEERS:\n  - 10.2.1.11\n  - "10.2.1.10"\n' +
        "KEEPALIVED_VIRTUAL_IPS: ['10.2.1.12/24', 10.2.1.13]\nKEEPALIVED_PASSWORD: 'it''s'\n",
    },
  },
  {
    name: 'first-file-wins',
    env: {},
    files: {
      '/container/environment/02-b/b.yaml': 'KEEPALIVED_PRIORITY: 20\nKEEPALIVED_ROUTER_ID: 20\n',
      '/container/environment/01-a/a.startup.yaml': 'KEEPALIVED_PRIORITY: 10\n',
    },
  },
  {
    name: 'json-file',
    env: {},
    files: {
      '/container/environment/01-custom/mine.json':
        '{"KEEPALIVED_PRIORITY": 77, "KEEPALIVED_VIRTUAL_IPS": ["10.2.1.12", "10.2.1.13"]}',
    },
  },
  {
    name: 'log-level',
    env: { KEEPALIVED_PRIORITY: '1' },
    argv: ['--loglevel', 'error'],
  },
  {
    name: 'config-at-its-path',
    env: {},
    files: { '/usr/local/etc/keepalived/keepalived.conf': OWN_CONFIG },
  },
  {
    name: 'config-in-assets-copied',
    env: {},
    argv: ['--copy-service'],
    files: { [ASSETS]: OWN_CONFIG },
  },
  {
    name: 'config-in-assets-mounted',
    env: {},
    files: { [ASSETS]: OWN_CONFIG },
    differs: 'mount-without-copy',
  },
  {
    name: 'template-in-assets',
    env: {
      KEEPALIVED_UNICAST_PEERS: PEERS,
      KEEPALIVED_VIRTUAL_IPS: '192.168.9.144',
      KEEPALIVED_NOTIFY: '',
    },
    argv: ['--copy-service', '--loglevel', 'debug'],
    files: { [ASSETS]: OWN_TEMPLATE },
  },
  { name: 'copy-service-alone', env: { KEEPALIVED_INTERFACE: 'eth1' }, argv: ['--copy-service'] },
];

/** osixia/keepalived 2.3.4 and later. */
export const NEW_CASES: readonly ImageCase[] = [
  env('nothing-set', {}),
  env('every-variable', {
    KEEPALIVED_INTERFACE: 'eth1',
    KEEPALIVED_STATE: 'MASTER',
    KEEPALIVED_ROUTER_ID: '53',
    KEEPALIVED_PRIORITY: '101',
    KEEPALIVED_PASSWORD: 'swarm',
    KEEPALIVED_UNICAST_PEERS: '10.2.1.11',
    KEEPALIVED_VIRTUAL_IPS: '10.2.1.12 10.2.1.13',
    KEEPALIVED_NOTIFY_SCRIPT: '/bin/true',
  }),
  env('words-with-prefixes', { KEEPALIVED_VIRTUAL_IPS: '10.2.1.12/24  10.2.1.13/24' }),
  env('lines', { KEEPALIVED_UNICAST_PEERS: '10.2.1.10\n10.2.1.11' }),
  env('no-peers', { KEEPALIVED_UNICAST_PEERS: '' }),
  env('no-notify', { KEEPALIVED_NOTIFY_SCRIPT: '' }),
  env(
    'address-with-device',
    { KEEPALIVED_VIRTUAL_IPS: '10.2.1.12/24 dev eth1' },
    'words-are-one-address',
  ),
  env('classic-list', { KEEPALIVED_UNICAST_PEERS: "#PYTHON2BASH:['10.2.1.11']" }, 'classic-list'),
  env('quoted-words', { KEEPALIVED_VIRTUAL_IPS: '"10.2.1.12" "10.2.1.13"' }),
  env('password-with-ampersand', { KEEPALIVED_PASSWORD: 'a&b|c' }),
  env('addresses-of-ipv6', { KEEPALIVED_VIRTUAL_IPS: '2001:db8::12/64 2001:db8::13/64' }),
  env('other-path', { KEEPALIVED_CONF: '/etc/keepalived/other.conf' }),
  { name: 'arguments', env: {}, argv: ['--', '--log-detail', '--dump-conf'] },
  { name: 'config-mounted', env: {}, files: { '/etc/keepalived/keepalived.conf': OWN_CONFIG } },
  {
    name: 'template-mounted',
    env: {
      KEEPALIVED_CONF_TEMPLATE: '/mine.template',
      KEEPALIVED_UNICAST_PEERS: '10.2.1.10 10.2.1.11',
      ADVERT: '3',
    },
    files: {
      '/mine.template': OWN_NEW_TEMPLATE,
    },
  },
];

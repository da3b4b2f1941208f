import { CONNECT_TIMEOUT, timingKeywords } from './checker-keywords.ts';
import {
  bool,
  COUNT_MAX,
  choice,
  free,
  INT_MAX,
  integer,
  type Keyword,
  keywords,
  named,
  script,
  unacted,
} from './keyword.ts';

const SERVER = 'ADDRESS [PORT]';

/** NAT, DR or TUN, and the options of a tunnel. */
const METHODS = ['NAT', 'DR', 'TUN'];
const TUNNEL = free('[type ipip|gue port N|gre] [nocsum|csum|remcsum]');
const METHOD = [choice(...METHODS), TUNNEL];
/** `none`: only checks (an extension of holdfast). */
const METHOD_OR_NONE = [choice(...METHODS, 'none'), TUNNEL];
const SCHEDULER = [
  choice(
    ...['rr', 'wrr', 'lc', 'wlc', 'lblc', 'lblcr', 'sh', 'mh', 'dh', 'fo', 'ovf', 'sed', 'nq'],
    'twos',
  ),
];

export const VIRTUAL_SERVER_KEYWORDS: readonly Keyword[] = [
  unacted('ip_family', [choice('inet', 'inet6')]),
  unacted('lvs_sched', SCHEDULER, { default: 'wlc' }),
  unacted('lb_algo', SCHEDULER, { default: 'wlc', spellingOf: 'lvs_sched' }),
  unacted('lvs_method', METHOD_OR_NONE, { default: 'NAT' }),
  unacted('lb_kind', METHOD_OR_NONE, { default: 'NAT', spellingOf: 'lvs_method' }),
  unacted('ops'),
  unacted('flag-1'),
  unacted('flag-2'),
  unacted('flag-3'),
  unacted('sh-port'),
  unacted('sh-fallback'),
  unacted('mh-port'),
  unacted('mh-fallback'),
  unacted('hashed'),
  unacted('protocol', [named('TCP|UDP|SCTP')]),
  unacted('persistence_engine', [named('NAME')]),
  unacted('persistence_timeout', [integer(1, 2_678_400)], {
    required: 0,
    default: '360',
    unit: 's',
  }),
  unacted('persistence_granularity', [named('NETMASK')]),
  ...timingKeywords(1),
  CONNECT_TIMEOUT,
  // 2.2.7 takes any word behind it and means true.
  unacted('inhibit_on_failure', [free('[true|false]')], { default: 'false' }),
  // An extension of holdfast, to be written behind @holdfast
  unacted('removed_connections', [choice('drain', 'cut')], { default: 'drain', since: 'holdfast' }),
  unacted('ha_suspend'),
  unacted('alpha'),
  unacted('omega'),
  unacted('quorum', [integer(1, COUNT_MAX)], { default: '1' }),
  unacted('hysteresis', [integer(0, COUNT_MAX)], { default: '0' }),
  unacted('quorum_up', [script]),
  unacted('quorum_down', [script]),
  unacted('weight', [integer(1, INT_MAX)], { default: '1' }),
  unacted('virtualhost', [named('HOST')], { missing: 'missing-value' }),
  unacted('smtp_alert', [bool]),
  unacted('snmp_name', [named('NAME')], { missing: 'missing-value', surplus: 'reported' }),
  unacted('sorry_server', [free(SERVER)], { required: 1 }),
  unacted('sorry_server_inhibit'),
  unacted('sorry_server_lvs_method', METHOD),
  unacted('real_server', [free(SERVER)], {
    ...keywords('real_server'),
    required: 1,
    missing: 'missing-parameter',
  }),
];

import { CONNECT_TIMEOUT, timingKeywords } from './checker-keywords.ts';
import {
  acted,
  bool,
  COUNT_MAX,
  choice,
  free,
  INT_MAX,
  integer,
  type Keyword,
  keywords,
  named,
  notYet,
  script,
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
  acted('ip_family', [choice('inet', 'inet6')]),
  acted('lvs_sched', SCHEDULER, { default: 'wlc' }),
  acted('lb_algo', SCHEDULER, { default: 'wlc', spellingOf: 'lvs_sched' }),
  acted('lvs_method', METHOD_OR_NONE, { default: 'NAT' }),
  acted('lb_kind', METHOD_OR_NONE, { default: 'NAT', spellingOf: 'lvs_method' }),
  acted('ops'),
  acted('flag-1'),
  acted('flag-2'),
  acted('flag-3'),
  acted('sh-port'),
  acted('sh-fallback'),
  acted('mh-port'),
  acted('mh-fallback'),
  acted('hashed'),
  acted('protocol', [named('TCP|UDP|SCTP')]),
  acted('persistence_engine', [named('NAME')]),
  acted('persistence_timeout', [integer(1, 2_678_400)], {
    required: 0,
    default: '360',
    unit: 's',
  }),
  acted('persistence_granularity', [named('NETMASK')]),
  ...timingKeywords(1),
  CONNECT_TIMEOUT,
  // 2.2.7 takes any word behind it and means true.
  acted('inhibit_on_failure', [free('[true|false]')], { default: 'false' }),
  // An extension of holdfast, to be written behind @holdfast
  acted('removed_connections', [choice('drain', 'cut')], { default: 'drain', since: 'holdfast' }),
  acted('ha_suspend'),
  acted('alpha'),
  acted('omega'),
  acted('quorum', [integer(1, COUNT_MAX)], { default: '1' }),
  acted('hysteresis', [integer(0, COUNT_MAX)], { default: '0' }),
  acted('quorum_up', [script]),
  acted('quorum_down', [script]),
  acted('weight', [integer(1, INT_MAX)], { default: '1' }),
  acted('virtualhost', [named('HOST')], { missing: 'missing-value' }),
  acted('smtp_alert', [bool]),
  notYet('snmp_name', [named('NAME')], 'SNMP is not served', {
    missing: 'missing-value',
    surplus: 'reported',
  }),
  acted('sorry_server', [free(SERVER)], { required: 1 }),
  acted('sorry_server_inhibit'),
  acted('sorry_server_lvs_method', METHOD),
  acted('real_server', [free(SERVER)], {
    ...keywords('real_server'),
    required: 1,
    missing: 'missing-parameter',
  }),
];

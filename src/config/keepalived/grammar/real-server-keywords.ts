import { CONNECT_TIMEOUT, timingKeywords } from './checker-keywords.ts';
import {
  type BlockName,
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

const CHECKS: readonly (readonly [string, BlockName])[] = [
  ['TCP_CHECK', 'TCP_CHECK'],
  ['HTTP_GET', 'HTTP_GET'],
  ['SSL_GET', 'HTTP_GET'],
  ['SMTP_CHECK', 'SMTP_CHECK'],
  ['DNS_CHECK', 'DNS_CHECK'],
  ['MISC_CHECK', 'MISC_CHECK'],
  ['UDP_CHECK', 'UDP_CHECK'],
  ['PING_CHECK', 'PING_CHECK'],
  ['BFD_CHECK', 'BFD_CHECK'],
  ['FILE_CHECK', 'FILE_CHECK'],
];

export const REAL_SERVER_KEYWORDS: readonly Keyword[] = [
  unacted('weight', [integer(0, INT_MAX)], { default: '1' }),
  unacted('lvs_method', [
    choice('NAT', 'DR', 'TUN'),
    free('[type ipip|gue port N|gre] [nocsum|csum|remcsum]'),
  ]),
  unacted('uthreshold', [integer(0, COUNT_MAX)], { default: '0' }),
  unacted('lthreshold', [integer(0, COUNT_MAX)], { default: '0' }),
  unacted('inhibit_on_failure', [bool]),
  unacted('notify_up', [script]),
  unacted('notify_down', [script]),
  unacted('alpha', [bool]),
  ...timingKeywords(1),
  CONNECT_TIMEOUT,
  unacted('smtp_alert', [bool]),
  unacted('virtualhost', [named('HOST')], { missing: 'missing-value' }),
  unacted('snmp_name', [named('NAME')], { missing: 'missing-value', surplus: 'reported' }),
  ...CHECKS.map(([name, block]) => unacted(name, [], keywords(block))),
];

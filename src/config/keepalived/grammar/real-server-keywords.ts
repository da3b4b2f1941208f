import { CONNECT_TIMEOUT, timingKeywords } from './checker-keywords.ts';
import {
  acted,
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
  notYet,
  script,
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
  acted('weight', [integer(0, INT_MAX)], { default: '1' }),
  acted('lvs_method', [
    choice('NAT', 'DR', 'TUN'),
    free('[type ipip|gue port N|gre] [nocsum|csum|remcsum]'),
  ]),
  acted('uthreshold', [integer(0, COUNT_MAX)], { default: '0' }),
  acted('lthreshold', [integer(0, COUNT_MAX)], { default: '0' }),
  acted('inhibit_on_failure', [bool]),
  acted('notify_up', [script]),
  acted('notify_down', [script]),
  acted('alpha', [bool]),
  ...timingKeywords(1),
  CONNECT_TIMEOUT,
  acted('smtp_alert', [bool]),
  acted('virtualhost', [named('HOST')], { missing: 'missing-value' }),
  notYet('snmp_name', [named('NAME')], 'SNMP is not served', {
    missing: 'missing-value',
    surplus: 'reported',
  }),
  ...CHECKS.map(([name, block]) =>
    block === 'BFD_CHECK'
      ? notYet(name, [], 'no BFD session is run: the server counts as up', keywords(block))
      : acted(name, [], keywords(block)),
  ),
];

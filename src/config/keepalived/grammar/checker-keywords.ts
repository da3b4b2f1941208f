import {
  bool,
  COUNT_MAX,
  free,
  INT_MAX,
  integer,
  type Keyword,
  keywords,
  named,
  script,
  seconds,
  unacted,
  word,
} from './keyword.ts';

/** As long as microseconds are exact; keepalived allows more. */
const LONG = 9_007_199_254;
/** Longest that keepalived waits for a connection. */
const CONNECT_MAX = 4294.967295;
const PORT = integer(1, 65_535);

/** How often and when a server is checked; for a virtual server, a real server or a single check. */
export function timingKeywords(retryMin: number): readonly Keyword[] {
  return [
    unacted('delay_loop', [seconds(0.000_001, LONG)], { default: '60', unit: 's' }),
    unacted('retry', [integer(retryMin, COUNT_MAX)], { default: '1' }),
    unacted('delay_before_retry', [seconds(0, LONG)], { default: '1', unit: 's' }),
    unacted('warmup', [seconds(0, LONG)], { unit: 's' }),
  ];
}

export const CONNECT_TIMEOUT = unacted('connect_timeout', [seconds(0.000_001, CONNECT_MAX)], {
  default: '5',
  unit: 's',
});

const COMMON: readonly Keyword[] = [
  ...timingKeywords(0),
  unacted('alpha', [bool], { default: 'false' }),
  unacted('log_all_failures', [bool]),
];

const CONNECTION: readonly Keyword[] = [
  unacted('connect_ip', [named('ADDRESS')]),
  unacted('connect_port', [PORT]),
  unacted('bindto', [named('ADDRESS')]),
  unacted('bind_port', [PORT]),
  unacted('bind_if', [named('INTERFACE')]),
  CONNECT_TIMEOUT,
  unacted('fwmark', [integer(0, COUNT_MAX)]),
];

/** What stands inside TCP_CHECK and PING_CHECK, and in every check that opens a socket. */
export const CONNECTION_CHECK_KEYWORDS: readonly Keyword[] = [...COMMON, ...CONNECTION];

/** HTTP_GET and SSL_GET. */
export const HTTP_CHECK_KEYWORDS: readonly Keyword[] = [
  ...CONNECTION_CHECK_KEYWORDS,
  unacted('nb_get_retry', [integer(0, COUNT_MAX)], { spellingOf: 'retry', age: 'deprecated' }),
  unacted('virtualhost', [named('HOST')], { missing: 'missing-value' }),
  unacted('http_protocol', [named('1.0|1.0C|1.1')], { default: '1.0', missing: 'missing-value' }),
  unacted('enable_sni'),
  unacted('sni_name', [named('NAME')], { since: '2.4' }),
  unacted('fast_recovery', [bool], { default: 'false' }),
  unacted('tls_compliant', [], { since: '2.3' }),
  unacted('url', [], keywords('url')),
];

export const URL_KEYWORDS: readonly Keyword[] = [
  unacted('path', [named('PATH')]),
  unacted('digest', [named('MD5')]),
  unacted('status_code', [free('CODE | CODE-CODE …')], { default: '200-299' }),
  unacted('virtualhost', [named('HOST')], { missing: 'missing-value' }),
  unacted('regex', [free('REGEX')]),
  unacted('regex_no_match', [free('[REGEX]')]),
  unacted('regex_options', [free('OPTION …')]),
  unacted('regex_min_offset', [free('BYTES')]),
  unacted('regex_max_offset', [free('BYTES')]),
  unacted('regex_stack', [free('START MAX')]),
  unacted('tls_compliant', [], { since: '2.3' }),
];

export const SMTP_CHECK_KEYWORDS: readonly Keyword[] = [
  ...CONNECTION_CHECK_KEYWORDS,
  unacted('helo_name', [named('NAME')], {
    default: 'smtpchecker.keepalived.org',
    missing: 'missing-value',
  }),
  unacted('host', [], keywords('host')),
];

export const DNS_CHECK_KEYWORDS: readonly Keyword[] = [
  ...CONNECTION_CHECK_KEYWORDS,
  unacted('type', [named('A|NS|CNAME|SOA|MX|TXT|AAAA|RRSIG|DNSKEY')], { default: 'SOA' }),
  unacted('name', [named('FQDN')], { default: '.' }),
];

export const MISC_CHECK_KEYWORDS: readonly Keyword[] = [
  ...COMMON,
  unacted('misc_path', [script], { missing: 'missing-value' }),
  unacted('misc_timeout', [integer(0, 4294)], { unit: 's' }),
  unacted('misc_dynamic'),
  unacted('user', [named('USER'), free('[GROUP]')], { missing: 'missing-value' }),
];

export const UDP_CHECK_KEYWORDS: readonly Keyword[] = [
  ...CONNECTION_CHECK_KEYWORDS,
  unacted('payload', [named('HEX'), free('…')], { missing: 'missing-value' }),
  unacted('require_reply', [free('[HEX …]')]),
  unacted('min_reply_length', [integer(0, 65_535)], { default: '0', unit: 'bytes' }),
  unacted('max_reply_length', [integer(0, 65_535)], { default: '255', unit: 'bytes' }),
];

export const BFD_CHECK_KEYWORDS: readonly Keyword[] = [
  unacted('name', [named('BFD_INSTANCE')], { missing: 'missing-value', surplus: 'reported' }),
  unacted('alpha', [bool], { default: 'false' }),
];

export const FILE_CHECK_KEYWORDS: readonly Keyword[] = [
  unacted('track_file', [named('NAME')]),
  unacted('weight', [integer(-INT_MAX, INT_MAX), free('[reverse|noreverse]')], {
    missing: 'missing-value',
  }),
];

/** Client credentials for SSL_GET. */
export const SSL_KEYWORDS: readonly Keyword[] = ['password', 'ca', 'certificate', 'key'].map(
  (name) => unacted(name, [word], { missing: 'missing-value' }),
);

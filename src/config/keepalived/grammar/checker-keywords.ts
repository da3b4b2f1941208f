import {
  acted,
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
    acted('delay_loop', [seconds(0.000_001, LONG)], { default: '60', unit: 's' }),
    acted('retry', [integer(retryMin, COUNT_MAX)], { default: '1' }),
    acted('delay_before_retry', [seconds(0, LONG)], { default: '1', unit: 's' }),
    acted('warmup', [seconds(0, LONG)], { unit: 's' }),
  ];
}

export const CONNECT_TIMEOUT = acted('connect_timeout', [seconds(0.000_001, CONNECT_MAX)], {
  default: '5',
  unit: 's',
});

const COMMON: readonly Keyword[] = [
  ...timingKeywords(0),
  acted('alpha', [bool], { default: 'false' }),
  acted('log_all_failures', [bool]),
];

const CONNECTION: readonly Keyword[] = [
  acted('connect_ip', [named('ADDRESS')]),
  acted('connect_port', [PORT]),
  acted('bindto', [named('ADDRESS')]),
  acted('bind_port', [PORT]),
  acted('bind_if', [named('INTERFACE')]),
  CONNECT_TIMEOUT,
  acted('fwmark', [integer(0, COUNT_MAX)]),
];

/** What stands inside TCP_CHECK and PING_CHECK, and in every check that opens a socket. */
export const CONNECTION_CHECK_KEYWORDS: readonly Keyword[] = [...COMMON, ...CONNECTION];

/** HTTP_GET and SSL_GET. */
export const HTTP_CHECK_KEYWORDS: readonly Keyword[] = [
  ...CONNECTION_CHECK_KEYWORDS,
  acted('nb_get_retry', [integer(0, COUNT_MAX)], { spellingOf: 'retry', age: 'deprecated' }),
  acted('virtualhost', [named('HOST')], { missing: 'missing-value' }),
  acted('http_protocol', [named('1.0|1.0C|1.1')], { default: '1.0', missing: 'missing-value' }),
  acted('enable_sni'),
  acted('sni_name', [named('NAME')], { since: '2.4' }),
  acted('fast_recovery', [bool], { default: 'false' }),
  acted('tls_compliant', [], { since: '2.3' }),
  acted('url', [], keywords('url')),
];

export const URL_KEYWORDS: readonly Keyword[] = [
  acted('path', [named('PATH')]),
  acted('digest', [named('MD5')]),
  acted('status_code', [free('CODE | CODE-CODE …')], { default: '200-299' }),
  acted('virtualhost', [named('HOST')], { missing: 'missing-value' }),
  acted('regex', [free('REGEX')]),
  acted('regex_no_match', [free('[REGEX]')]),
  acted('regex_options', [free('OPTION …')]),
  acted('regex_min_offset', [free('BYTES')]),
  acted('regex_max_offset', [free('BYTES')]),
  acted('regex_stack', [free('START MAX')]),
  acted('tls_compliant', [], { since: '2.3' }),
];

export const SMTP_CHECK_KEYWORDS: readonly Keyword[] = [
  ...CONNECTION_CHECK_KEYWORDS,
  acted('helo_name', [named('NAME')], {
    default: 'smtpchecker.keepalived.org',
    missing: 'missing-value',
  }),
  acted('host', [], keywords('host')),
];

export const DNS_CHECK_KEYWORDS: readonly Keyword[] = [
  ...CONNECTION_CHECK_KEYWORDS,
  acted('type', [named('A|NS|CNAME|SOA|MX|TXT|AAAA|RRSIG|DNSKEY')], { default: 'SOA' }),
  acted('name', [named('FQDN')], { default: '.' }),
];

export const MISC_CHECK_KEYWORDS: readonly Keyword[] = [
  ...COMMON,
  acted('misc_path', [script], { missing: 'missing-value' }),
  acted('misc_timeout', [integer(0, 4294)], { unit: 's' }),
  acted('misc_dynamic'),
  acted('user', [named('USER'), free('[GROUP]')], { missing: 'missing-value' }),
];

export const UDP_CHECK_KEYWORDS: readonly Keyword[] = [
  ...CONNECTION_CHECK_KEYWORDS,
  acted('payload', [named('HEX'), free('…')], { missing: 'missing-value' }),
  acted('require_reply', [free('[HEX …]')]),
  acted('min_reply_length', [integer(0, 65_535)], { default: '0', unit: 'bytes' }),
  acted('max_reply_length', [integer(0, 65_535)], { default: '255', unit: 'bytes' }),
];

export const BFD_CHECK_KEYWORDS: readonly Keyword[] = [
  acted('name', [named('BFD_INSTANCE')], { missing: 'missing-value', surplus: 'reported' }),
  acted('alpha', [bool], { default: 'false' }),
];

export const FILE_CHECK_KEYWORDS: readonly Keyword[] = [
  acted('track_file', [named('NAME')]),
  acted('weight', [integer(-INT_MAX, INT_MAX), free('[reverse|noreverse]')], {
    missing: 'missing-value',
  }),
];

/** Client credentials for SSL_GET. */
export const SSL_KEYWORDS: readonly Keyword[] = ['password', 'ca', 'certificate', 'key'].map(
  (name) => acted(name, [word], { missing: 'missing-value' }),
);

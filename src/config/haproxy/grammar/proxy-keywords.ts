/** What stands in defaults, frontend, listen and backend. */
import { acted, flag, ignored, noEffect, refused, removed, tableOf, value } from './keyword.ts';

const TIMES = 'TIME';

/** When a request may be tried again. */
const RETRY_ON = [
  ...[
    'none',
    'conn-failure',
    'empty-response',
    'junk-response',
    'response-timeout',
    '0rtt-rejected',
  ],
  ...['all-retryable-errors', '401', '403', '404', '408', '425', '500', '501', '502', '503', '504'],
];

const GENERAL = [
  value('mode', 'DFLB', 'tcp|http', { default: 'tcp' }),
  acted('bind', 'FL', { syntax: '[ADDRESS]:PORT[-PORT][,…] [OPTION …]', least: 1 }),
  acted('server', 'LB', { syntax: 'NAME ADDRESS[:PORT] [OPTION …]', least: 2 }),
  acted('default-server', 'DLB', { syntax: 'OPTION …' }),
  acted('server-template', 'LB', { syntax: 'PREFIX N|FROM-TO HOST[:PORT] [OPTION …]', least: 3 }),
  value('default_backend', 'DFL', 'NAME'),
  acted('use_backend', 'FL', { syntax: 'NAME [if|unless CONDITION]', least: 1 }),
  acted('acl', 'DFLB', {
    syntax: 'NAME SAMPLE [-i] [-m METHOD] [-f FILE] [--] [VALUE …]',
    least: 2,
    defaults: 'named',
  }),
  acted('balance', 'DLB', {
    syntax:
      'roundrobin|static-rr|leastconn|first|source|random[(N)]|uri|url_param NAME|hdr(NAME)|hash SAMPLE',
    default: 'roundrobin',
  }),
  acted('hash-type', 'DLB', {
    syntax: 'map-based|consistent [sdbm|djb2|wt6|crc32 [avalanche]]',
    default: 'map-based sdbm',
    least: 1,
    most: 3,
  }),
  value('retries', 'DLB', 'N', { default: '3' }),
  value('maxconn', 'DFL', 'N'),
  value('fullconn', 'DLB', 'N', { most: 1 }),
  value('backlog', 'DFL', 'N'),
  value('id', 'FLB', 'N'),
  acted('description', 'FLB', { syntax: 'TEXT', least: 1 }),
  flag('disabled', 'DFLB'),
  flag('enabled', 'DFLB'),
  acted('log', 'DFLB', {
    syntax: 'global | ADDRESS [len N] [format F] FACILITY [LEVEL [LEAST]]',
    least: 1,
  }),
  acted('no log', 'DFLB', { most: 0 }),
  value('log-format', 'DFL', 'FORMAT'),
  value('log-tag', 'DFLB', 'TEXT'),
  acted('errorfile', 'DFLB', { syntax: 'STATUS FILE', least: 2, most: 2 }),
  acted('errorloc', 'DFLB', { syntax: 'STATUS LOCATION', least: 2, most: 2 }),
  acted('errorloc302', 'DFLB', { syntax: 'STATUS LOCATION', least: 2, most: 2 }),
  acted('errorloc303', 'DFLB', { syntax: 'STATUS LOCATION', least: 2, most: 2 }),
  acted('errorfiles', 'DFLB', { syntax: 'NAME [STATUS …]', least: 1 }),
  value('monitor-uri', 'DFL', 'PATH'),
  acted('monitor fail', 'FL', { syntax: 'if|unless CONDITION', least: 2 }),
  acted('redirect', 'FLB', {
    syntax: 'location|prefix|scheme VALUE [code N] [OPTION …] [if …]',
    least: 2,
  }),
  acted('source', 'DLB', { syntax: 'ADDRESS[:PORT]', least: 1 }),
  acted('cookie', 'DLB', { syntax: 'NAME [OPTION …]', least: 1 }),
  acted('external-check command', 'DLB', { syntax: 'COMMAND', least: 1, most: 1 }),
];

const TIMEOUTS = [
  ...['connect', 'client', 'server', 'queue', 'check', 'http-request', 'http-keep-alive'],
  ...['tunnel', 'client-fin', 'server-fin', 'tarpit'],
].map((name) => {
  const isFront = ['client', 'http-request', 'http-keep-alive', 'client-fin', 'tarpit'].includes(
    name,
  );
  const isBack = !['client', 'client-fin'].includes(name);
  const places = `D${isFront ? 'F' : ''}L${isBack ? 'B' : ''}`;
  return value(`timeout ${name}`, places, TIMES);
});

const OPTIONS = [
  acted('option tcplog', 'DFLB', { syntax: '[clf]', most: 1 }),
  acted('option httplog', 'DFLB', { syntax: '[clf]', most: 1 }),
  flag('option dontlognull', 'DFL'),
  flag('option dontlog-normal', 'DFL'),
  flag('option log-separate-errors', 'DFL'),
  flag('option log-health-checks', 'DLB'),
  flag('option logasap', 'DFL'),
  flag('option tcpka', 'DFLB'),
  flag('option clitcpka', 'DFL'),
  flag('option srvtcpka', 'DLB'),
  flag('option persist', 'DLB'),
  flag('option nolinger', 'DFLB'),
  flag('option abortonclose', 'DLB'),
  flag('option allbackups', 'DLB'),
  flag('option http-ignore-probes', 'DFL'),
  flag('option socket-stats', 'DFL'),
  acted('option redispatch', 'DLB', { syntax: '[N]', most: 1 }),
  acted('option forwardfor', 'DFLB', {
    syntax: '[except NETWORK] [header NAME] [if-none]',
    most: 5,
  }),
  flag('option http-keep-alive', 'DFLB'),
  flag('option http-server-close', 'DFLB'),
  flag('option httpclose', 'DFLB'),
  flag('option holdfast-offload', 'DFL'),
  acted('option httpchk', 'DLB', { syntax: '[[METHOD] URI [VERSION]]' }),
  flag('option tcp-check', 'DLB'),
  acted('option mysql-check', 'DLB', { syntax: '[user NAME [post-41|pre-41]]', most: 3 }),
  acted('option pgsql-check', 'DLB', { syntax: 'user NAME', least: 1, most: 2 }),
  flag('option redis-check', 'DLB'),
  acted('option smtpchk', 'DLB', { syntax: '[HELO|EHLO DOMAIN]', most: 2 }),
  flag('option ldap-check', 'DLB'),
  flag('option ssl-hello-chk', 'DLB'),
  noEffect('option splice-auto', 'DFLB', 'bytes take the shortest way there is'),
  noEffect('option splice-request', 'DFLB', 'bytes take the shortest way there is'),
  noEffect('option splice-response', 'DFLB', 'bytes take the shortest way there is'),
  noEffect('option tcp-smart-accept', 'DFL', 'it saves packets, nothing else'),
  noEffect('option tcp-smart-connect', 'DLB', 'it saves packets, nothing else'),
  noEffect('option contstats', 'DFL', 'counters are always up to date'),
  noEffect('option http-no-delay', 'DFLB', 'bytes are never held back'),
  noEffect('option independent-streams', 'DFLB', 'time limits are reckoned for each direction'),
  noEffect('option prefer-last-server', 'DLB', 'it is a hint'),
  noEffect('option http-buffer-request', 'DFLB', 'no decision here waits for the body'),
  noEffect('option http-pretend-keepalive', 'DFLB', 'servers are spoken to as they ask'),
  noEffect('option idle-close-on-response', 'DFL', 'idle connections end in their time'),
  noEffect('option disable-h2-upgrade', 'DFL', 'HTTP/2 is not spoken'),
  ignored('option accept-invalid-http-request', 'DFL', 'malformed requests are refused'),
  ignored('option accept-invalid-http-response', 'DLB', 'malformed responses are refused'),
  ignored('option h1-case-adjust-bogus-client', 'DFL', 'names of headers keep their letters'),
  ignored('option h1-case-adjust-bogus-server', 'DLB', 'names of headers keep their letters'),
  ignored('option checkcache', 'DLB', 'responses are not looked at for cookies'),
  ignored('option http-use-proxy-header', 'DFL', 'Proxy-Connection is a header like others'),
  ignored('option originalto', 'DFLB', 'X-Original-To is not added'),
  refused('option transparent', 'DLB', 'connections to the address of the client are not offered', {
    most: 0,
  }),
  refused('option external-check', 'DLB', 'checks by programs are not run', { most: 0 }),
  refused('option spop-check', 'DLB', 'SPOP agents are not spoken to', { most: 0 }),
  removed('option forceclose', 'DFLB', 'write option httpclose', { stillRead: 'still-read' }),
  removed('option http-tunnel', 'DFLB', 'leave it out, or use mode tcp'),
  removed('option http-use-htx', 'DFLB', 'leave it out', { stillRead: 'still-read' }),
  removed('option tcpsplice', 'DFLB', 'write option splice-auto'),
  removed('option http_proxy', 'DFLB', 'write http-request set-uri and set-dst'),
];

const CHECKS = [
  flag('http-check disable-on-404', 'DLB'),
  acted('http-check send', 'DLB', {
    syntax: '[meth M] [uri U] [ver V] [hdr NAME VALUE] [body TEXT] …',
  }),
  acted('http-check expect', 'DLB', {
    syntax: '[!] status|rstatus|string|rstring|hdr|fhdr PATTERN',
    least: 2,
  }),
  acted('http-check connect', 'DLB', {
    syntax: '[default] [port N] [addr IP] [ssl] [sni NAME] [send-proxy] [alpn P] [linger]',
  }),
  noEffect('http-check comment', 'DLB', 'it is a comment'),
  noEffect('http-check send-state', 'DLB', 'servers are not told of their state', { most: 0 }),
  ignored('http-check set-var', 'DLB', 'variables of checks are not kept'),
  ignored('http-check set-var-fmt', 'DLB', 'variables of checks are not kept'),
  ignored('http-check unset-var', 'DLB', 'variables of checks are not kept'),
  acted('tcp-check connect', 'DLB', {
    syntax: '[default] [port N] [addr IP] [ssl] [sni NAME] [send-proxy] [alpn P] [linger]',
  }),
  acted('tcp-check send', 'DLB', { syntax: 'TEXT', least: 1 }),
  acted('tcp-check send-binary', 'DLB', { syntax: 'HEX', least: 1 }),
  acted('tcp-check expect', 'DLB', {
    syntax: '[!] string|rstring|binary|rbinary PATTERN',
    least: 2,
  }),
  acted('tcp-check comment', 'DLB', { syntax: 'TEXT', least: 1 }),
  refused('tcp-check send-lf', 'DLB', 'what is sent cannot hold samples'),
  refused('tcp-check send-binary-lf', 'DLB', 'what is sent cannot hold samples'),
  ignored('tcp-check set-var', 'DLB', 'variables of checks are not kept'),
  ignored('tcp-check set-var-fmt', 'DLB', 'variables of checks are not kept'),
  ignored('tcp-check unset-var', 'DLB', 'variables of checks are not kept'),
];

const STATS = [
  flag('stats enable', 'DFLB', { surplus: 'ignored' }),
  value('stats uri', 'DFLB', 'PREFIX', { default: '/haproxy?stats', surplus: 'ignored' }),
  value('stats auth', 'DFLB', 'USER:PASSWORD', { surplus: 'ignored' }),
  value('stats realm', 'DFLB', 'TEXT', { default: 'HAProxy Statistics', surplus: 'ignored' }),
  value('stats refresh', 'DFLB', TIMES),
  acted('stats admin', 'FLB', { syntax: 'if|unless CONDITION', least: 2 }),
  acted('stats hide-version', 'DFLB'),
  acted('stats show-legends', 'DFLB'),
  acted('stats show-node', 'DFLB', { syntax: '[NAME]' }),
  acted('stats show-desc', 'DFLB', { syntax: '[TEXT]' }),
  value('stats scope', 'DFLB', 'NAME|.'),
  acted('stats http-request', 'FLB', { syntax: 'allow|deny|auth [realm R] [if …]', least: 1 }),
  noEffect('stats show-modules', 'DFLB', 'there are no columns of modules'),
  removed('stats bind-process', 'DFLB', 'leave it out'),
];

const RULES = [
  value('tcp-request inspect-delay', 'DFLB', TIMES, { defaults: 'named' }),
  acted('tcp-request connection', 'DFL', {
    syntax: 'accept|reject [if …]',
    least: 1,
    defaults: 'named',
  }),
  acted('tcp-request session', 'DFL', {
    syntax: 'accept|reject [if …]',
    least: 1,
    defaults: 'named',
  }),
  acted('tcp-request content', 'DFLB', {
    syntax: 'accept|reject [if …]',
    least: 1,
    defaults: 'named',
  }),
  ignored('tcp-response inspect-delay', 'DLB', 'responses are judged without waiting', {
    defaults: 'named',
  }),
  acted('tcp-response content', 'DLB', {
    syntax: 'accept|reject [if …]',
    least: 1,
    defaults: 'named',
  }),
  acted('http-request', 'DFLB', { syntax: 'ACTION … [if …]', least: 1, defaults: 'named' }),
  acted('http-response', 'DFLB', { syntax: 'ACTION … [if …]', least: 1, defaults: 'named' }),
  refused('http-after-response', 'DFLB', "write http-response where the response is a server's", {
    least: 1,
    defaults: 'named',
  }),
];

const REST = [
  noEffect(
    'http-reuse',
    'DLB',
    'connections to servers belong to one client each, which is `safe`',
    { least: 1, most: 1, first: ['never', 'safe', 'aggressive', 'always'] },
  ),
  noEffect('max-keep-alive-queue', 'DLB', 'it is a hint', {
    least: 1,
    most: 1,
    first: 'number',
  }),
  noEffect('load-server-state-from-file', 'DLB', 'states are handed on at a reload', {
    least: 1,
    most: 1,
    first: ['global', 'local', 'none'],
  }),
  noEffect('server-state-file-name', 'LB', 'states are handed on at a reload'),
  noEffect('retry-on', 'DLB', 'requests are only tried again where connecting failed', {
    least: 1,
    first: RETRY_ON,
  }),
  noEffect('bind-process', 'DFLB', 'every process serves every proxy', { least: 1 }),
  ignored('log-format-sd', 'DFL', 'structured data is not sent', { least: 1, most: 1 }),
  ignored('error-log-format', 'DFL', 'failed connections are logged as others are', {
    least: 1,
    most: 1,
  }),
  ignored('log-steps', 'DFL', 'a line is written at the end'),
  ignored('unique-id-format', 'DFL', 'no identifier is made', { least: 1, most: 1 }),
  ignored('unique-id-header', 'DFL', 'no identifier is made', { least: 1, most: 1 }),
  ignored('email-alert', 'DFLB', 'no mail is sent of servers; keepalived.conf has smtp_alert', {
    least: 2,
    first: ['from', 'level', 'mailers', 'myhostname', 'to'],
  }),
  ignored('compression', 'DFLB', 'responses pass as they are', {
    least: 1,
    first: ['algo', 'type', 'offload'],
  }),
  ignored('rate-limit sessions', 'DFL', 'connections are not limited by rate', {
    least: 1,
    most: 1,
    first: 'number',
  }),
  ignored('capture', 'FL', 'headers are not kept for the log', {
    least: 1,
    first: ['cookie', 'request', 'response'],
  }),
  ignored('declare', 'FL', 'headers are not kept for the log', { least: 1, first: ['capture'] }),
  ignored('hash-balance-factor', 'DLB', 'hashes do not look at loads', { least: 1, most: 1 }),
  ignored('clitcpka-cnt', 'DFL', 'the kernel decides', { least: 1, most: 1, first: 'number' }),
  ignored('clitcpka-idle', 'DFL', 'the kernel decides', { least: 1, most: 1 }),
  ignored('clitcpka-intvl', 'DFL', 'the kernel decides', { least: 1, most: 1 }),
  ignored('srvtcpka-cnt', 'DLB', 'the kernel decides', { least: 1, most: 1, first: 'number' }),
  ignored('srvtcpka-idle', 'DLB', 'the kernel decides', { least: 1, most: 1 }),
  ignored('srvtcpka-intvl', 'DLB', 'the kernel decides', { least: 1, most: 1 }),
  ignored('dynamic-cookie-key', 'DLB', 'cookies are those of the servers', { least: 1, most: 1 }),
  ignored('http-error', 'DFLB', 'the page of that status is sent; write errorfile', { least: 2 }),
  ignored('http-send-name-header', 'DLB', 'servers are not told their names'),
  ignored('external-check path', 'DLB', 'checks by programs are not run', { least: 1, most: 1 }),
  refused('persist rdp-cookie', 'DLB', 'write balance source'),
  refused('transparent', 'DLB', 'connections to the address of the client are not offered'),
  refused('dispatch', 'DLB', 'write a server line', { least: 1, most: 1 }),
  ignored('stick-table', 'FLB', 'there is no table: `stick` finds nobody, `track` counts nothing', {
    least: 1,
  }),
  ignored('stick', 'LB', 'clients are not kept on a server; balance source does that', {
    least: 2,
    first: ['on', 'match', 'store-request', 'store-response'],
  }),
  refused('filter', 'FLB', 'filters are not run', { least: 1 }),
  refused('use-server', 'LB', 'which server is chosen is up to balance', { least: 3 }),
  refused('use-fcgi-app', 'LB', 'FastCGI is not spoken', { least: 1, most: 1 }),
  refused('force-persist', 'FLB', 'persistence by conditions is not offered', { least: 2 }),
  refused('ignore-persist', 'FLB', 'persistence by conditions is not offered', { least: 2 }),
];

const REMOVED = [
  removed('clitimeout', 'DFLB', 'write timeout client', {
    least: 1,
    most: 1,
    stillRead: 'still-read',
  }),
  removed('srvtimeout', 'DFLB', 'write timeout server', {
    least: 1,
    most: 1,
    stillRead: 'still-read',
  }),
  removed('contimeout', 'DFLB', 'write timeout connect', {
    least: 1,
    most: 1,
    stillRead: 'still-read',
  }),
  removed('redisp', 'DFLB', 'write option redispatch', { stillRead: 'still-read' }),
  removed('redispatch', 'DFLB', 'write option redispatch', { stillRead: 'still-read' }),
  ...[
    ...['reqadd', 'reqallow', 'reqiallow', 'reqdel', 'reqidel', 'reqdeny', 'reqideny', 'reqpass'],
    ...[
      'reqipass',
      'reqrep',
      'reqirep',
      'reqtarpit',
      'reqitarpit',
      'reqset',
      'reqisetbe',
      'reqsetbe',
    ],
  ].map((name) => removed(name, 'DFLB', 'write http-request')),
  ...['rspadd', 'rspdel', 'rspidel', 'rspdeny', 'rspideny', 'rsprep', 'rspirep'].map((name) =>
    removed(name, 'DFLB', 'write http-response'),
  ),
  removed('grace', 'DFLB', 'write hard-stop-after in global'),
  removed('block', 'FLB', 'write http-request deny'),
  removed('appsession', 'LB', 'write stick-table and stick on'),
  removed(
    'monitor-net',
    'DFL',
    'write monitor-uri, or http-request return with a condition on src',
  ),
];

export const PROXY_KEYWORDS = [
  ...GENERAL,
  ...TIMEOUTS,
  ...OPTIONS,
  ...CHECKS,
  ...STATS,
  ...RULES,
  ...REST,
  ...REMOVED,
];

export const PROXY_TABLE = tableOf(PROXY_KEYWORDS);

/** Checks in the words of haproxy.cfg, and the servers that are asked so. */
import type { BehaviourName } from './servers.ts';

export interface Method {
  readonly name: string;
  /** Lines of the backend. `{refused}` is the port where nobody is. */
  readonly lines: readonly string[];
  /** Words of the server; `{other}` is a certificate of somebody else. */
  readonly words?: string;
  readonly servers: readonly BehaviourName[];
}

/** What is compared is what a server hears. */
export interface Question {
  readonly lines: readonly string[];
  readonly words?: string;
}

const send = 'http-check send meth';

export const questions: readonly Question[] = [
  { lines: ['option httpchk'] },
  { lines: ['option httpchk HEAD /health HTTP/1.1', 'http-check send hdr Host a.example'] },
  { lines: ['option httpchk', `${send} POST uri /b ver HTTP/1.1 hdr X-Y z body hello`] },
  { lines: ['option httpchk', `${send} PUT uri /b ver HTTP/1.0 hdr X-Y z body hello`] },
  { lines: ['option httpchk'], words: 'send-proxy' },
  { lines: ['option httpchk'], words: 'send-proxy-v2' },
  { lines: ['option httpchk'], words: 'check-send-proxy' },
  { lines: ['option httpchk', 'http-check connect send-proxy', `${send} GET uri /`] },
  { lines: ['option httpchk', 'http-check connect', `${send} GET uri /`], words: 'send-proxy' },
  {
    lines: ['option httpchk', 'http-check connect default', `${send} GET uri /`],
    words: 'check-send-proxy',
  },
  { lines: [], words: 'send-proxy' },
  { lines: ['option tcp-check', 'tcp-check send PING\\r\\n', 'tcp-check expect string x'] },
  { lines: ['option tcp-check', 'tcp-check send-binary 00ff0a', 'tcp-check expect string x'] },
  { lines: ['option redis-check'] },
  { lines: ['option pgsql-check user postgres'] },
  { lines: ['option ldap-check'] },
  { lines: ['option mysql-check user hap pre-41'] },
  { lines: ['option mysql-check user hap post-41'] },
  { lines: [], words: 'agent-check agent-port {own port} agent-send hello\\n' },
];

/** A server, or its agent, that answers one thing after the other; all that is logged is compared. */
export interface Drama {
  readonly lines: readonly string[];
  readonly words: string;
  /** The last one again and again. A number is a status of HTTP; `-`: it closes without a word. */
  readonly answers: readonly (number | string)[];
}

const pace = 'inter 200 fastinter 40 downinter 60';
const agent = 'agent-check agent-inter 250 agent-port {own port}';
const httpchk = ['option httpchk', 'option log-health-checks', 'timeout check 5s'];
const unlogged = ['option httpchk', 'no option log-health-checks', 'timeout check 5s'];

export const dramas: readonly Drama[] = [
  {
    lines: httpchk,
    words: `check ${pace}`,
    answers: [200, 500, 500, 200, 500, 503, 500, 500, 200, 500, 200, 200, '-', 200],
  },
  {
    lines: unlogged,
    words: `check ${pace} rise 1 fall 2`,
    answers: [500, 500, 200, 500, 200, 500, 404, 200],
  },
  {
    lines: [...httpchk, 'http-check disable-on-404'],
    words: `check ${pace}`,
    answers: [200, 404, 404, 500, 404, 200, 404, 500, 500, 500, 404, 404, 200, 404, 200, 200],
  },
  {
    lines: [...unlogged, 'http-check disable-on-404'],
    words: `check ${pace} rise 3 fall 1 backup`,
    answers: [404, 200, 500, 200, 200, 404, 200, 200, 200],
  },
  {
    lines: ['option log-health-checks'],
    words: agent,
    answers: [
      ...['up', 'down # hot', 'ready', '50%', 'up', 'drain', 'down', 'up', 'ready 100%'],
      ...['maint', 'down', 'drain', 'up', 'ready', 'fail #x "y" <z>\t\x01.', 'hello', '-', 'up'],
    ],
  },
  {
    lines: ['no option log-health-checks'],
    words: `${agent} backup`,
    answers: ['down', 'maint', 'up', 'ready', 'drain', 'maint', 'ready', 'up', 'DOWN', 'Up Ready'],
  },
];

const mishaps: readonly BehaviourName[] = [
  ...(['refused', 'silent', 'closes', 'resets', 'resetsWhenAsked'] as const),
];
const greeters: readonly BehaviourName[] = [
  ...(['banner', 'closes', 'silent', 'greetsAndCloses', 'resets'] as const),
];

function httpExpect(words: string, ...servers: readonly BehaviourName[]): Method {
  const lines = ['option httpchk GET /', `http-check expect ${words}`];
  return { name: `http-check expect ${words}`, lines, servers };
}

function tcpCheck(words: readonly string[], ...servers: readonly BehaviourName[]): Method {
  return {
    name: `tcp-check ${words.join('; ')}`,
    lines: ['option tcp-check', ...words.map((line) => `tcp-check ${line}`)],
    servers,
  };
}

function option(words: string, ...servers: readonly BehaviourName[]): Method {
  return { name: words, lines: [`option ${words}`], servers: [...mishaps, ...servers] };
}

export const methods: readonly Method[] = [
  {
    ...{ name: 'connect', lines: [] },
    servers: ['refused', 'silent', 'closes', 'unreachable', 'lost'],
  },
  {
    ...{ name: 'connect, TLS', lines: [], words: 'check-ssl verify none' },
    servers: ['tls', 'refused', 'silent', 'closes', 'banner', 'resets'],
  },
  {
    ...{ name: 'connect, TLS by somebody else', lines: [], servers: ['tls'] },
    words: 'check-ssl verify required ca-file {other}',
  },
  {
    ...{ name: 'connect, TLS by whom it should be', lines: [], servers: ['tls'] },
    words: 'check-ssl verify required ca-file {own}',
  },
  option(
    'httpchk',
    ...(['closesWhenAsked', 'http200', 'http200Kept', 'http204', 'http302', 'http404'] as const),
    ...([
      'http500',
      'httpOdd',
      'http503',
      'httpContinue',
      'httpChunked',
      'httpShort',
      'lost',
    ] as const),
    ...(['httpShortKept', 'httpHalfLine', 'httpHalfLineKept', 'httpBadLength'] as const),
    ...(['httpOther', 'httpSlow'] as const),
  ),
  {
    ...{ name: 'httpchk, TLS', lines: ['option httpchk'], words: 'check-ssl verify none' },
    servers: ['tls', 'silent', 'http200'],
  },
  {
    name: 'disable-on-404',
    lines: ['option httpchk', 'http-check disable-on-404', 'http-check expect string hello'],
    servers: ['http200', 'http404', 'http500'],
  },
  httpExpect('status 200,302', 'http200', 'http204', 'http302', 'silent'),
  httpExpect('! status 200-204', 'http204', 'http500'),
  httpExpect('rstatus ^20', 'http204', 'http500'),
  httpExpect(
    'string hello',
    ...(['http200', 'http200Kept', 'http204', 'http500', 'httpShort', 'httpShortKept'] as const),
    'httpChunked',
  ),
  httpExpect('! string hello', 'http200', 'http204', 'httpShort'),
  httpExpect('rstring hel+o$', 'http200', 'http302', 'httpShort'),
  httpExpect('! rstring hel+o', 'http200', 'httpShort'),
  httpExpect('hdr name x-test value abc', 'http200', 'http302'),
  httpExpect('! hdr name x-test', 'http200', 'http302'),
  {
    name: 'http-check, two requests',
    lines: [
      ...['option httpchk', 'http-check connect', 'http-check send meth GET uri /a'],
      ...['http-check expect status 200', 'http-check connect', 'http-check send uri /b'],
      'http-check expect status 201',
    ],
    servers: ['http200', 'http204'],
  },
  tcpCheck([], 'refused', 'silent', 'closes', 'lost'),
  tcpCheck(['send PING'], 'silent', 'refused'),
  tcpCheck(['expect string 220'], ...greeters),
  tcpCheck(['expect comment greeting string 220'], ...greeters),
  tcpCheck(['expect ! string 220'], ...greeters),
  tcpCheck(['expect rstring ^2[0-9]+'], ...greeters),
  tcpCheck(['expect ! rstring ^2[0-9]+'], 'banner'),
  tcpCheck(['expect binary 323230'], ...greeters),
  tcpCheck(['expect rbinary ^323230'], ...greeters),
  tcpCheck(
    ['connect', 'expect string 220', 'send x', 'expect string there'],
    ...(['banner', 'bannerThenCloses', 'closes', 'refused', 'lost'] as const),
  ),
  tcpCheck(['connect', 'expect string hello', 'expect string world'], 'greetsAndCloses', 'banner'),
  tcpCheck(['connect', 'expect string 220', 'connect port {refused}'], 'banner'),
  tcpCheck(['connect port {refused} comment there'], 'banner'),
  tcpCheck(['connect ssl'], 'tls', 'banner'),
  tcpCheck(['connect'], 'silent'),
  tcpCheck(['connect default', 'expect string x'], 'banner', 'silent'),
  option('redis-check', 'closesWhenAsked', 'redis', 'redisError', 'greetsAndCloses', 'banner'),
  option(
    'smtpchk',
    'smtp',
    'smtpExtended',
    'smtpBusy',
    'smtpOdd',
    'smtpStrange',
    'bannerThenCloses',
  ),
  option('mysql-check', 'mysql', 'mysqlDenies', 'mysqlBlocks', 'mysqlShort', 'mysqlCloses'),
  ...['pre-41', 'post-41'].map((version) =>
    option(
      `mysql-check user hap ${version}`,
      ...(['mysql', 'mysqlSwitches', 'mysqlDenies', 'mysqlBlocks'] as const),
      ...(['mysqlShort', 'mysqlCloses'] as const),
    ),
  ),
  option(
    'pgsql-check user hap',
    ...(['pgsql', 'pgsqlMd5', 'pgsqlScram', 'pgsqlError', 'pgsqlStrange', 'pgsqlShort'] as const),
  ),
  option(
    'ldap-check',
    ...(['ldap', 'ldapLong', 'ldapRefuses', 'ldapStrange', 'ldapOther', 'ldapShort'] as const),
  ),
  option('ssl-hello-chk', 'closesWhenAsked', 'tls', 'tlsAlert', 'banner'),
];

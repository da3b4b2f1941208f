/** The same checks in haproxy's words and in the model's, and the servers that are asked so. */
import type {
  HttpCheckStep,
  HttpExpect,
  ProxyCheck,
  TcpCheckStep,
} from '../../../src/config/model/proxy-check.ts';
import type { BehaviourName } from './servers.ts';

export interface Method {
  readonly name: string;
  /** Lines of the backend. `{refused}` is the port of that server. */
  readonly lines: readonly string[];
  readonly check: ProxyCheck | ((portOf: (name: BehaviourName) => number) => ProxyCheck);
  /** Under TLS, verified or not. */
  readonly tls?: 'unverified' | 'verified';
  readonly servers: readonly BehaviourName[];
}

const mishaps: readonly BehaviourName[] = [
  'refused',
  'silent',
  'closes',
  'resets',
  'resetsWhenAsked',
];

const request = (uri = '/', method = 'GET'): HttpCheckStep => ({
  ...{ kind: 'send', method, uri, version: 'HTTP/1.0', headers: [] },
});
const plain: ProxyCheck = {
  kind: 'http',
  steps: [request('/', 'OPTIONS')],
  disableOn404: false,
};

type WithoutKind<Expect> = Expect extends HttpExpect ? Omit<Expect, 'kind' | 'negated'> : never;

function httpMethod(
  words: string,
  expect: WithoutKind<HttpExpect>,
  servers: readonly BehaviourName[],
): Method {
  const negated = words.startsWith('! ');
  const full = { kind: 'expect', negated, ...expect } as HttpExpect;
  return {
    name: `http-check expect ${words}`,
    lines: ['option httpchk GET /', `http-check expect ${words}`],
    check: { kind: 'http', steps: [request(), full], disableOn404: false },
    servers,
  };
}

type TcpExpect = Extract<TcpCheckStep, { kind: 'expect' }>;

function tcpMethod(
  words: readonly string[],
  steps: readonly TcpCheckStep[],
  servers: readonly BehaviourName[],
): Method {
  return {
    name: `tcp-check ${words.join('; ')}`,
    lines: ['option tcp-check', ...words.map((line) => `tcp-check ${line}`)],
    check: { kind: 'tcp', steps },
    servers,
  };
}

const seek = (match: TcpExpect['match'], pattern: string, negated = false): TcpExpect => ({
  ...{ kind: 'expect', negated, match, pattern },
});
const connect: TcpCheckStep = { kind: 'connect', tls: false, sendProxy: false };

const bannerServers: readonly BehaviourName[] = [
  'banner',
  'closes',
  'silent',
  'greetsAndCloses',
  'resets',
];

export const methods: readonly Method[] = [
  {
    ...{ name: 'connect', lines: [], check: { kind: 'connect' } },
    servers: ['refused', 'silent', 'closes', 'unreachable', 'lost'],
  },
  {
    ...{ name: 'connect, TLS', lines: [], check: { kind: 'connect' }, tls: 'unverified' },
    servers: ['tls', 'refused', 'silent', 'closes', 'banner', 'resets'],
  },
  {
    ...{ name: 'connect, TLS that is verified', lines: [], check: { kind: 'connect' } },
    ...{ tls: 'verified', servers: ['tls'] },
  },
  {
    ...{ name: 'httpchk', lines: ['option httpchk'], check: plain },
    servers: [
      ...mishaps,
      ...(['closesWhenAsked', 'http200', 'http200Kept', 'http204', 'http302', 'http404'] as const),
      ...([
        'http500',
        'http503',
        'httpContinue',
        'httpChunked',
        'httpShort',
        'httpShortKept',
      ] as const),
      ...([
        'httpHalfLine',
        'httpHalfLineKept',
        'httpBadLength',
        'httpOther',
        'httpSlow',
        'lost',
      ] as const),
    ],
  },
  {
    ...{ name: 'httpchk, TLS', lines: ['option httpchk'], check: plain, tls: 'unverified' },
    servers: ['tls', 'silent', 'http200'],
  },
  {
    name: 'disable-on-404',
    lines: ['option httpchk', 'http-check disable-on-404'],
    check: { ...plain, disableOn404: true },
    servers: ['http200', 'http404', 'http500'],
  },
  httpMethod(
    'status 200,302',
    {
      match: 'status',
      ranges: [
        [200, 200],
        [302, 302],
      ],
    },
    [...(['http200', 'http204', 'http302', 'silent'] as const)],
  ),
  httpMethod('! status 200-204', { match: 'status', ranges: [[200, 204]] }, ['http204', 'http500']),
  httpMethod('rstatus ^20', { match: 'rstatus', pattern: '^20' }, ['http204', 'http500']),
  httpMethod('string hello', { match: 'string', pattern: 'hello' }, [
    ...([
      'http200',
      'http200Kept',
      'http204',
      'http500',
      'httpShort',
      'httpShortKept',
      'httpChunked',
    ] as const),
  ]),
  httpMethod('! string hello', { match: 'string', pattern: 'hello' }, [
    'http200',
    'http204',
    'httpShort',
  ]),
  httpMethod('rstring hel+o$', { match: 'rstring', pattern: 'hel+o$' }, [
    'http200',
    'http302',
    'httpShort',
  ]),
  httpMethod('! rstring hel+o', { match: 'rstring', pattern: 'hel+o' }, ['http200', 'httpShort']),
  httpMethod('hdr name x-test value abc', { match: 'hdr', name: 'x-test', value: 'abc' }, [
    'http200',
    'http302',
  ]),
  httpMethod('! hdr name x-test', { match: 'hdr', name: 'x-test' }, ['http200', 'http302']),
  tcpMethod([], [], ['refused', 'silent', 'closes', 'lost']),
  tcpMethod(['send PING'], [{ kind: 'send', data: 'PING' }], ['silent', 'refused']),
  tcpMethod(['expect string 220'], [seek('string', '220')], bannerServers),
  tcpMethod(
    ['expect comment greeting string 220'],
    [{ ...seek('string', '220'), comment: 'greeting' }],
    bannerServers,
  ),
  tcpMethod(['expect ! string 220'], [seek('string', '220', true)], bannerServers),
  tcpMethod(['expect rstring ^2[0-9]+'], [seek('rstring', '^2[0-9]+')], bannerServers),
  tcpMethod(['expect ! rstring ^2[0-9]+'], [seek('rstring', '^2[0-9]+', true)], ['banner']),
  tcpMethod(['expect binary 323230'], [seek('binary', '220')], bannerServers),
  tcpMethod(['expect rbinary ^323230'], [seek('rbinary', '^323230')], bannerServers),
  tcpMethod(
    ['connect', 'expect string 220', 'send x', 'expect string there'],
    [connect, seek('string', '220'), { kind: 'send', data: 'x' }, seek('string', 'there')],
    ['banner', 'bannerThenCloses', 'closes', 'refused', 'lost'],
  ),
  tcpMethod(
    ['connect', 'expect string hello', 'expect string world'],
    [connect, seek('string', 'hello'), seek('string', 'world')],
    ['greetsAndCloses', 'banner'],
  ),
  {
    name: 'tcp-check, two connections',
    lines: [
      ...['option tcp-check', 'tcp-check connect', 'tcp-check expect string 220'],
      'tcp-check connect port {refused}',
    ],
    check: (portOf) => ({
      kind: 'tcp',
      steps: [connect, seek('string', '220'), { ...connect, port: portOf('refused') }],
    }),
    servers: ['banner'],
  },
  {
    ...{ name: 'redis', lines: ['option redis-check'], check: { kind: 'redis' } },
    servers: [...mishaps, 'closesWhenAsked', 'redis', 'redisError', 'greetsAndCloses', 'banner'],
  },
  {
    ...{ name: 'smtp', lines: ['option smtpchk'] },
    check: { kind: 'smtp', greeting: 'HELO localhost' },
    servers: [...mishaps, 'smtp', 'smtpExtended', 'smtpBusy', 'smtpStrange', 'bannerThenCloses'],
  },
  {
    ...{ name: 'mysql', lines: ['option mysql-check'] },
    check: { kind: 'mysql', version: 'post-41' },
    servers: [...mishaps, 'mysql', 'mysqlDenies', 'mysqlBlocks', 'mysqlShort', 'mysqlCloses'],
  },
  ...(['pre-41', 'post-41'] as const).map(
    (version): Method => ({
      ...{ name: `mysql, ${version}`, lines: [`option mysql-check user hap ${version}`] },
      check: { kind: 'mysql', user: 'hap', version },
      servers: [
        ...mishaps,
        ...([
          'mysql',
          'mysqlSwitches',
          'mysqlDenies',
          'mysqlBlocks',
          'mysqlShort',
          'mysqlCloses',
        ] as const),
      ],
    }),
  ),
  {
    ...{
      name: 'pgsql',
      lines: ['option pgsql-check user hap'],
      check: { kind: 'pgsql', user: 'hap' },
    },
    servers: [
      ...mishaps,
      ...(['pgsql', 'pgsqlMd5', 'pgsqlScram', 'pgsqlError', 'pgsqlStrange', 'pgsqlShort'] as const),
    ],
  },
  {
    ...{ name: 'ldap', lines: ['option ldap-check'], check: { kind: 'ldap' } },
    servers: [
      ...mishaps,
      ...(['ldap', 'ldapLong', 'ldapRefuses', 'ldapStrange', 'ldapOther', 'ldapShort'] as const),
    ],
  },
  {
    ...{ name: 'ssl-hello', lines: ['option ssl-hello-chk'], check: { kind: 'ssl-hello' } },
    servers: [...mishaps, 'closesWhenAsked', 'tls', 'tlsAlert', 'banner'],
  },
];

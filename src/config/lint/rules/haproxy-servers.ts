/** Servers of a haproxy.cfg, and how they are checked. */
import type { Rule } from '../types.ts';
import {
  balanceUnsaid,
  helloChecks,
  httpOpensPort,
  lonelyBackups,
  lowPorts,
  slowChecks,
  survivingSessions,
  unequalTimeouts,
  unlimitedConnections,
  withoutHost,
} from './haproxy-server-checks.ts';

const cfg = (...lines: readonly string[]): Readonly<Record<string, string>> => ({
  'haproxy.cfg': `${lines.join('\n')}\n`,
});
const base = (mode: string, server = '1m'): readonly string[] => [
  ...['defaults', `  mode ${mode}`, '  timeout connect 5s', '  timeout client 1m'],
  `  timeout server ${server}`,
];
const listen = (...lines: readonly string[]): readonly string[] => [
  ...['listen app', '  bind 127.0.0.1:8000'],
  ...lines.map((line) => `  ${line}`),
];
const tcp = (...lines: readonly string[]) => cfg(...base('tcp'), ...listen(...lines));
const http = (...lines: readonly string[]) => cfg(...base('http'), ...listen(...lines));
const inDocker = (
  image: string,
  files: Readonly<Record<string, string>>,
): Readonly<Record<string, string>> => ({
  ...files,
  'run.sh': `docker run -d --net=host ${image}\n`,
});
const A = 'server a 10.0.0.1:8080 check';
const B = 'server b 10.0.0.2:8080 check';
const ASK = 'option httpchk GET /health';
const port = (number: number) =>
  cfg('global', '  maxconn 4096', ...base('tcp'), 'listen app', `  bind :${number}`, `  ${A}`);

export const HAPROXY_SERVER_RULES: readonly Rule[] = [
  {
    code: 'timeouts-differ',
    severity: 'info',
    title: 'The times for clients and for servers are not the same in mode tcp.',
    explanation:
      'Whichever is shorter ends the connection of both sides, and the log blames that side. HAProxy’s manual ' +
      'recommends one value for both.',
    bad: cfg(...base('tcp', '50s'), ...listen(A)),
    good: tcp(A),
    check: unequalTimeouts,
  },
  {
    code: 'ssl-hello-check',
    severity: 'warning',
    title: 'A check says hello in a language that is gone.',
    explanation: 'SSLv3 is switched off everywhere; a server that refuses it is taken for down.',
    bad: tcp('option ssl-hello-chk', A),
    good: tcp(ASK, `${A} check-ssl verify none`),
    check: helloChecks,
  },
  {
    code: 'check-without-host',
    severity: 'warning',
    title: 'A check by HTTP/1.1 without a Host.',
    explanation: 'HTTP/1.1 asks for it, and many servers answer 400 to a request without.',
    bad: http('option httpchk GET /health HTTP/1.1', A),
    good: http(ASK, 'http-check send meth GET uri /health ver HTTP/1.1 hdr Host app.example', A),
    check: withoutHost,
  },
  {
    code: 'balance-by-default',
    severity: 'info',
    title: 'A backend does not say how it balances.',
    explanation: 'The default was roundrobin, and is random from HAProxy 3.3 on.',
    bad: http(ASK, A, B),
    good: http('balance roundrobin', ASK, A, B),
    check: balanceUnsaid,
  },
  {
    code: 'check-takes-long',
    severity: 'info',
    title: 'It takes long until a dead server gets no more connections.',
    explanation: 'inter times fall: until then every connection to it fails or waits.',
    bad: tcp('server a 10.0.0.1:8080 check inter 10s fall 3'),
    good: tcp('server a 10.0.0.1:8080 check inter 2s fall 3'),
    check: slowChecks,
  },
  {
    code: 'backups-one-by-one',
    severity: 'info',
    title: 'Several backup servers, of which only the first is used.',
    explanation:
      'The next one comes only when the first has died as well, unless option allbackups is set.',
    bad: tcp(A, `${B} backup`, 'server c 10.0.0.3:8080 check backup'),
    good: tcp('option allbackups', A, `${B} backup`, 'server c 10.0.0.3:8080 check backup'),
    check: lonelyBackups,
  },
  {
    code: 'sessions-outlive-server',
    severity: 'warning',
    title: 'Sessions stay on a database that is down.',
    explanation:
      'A check that fails keeps new connections away; those that are open stay, on a master that is none any more, ' +
      'until they time out.',
    bad: tcp('server a 10.0.0.1:5432 check'),
    good: tcp('server a 10.0.0.1:5432 check on-marked-down shutdown-sessions'),
    check: survivingSessions,
  },
  {
    code: 'http-check-opens-port',
    severity: 'info',
    title: 'Servers of HTTP are checked by opening a connection.',
    explanation: 'A server whose application has failed still accepts connections.',
    bad: http(A),
    good: http(ASK, A),
    check: httpOpensPort,
  },
  {
    code: 'port-needs-root',
    severity: 'warning',
    title: 'A low port in an image that does not start as root.',
    explanation:
      'Docker’s own images of HAProxy run as haproxy from 2.4 on. In the network of the host ports below 1024 are ' +
      'then refused, unless net.ipv4.ip_unprivileged_port_start is lower.',
    bad: inDocker('haproxy:3.0', port(80)),
    good: inDocker('haproxy:3.0', port(8080)),
    check: lowPorts,
  },
  {
    code: 'maxconn-missing',
    severity: 'warning',
    title: 'HAProxy in a container without a limit of connections.',
    explanation:
      'The limit follows from that of open files, which in containers is often a billion: HAProxy before 3.0 then ' +
      'takes all memory at its start.',
    bad: inDocker('haproxy:2.6', tcp(A)),
    good: inDocker('haproxy:2.6', port(8080)),
    check: unlimitedConnections,
  },
];

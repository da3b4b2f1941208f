/** What stands in one haproxy.cfg. */
import type { Container, Found, Rule, Subject } from '../types.ts';
import { proxy } from './examples.ts';
import { type Line, lineOf, sections, serversOf, servesApi, timeOf } from './haproxy-sections.ts';
import { runsUnprivileged } from './haproxy-server-checks.ts';

function* portChecks(subject: Subject): Generator<Found> {
  for (const section of sections(subject)) {
    const [server] = serversOf(section).filter(({ words }) => words.includes('check'));
    if (server === undefined || !servesApi(section)) continue;
    if (lineOf(section, 'option', 'httpchk') !== undefined) continue;
    const message = 'the check only opens a connection: an API server that hangs stays up';
    const hint = "'option httpchk GET /readyz' with 'check-ssl verify none' on the servers";
    yield { at: server.at, message, hint };
  }
}

const LONG_ENOUGH_MS = 10 * 60_000;

function* shortTimeouts(subject: Subject): Generator<Found> {
  const all = sections(subject);
  const backends = new Set(all.filter(servesApi).map(({ name }) => name));
  const seen = new Set<number>();
  for (const section of all) {
    const leads = backends.has(lineOf(section, 'default_backend')?.words[1] ?? '');
    if (!leads && !servesApi(section)) continue;
    const tunnel = timeOf(lineOf(section, 'timeout', 'tunnel')?.words[2] ?? '');
    if (tunnel !== undefined && tunnel >= LONG_ENOUGH_MS) continue;
    const short = ['client', 'server'].flatMap((side) => {
      const line = lineOf(section, 'timeout', side);
      const time = timeOf(line?.words[2] ?? '');
      return line === undefined || time === undefined || time >= LONG_ENOUGH_MS ? [] : [line];
    });
    const [first] = short;
    if (first === undefined || seen.has(first.at.line)) continue;
    seen.add(first.at.line);
    const message = `kubectl exec, logs -f and watches are cut after ${first.words[2]} of silence`;
    yield { at: first.at, message, hint: "'timeout tunnel 1h'" };
  }
}

const WEAK =
  /^(?:admin|root|haproxy|user|stats):(?:password|admin|haproxy|123456|secret|stats|root)$/;

function* openStats(subject: Subject): Generator<Found> {
  for (const section of sections(subject)) {
    const stats = section.lines.filter(({ words }) => words[0] === 'stats');
    const [first] = stats;
    const bind = section.lines.find(
      ({ words }) => words[0] === 'bind' && /^(?:\*|0\.0\.0\.0|::|\[::\])?:\d/.test(words[1] ?? ''),
    );
    if (first === undefined || bind === undefined) continue;
    const auth = stats.find(({ words }) => words[1] === 'auth');
    const isWeak = WEAK.test(auth?.words[2] ?? '');
    if (auth !== undefined && !isWeak) continue;
    const how = isWeak ? 'with a password that everybody tries' : 'without a password';
    const message = `the statistics page is open on all addresses, the virtual one too, ${how}`;
    const hint = 'bind it to 127.0.0.1 or an address of the management network';
    yield { at: (auth ?? first).at, message, hint };
  }
}

function* openAdmin(subject: Subject): Generator<Found> {
  for (const section of sections(subject)) {
    const stats = section.lines.filter(({ words }) => words[0] === 'stats');
    const admin = stats.find(({ words }) => /^stats admin if TRUE$/i.test(words.join(' ')));
    if (admin === undefined || lineOf(section, 'stats', 'auth') !== undefined) continue;
    const message = 'whoever sees the page may take servers out: nobody is asked for a password';
    yield { at: admin.at, message, hint: "'stats auth', or a condition on the address" };
  }
}

function* unchecked(subject: Subject): Generator<Found> {
  for (const section of sections(subject)) {
    if (lineOf(section, 'default-server')?.words.includes('check') === true) continue;
    const servers = serversOf(section);
    const [first] = servers.filter(
      ({ words }) => !words.some((word) => /^(?:check|track)$/.test(word)),
    );
    if (first === undefined || servers.length < 2) continue;
    const message = `server ${first.words[1]} is never checked: requests go to it though it is dead`;
    yield { at: first.at, message, hint: "'check'" };
  }
}

function runsProxy({ image }: Container): boolean {
  return /haproxy/.test(image);
}

function* inContainer(
  subject: Subject,
  pattern: RegExp,
  message: (line: Line) => string,
): Generator<Found> {
  if (!subject.containers.some(runsProxy)) return;
  for (const section of sections(subject)) {
    for (const line of section.lines) {
      if (pattern.test(line.words.join(' '))) yield { at: line.at, message: message(line) };
    }
  }
}

const localLog = (subject: Subject) =>
  inContainer(
    subject,
    /^log (?:127\.0\.0\.1|localhost|\/dev\/log)/,
    ({ words }) => `in a container nothing listens on ${words[1]}: write 'log stdout format raw'`,
  );
/** A name other than haproxy's own needs root as well. */
const NEEDS_ROOT = /^(?:chroot |(?:user|group) (?!haproxy$))/;

function* privileges(subject: Subject): Generator<Found> {
  const severity = subject.containers.some(runsUnprivileged) ? 'warning' : 'info';
  const message = ({ words }: Line): string =>
    `'${words[0]}' needs root, and Docker’s own images of HAProxy from 2.4 on do not start as root: they end here`;
  for (const found of inContainer(subject, NEEDS_ROOT, message)) yield { ...found, severity };
}

const background = (subject: Subject) =>
  inContainer(
    subject,
    /^daemon$/,
    () => "'daemon' ends a container whose entry does not add -db: leave it out",
  );

const RUN = 'docker run -d --net=host haproxy:3.0\n';
const both = (text: string): Readonly<Record<string, string>> => ({
  'haproxy.cfg': text,
  'run.sh': RUN,
});
const only = (text: string): Readonly<Record<string, string>> => ({ 'haproxy.cfg': text });
const STATS = (bind: string): string =>
  ['defaults', '  mode http', '  timeout connect 5s', '  timeout client 1m', '  timeout server 1m']
    .concat(['listen stats', `  bind ${bind}`, '  stats uri /stats', '  stats auth admin:password'])
    .concat('')
    .join('\n');

export const HAPROXY_RULES: readonly Rule[] = [
  {
    code: 'api-check-opens-port',
    severity: 'warning',
    title: 'API servers are checked by opening a connection.',
    explanation:
      'An API server that hangs, or has no etcd, still accepts connections and stays up.',
    bad: only(proxy([], '')),
    good: only(proxy([])),
    check: portChecks,
  },
  {
    code: 'timeout-cuts-watches',
    severity: 'warning',
    title: 'Timeouts in front of an API server are shorter than its silences.',
    explanation:
      'Watches, kubectl exec and logs -f are silent for minutes; HAProxy cuts them (cD, sD).',
    bad: only(proxy([]).replace('  timeout tunnel 4h\n', '').replace('client 1h', 'client 50s')),
    good: only(proxy([])),
    check: shortTimeouts,
  },
  {
    code: 'stats-open',
    severity: 'warning',
    title: 'The statistics page is open to everybody.',
    explanation:
      'It shows every server, and over plain HTTP its password; on the virtual address too.',
    bad: only(STATS('*:8888')),
    good: only(STATS('127.0.0.1:8888')),
    check: openStats,
  },
  {
    code: 'log-to-nobody',
    severity: 'warning',
    title: 'A proxy in a container logs to an address where nobody listens.',
    explanation: 'Logs over UDP to 127.0.0.1 are lost unless rsyslog of the host listens there.',
    bad: both(`global\n  log 127.0.0.1 local0\n${proxy([])}`),
    good: both(`global\n  log stdout format raw local0\n${proxy([])}`),
    check: localLog,
  },
  {
    code: 'privileges-in-container',
    severity: 'warning',
    title: 'chroot in a container, or a user other than haproxy.',
    explanation:
      'Docker’s own images of HAProxy run without root from 2.4 on: chroot is fatal there. With other images it is a ' +
      'note.',
    bad: both(`global\n  chroot /var/lib/haproxy\n${proxy([])}`),
    good: both(`global\n  maxconn 4096\n${proxy([])}`),
    check: privileges,
  },
  {
    code: 'daemon-in-container',
    severity: 'info',
    title: 'daemon in a container.',
    explanation:
      'The process goes to the background and the container ends, unless its entry adds -db.',
    bad: both(`global\n  daemon\n${proxy([])}`),
    good: both(`global\n  maxconn 4096\n${proxy([])}`),
    check: background,
  },
  {
    code: 'stats-admin-open',
    severity: 'warning',
    title: 'Anybody may take servers out by the statistics page.',
    explanation: '`stats admin if TRUE` without `stats auth` gives everybody its buttons.',
    bad: only(STATS('127.0.0.1:8888').replace('stats auth admin:password', 'stats admin if TRUE')),
    good: only(
      STATS('127.0.0.1:8888').replace('admin:password', 'ops:x7Kp2mQz\n  stats admin if TRUE'),
    ),
    check: openAdmin,
  },
  {
    code: 'backend-never-checked',
    severity: 'info',
    title: 'A server beside others without a check.',
    explanation: 'It gets requests though it is dead, and the others could have answered.',
    bad: only(`${proxy([])}  server m2 10.0.0.2:6443\n`),
    good: only(`${proxy([])}  server m2 10.0.0.2:6443 check check-ssl verify none\n`),
    check: unchecked,
  },
];

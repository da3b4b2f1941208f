/**
 * Runs inside a namespace of its own: haproxy and ours watch the same servers at the same time. What each
 * logs of the first check of each server goes to standard output as JSON.
 */
import { execFileSync, spawn } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { createServer as createTlsServer } from 'node:tls';
import type { IpAddress } from '../../../src/base/ip.ts';
import { createRng } from '../../../src/base/rng.ts';
import { type Micros, micros, millis } from '../../../src/base/time.ts';
import type { Server } from '../../../src/config/model/proxy.ts';
import type { ProxyCheck } from '../../../src/config/model/proxy-check.ts';
import { buildLive } from '../../../src/core/proxy/build-live.ts';
import { HealthEngine } from '../../../src/core/proxy/health/engine.ts';
import {
  describeChange,
  describeEmptyBackend,
  describeJudgement,
} from '../../../src/core/proxy/health/log-lines.ts';
import {
  testBackend,
  testCheck,
  testConfig,
  testServer,
} from '../../../src/core/proxy/health/test-stage.ts';
import { createClock } from '../../../src/linux/clock.ts';
import { createPatternCompiler } from '../../../src/linux/patterns.ts';
import type { AlarmFactory } from '../../../src/ports/clock.ts';
import { createProxyChecks } from '../../../src/probe/proxy-check/checks.ts';
import { HealthLoop, type HealthNews } from '../../../src/proxy/health-loop.ts';
import { testPath } from '../../../tools/sweep.ts';
import { type Method, methods } from './cases.ts';
import { type BehaviourName, listen, serveAll } from './servers.ts';

/** Checks that take longer are late. */
const INTER_MS = 600;
const LIMIT_MS = 20_000;

const folder = testPath('proxy-checks');
mkdirSync(folder, { recursive: true });
const certificate = join(folder, 'server.pem');
const key = join(folder, 'server.key');
execFileSync(
  'openssl',
  [
    ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'],
    ...['-keyout', key, '-out', certificate, '-subj', '/CN=server', '-days', '2'],
  ],
  { stdio: 'ignore' },
);
const { ports } = await serveAll();
const secure = createTlsServer(
  { key: readFileSync(key), cert: readFileSync(certificate) },
  (socket) => {
    socket.on('error', () => {});
    socket.once('data', () => socket.end('HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello'));
  },
);
secure.on('tlsClientError', () => {});
ports.set('tls', await listen(secure));

/** Only these, where they are named. */
const wanted = new Set(process.argv.slice(2));
const backends = methods
  .flatMap((method, index) =>
    method.servers.map((server) => ({ id: `b${index}-${server}`, method, server })),
  )
  .filter(({ id }) => wanted.size === 0 || wanted.has(id));

function portOf(server: BehaviourName): number {
  return ports.get(server) ?? 80;
}

/** `lost`: an address of the link that nobody has; `unreachable`: there is no way there. */
function addressOf(server: BehaviourName): string {
  return { lost: '10.9.0.2', unreachable: '10.77.0.2' }[server as string] ?? '127.0.0.1';
}

function haproxyConfig(): string {
  const trust = {
    unverified: 'verify none',
    verified: 'verify required ca-file /etc/ssl/cert.pem',
  };
  const texts = backends.map(({ id, method, server }) => {
    const tls = method.tls === undefined ? '' : `check-ssl ${trust[method.tls]}`;
    const lines = method.lines.map((line) => line.replace('{refused}', String(portOf('refused'))));
    const address = `${addressOf(server)}:${portOf(server)}`;
    return [`backend ${id}`, ...lines, `server s ${address} check ${tls}`].join('\n  ');
  });
  return `global
  log stdout format short local0
  stats socket ${join(folder, 'stats')}
defaults
  log global
  timeout connect 5s
  timeout client 5s
  timeout server 5s
  option log-health-checks
  default-server inter ${INTER_MS}
${texts.join('\n').replaceAll('/etc/ssl/cert.pem', otherAuthority())}
`;
}

/** An authority that has not signed what the server shows. */
function otherAuthority(): string {
  return join(folder, 'other.pem');
}

function serverOf(method: Method, name: BehaviourName): Server {
  const tls = {
    ...(method.tls === 'verified' && { ca: readFileSync(otherAuthority(), 'utf8') }),
    verify: method.tls === 'verified' ? 'required' : 'none',
    alpn: [],
  } as const;
  const ip = addressOf(name) as IpAddress;
  return testServer('s', {
    address: { kind: 'ip', ip },
    port: { kind: 'port', port: portOf(name) },
    check: testCheck({ inter: millis(INTER_MS), ...(method.tls !== undefined && { tls }) }),
  });
}

function checkOf({ check }: Method): ProxyCheck {
  return typeof check === 'function' ? check(portOf) : check;
}

/** What is said of each backend, by its first line about a check; durations left out. */
class Book {
  readonly lines = new Map<string, string[]>();

  write(line: string): void {
    const id = /(?:server |Server |backend )(b\d+-\w+)/.exec(line)?.[1];
    if (id === undefined) return;
    const text = line.replace(/check duration: \d+ms/, 'check duration: …');
    const known = this.lines.get(id) ?? [];
    // A second check may find something else: of an answer that it saw but half.
    if (known.length > 0 && text.includes('Health check')) return;
    this.lines.set(id, [...known, text]);
  }
}

const theirs = new Book();
const ours = new Book();
const severities = ['emerg', 'alert', 'crit', 'err', 'warning', 'notice', 'info', 'debug'];
execFileSync(
  'openssl',
  [
    ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'],
    ...['-keyout', join(folder, 'other.key'), '-out', otherAuthority(), '-subj', '/CN=other'],
  ],
  { stdio: 'ignore' },
);
const file = join(folder, 'haproxy.cfg');
writeFileSync(file, haproxyConfig());
const haproxy = spawn('haproxy', ['-db', '-f', file], { stdio: ['ignore', 'pipe', 'pipe'] });
createInterface(haproxy.stdout).on('line', (line) => {
  const match = /^<(\d+)>(.*)$/.exec(line);
  if (match !== null) theirs.write(`${severities[Number(match[1]) & 7]} ${match[2]}`);
});
let complaints = '';
haproxy.stderr.on('data', (bytes) => {
  complaints += String(bytes);
});

const alarms: AlarmFactory = {
  createAlarm: (onDue) => {
    let timer: NodeJS.Timeout | undefined;
    return {
      arm: (at: Micros | undefined) => {
        clearTimeout(timer);
        if (at === undefined) return;
        timer = setTimeout(onDue, Math.max(0, Math.ceil(micros(at - clock.now()) / 1000)));
      },
      close: () => clearTimeout(timer),
    };
  },
};
const clock = createClock();
const live = buildLive(
  testConfig(
    backends.map(({ id, method, server }) =>
      testBackend(id, [serverOf(method, server)], {
        check: checkOf(method),
        options: new Set(['log-health-checks']),
      }),
    ),
  ),
  clock.now(),
);
const loop = new HealthLoop({
  engine: new HealthEngine(live, createRng(1)),
  checks: createProxyChecks({
    ...{ clock, patterns: createPatternCompiler(), bufferBytes: 16_384, most: 1000 },
  }),
  clock,
  alarms,
  onNews: (news) => {
    const line = wordsOf(news);
    if (line !== undefined) ours.write(`${line.severity} ${line.text}`);
  },
});

function wordsOf(news: HealthNews): ReturnType<typeof describeJudgement> {
  if (news.kind === 'judged') return describeJudgement(news.judgement);
  if (news.kind === 'changed')
    return describeChange(news.change, { sessions: 0, requeued: 0, queued: 0 });
  if (news.kind === 'backendChanged' && news.to === 'down') return describeEmptyBackend(news.proxy);
  return undefined;
}

const isDone = (): boolean =>
  backends.every(({ id }) =>
    [theirs, ours].every(({ lines }) => {
      const last = lines.get(id)?.at(-1);
      return last !== undefined && (last.includes('UP.') || last.startsWith('emerg'));
    }),
  );
const begun = Date.now();
while (!isDone() && Date.now() - begun < LIMIT_MS && haproxy.exitCode === null)
  await new Promise((resolve) => setTimeout(resolve, 20));
loop.close();
haproxy.kill();
rmSync(folder, { recursive: true, force: true });
const result = backends.map(({ id, method, server }) => ({
  ...{ name: `${method.name}: ${server}`, id },
  theirs: theirs.lines.get(id) ?? [],
  ours: ours.lines.get(id) ?? [],
}));
const failure = haproxy.exitCode === null ? undefined : complaints;
process.stdout.write(`${JSON.stringify({ result, failure })}\n`, () => process.exit(0));

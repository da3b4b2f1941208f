/**
 * When a server's state changes: keepalived and holdfast watch the same servers, each in a namespace with a
 * table of IPVS of its own, and take them out and put them back within one check interval of each other.
 */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer as createHttpServer } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import { createServer, type Socket } from 'node:net';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { testPath } from '../../tools/sweep.ts';
import { createTestNamespace, type TestNamespace } from '../linux/namespaces.ts';
import { Program, type ProgramName } from './program.ts';

const INTERVAL_SECONDS = 4;
const TIMEOUT_SECONDS = 2;
/** The guest is slow. */
const SLACK_MS = 1500;
const ROUNDS = 3;
const LOOK_MS = 100;
const SETTLE_MS = 90_000;
/** After both have come to a state: so that neither is in the middle of a retry. */
const CALM_MS = INTERVAL_SECONDS * 1000;

type Mood = 'well' | 'gone' | 'silent' | 'wrong';

const PORTS = { tcp: 8001, http: 8002, ssl: 8003, smtp: 8004, dns: 8005, udp: 8006 } as const;
const KINDS = ['tcp', 'http', 'ssl', 'smtp', 'dns', 'udp', 'ping', 'misc', 'file'] as const;
type Kind = (typeof KINDS)[number];
/** What can be wrong without being gone. */
const MOODS: Readonly<Record<Exclude<Mood, 'well'>, readonly Kind[]>> = {
  gone: KINDS,
  silent: ['tcp', 'http', 'ssl', 'smtp', 'dns', 'udp', 'ping'],
  wrong: ['http', 'ssl', 'smtp', 'dns', 'udp'],
};
const FOLDER = testPath('times');
const SWITCH = `${FOLDER}/misc`;
const FILE = `${FOLDER}/file`;

const addressOf = (kind: Kind): string => `10.9.0.${KINDS.indexOf(kind) + 1}`;

const url = `url {\n path /\n status_code 200\n }\n connect_timeout ${TIMEOUT_SECONDS}`;
const CHECKS: Readonly<Record<Kind, string>> = {
  tcp: `TCP_CHECK {\n connect_timeout ${TIMEOUT_SECONDS}\n`,
  http: `HTTP_GET {\n ${url}\n`,
  ssl: `SSL_GET {\n ${url}\n`,
  smtp: `SMTP_CHECK {\n connect_timeout ${TIMEOUT_SECONDS}\n helo_name h\n`,
  dns: `DNS_CHECK {\n connect_timeout ${TIMEOUT_SECONDS}\n type A\n name a.example\n`,
  udp: `UDP_CHECK {\n connect_timeout ${TIMEOUT_SECONDS}\n payload 68656c6c6f\n require_reply 68656c6c6f\n`,
  ping: `PING_CHECK {\n connect_timeout ${TIMEOUT_SECONDS}\n`,
  misc: `MISC_CHECK {\n misc_path "/usr/bin/test -e ${SWITCH}"\n misc_timeout ${TIMEOUT_SECONDS}\n`,
  file: 'FILE_CHECK {\n track_file health\n',
};

function configuration(): string {
  const services = KINDS.map((kind, index) => {
    const port = kind in PORTS ? PORTS[kind as keyof typeof PORTS] : 8000;
    const pace = kind === 'file' ? '' : ' retry 1\n delay_before_retry 1\n warmup 0\n';
    return `virtual_server 10.8.0.${index + 1} 80 {
 delay_loop ${INTERVAL_SECONDS}
 lvs_sched rr
 lvs_method NAT
 protocol TCP
 real_server ${addressOf(kind)} ${port} {
 ${CHECKS[kind]}${pace} }
 }
}
`;
  });
  return `global_defs {
 script_user root
}
track_file health {
 file ${FILE}
}
${services.join('')}`;
}

/** The servers of both, in a namespace between theirs. */
class Servers {
  readonly namespace = createTestNamespace('times-s');
  #mood: Mood = 'well';
  readonly #closers: (() => void)[] = [];

  open(): void {
    for (const kind of KINDS) this.namespace.ip(`addr add ${addressOf(kind)}/32 dev lo`);
    this.set('well');
    const { key, cert } = certificate();
    const answer = (_: unknown, response: { writeHead(status: number): { end(): void } }): void => {
      if (this.#mood === 'silent') return;
      response.writeHead(this.#mood === 'wrong' ? 500 : 200).end();
    };
    this.namespace.inside(() => {
      const plain = createServer((socket) => socket.on('error', () => {}));
      const smtp = createServer((socket) => this.#smtp(socket));
      const listeners = [
        plain.listen(PORTS.tcp),
        createHttpServer(answer).listen(PORTS.http),
        createHttpsServer({ key, cert }, answer).listen(PORTS.ssl),
        smtp.listen(PORTS.smtp),
      ];
      for (const [kind, reply] of [
        ['dns', (query: Buffer) => this.#dns(query)],
        ['udp', (data: Buffer) => (this.#mood === 'wrong' ? Buffer.from('other') : data)],
      ] as const) {
        const socket = createSocket({ type: 'udp4', lookup: atOnce }, (data, from) => {
          if (this.#mood !== 'silent') socket.send(reply(data), from.port, from.address);
        }).bind(PORTS[kind], addressOf(kind));
        this.#closers.push(() => socket.close());
      }
      this.#closers.push(...listeners.map((each) => () => void each.close()));
    });
  }

  /** Whoever is gone refuses; who is silent gets nothing. */
  set(mood: Mood): void {
    this.#mood = mood;
    const { namespace } = this;
    const ports = Object.values(PORTS).join(',');
    const rules = {
      gone: `add rule inet mood in tcp dport { ${ports} } reject with tcp reset
        add rule inet mood in udp dport { ${ports} } reject
        add rule inet mood in icmp type echo-request reject`,
      silent: `add rule inet mood in tcp dport { ${ports} } drop
        add rule inet mood in udp dport { ${ports} } drop
        add rule inet mood in icmp type echo-request drop`,
    };
    const more = mood === 'gone' || mood === 'silent' ? rules[mood] : '';
    namespace.exec(
      'nft',
      `add table inet mood
        delete table inet mood
        add table inet mood
        add chain inet mood in { type filter hook input priority 0; }
        ${more}`,
    );
    if (mood === 'gone') rmSync(SWITCH);
    else writeFileSync(SWITCH, '');
    writeFileSync(FILE, mood === 'gone' ? '-254\n' : '0\n');
  }

  close(): void {
    for (const each of this.#closers) each();
    this.namespace.remove();
  }

  #smtp(socket: Socket): void {
    socket.on('error', () => {});
    const say = (text: string): unknown => socket.write(`${text}\r\n`);
    say(this.#mood === 'wrong' ? '554 no' : '220 here');
    socket.on('data', (data) => {
      if (data.toString().startsWith('QUIT')) {
        say('221 bye');
        socket.end();
      } else say('250 yes');
    });
  }

  /** The question again, as an answer; or that the server has failed. */
  #dns(query: Buffer): Buffer {
    const answer = Buffer.from(query);
    answer.writeUInt16BE(this.#mood === 'wrong' ? 0x8182 : 0x8180, 2);
    return answer;
  }
}

class Watcher {
  readonly #namespace: TestNamespace;
  readonly #program: Program;
  /** When the kernel got or lost a server last. */
  readonly changedMs = new Map<Kind, number>();
  present: ReadonlySet<Kind> = new Set();

  constructor(name: ProgramName, { namespace: servers }: Servers, number: number) {
    this.#namespace = createTestNamespace(`times-${name}`);
    const { name: own } = this.#namespace;
    servers.ip(`link add ${name} type veth peer name eth0 netns ${own}`);
    servers.ip(`addr add 10.7.${number}.1/24 dev ${name}`);
    servers.ip(`link set ${name} up`);
    this.#namespace.ip(`addr add 10.7.${number}.2/24 dev eth0`);
    this.#namespace.ip('link set eth0 up');
    this.#namespace.ip(`route add default via 10.7.${number}.1`);
    const folder = `${FOLDER}/${name}`;
    mkdirSync(folder);
    writeFileSync(`${folder}/conf`, configuration());
    this.#program = new Program(name, this.#namespace, folder);
  }

  get output(): string {
    return this.#program.output;
  }

  look(): void {
    const text = this.#namespace.inside(() =>
      readFileSync('/proc/thread-self/net/ip_vs', 'latin1'),
    );
    // Address and port, method, weight: what a FILE_CHECK takes out stays with weight 0.
    const present = new Set(
      KINDS.filter((kind) => new RegExp(`-> ${hex(addressOf(kind))}:\\S+ +\\w+ +[1-9]`).test(text)),
    );
    const nowMs = performance.now();
    for (const kind of KINDS) {
      if (present.has(kind) !== this.present.has(kind)) this.changedMs.set(kind, nowMs);
    }
    this.present = present;
  }

  async close(): Promise<void> {
    await this.#program.end('SIGTERM');
    this.#namespace.remove();
  }
}

/** Else a socket is bound in a later turn, in whatever namespace the thread is in then. */
function atOnce(
  host: string,
  _: unknown,
  done: (error: null, address: string, family: number) => void,
): void {
  done(null, host, 4);
}

function certificate(): { readonly key: string; readonly cert: string } {
  const [key, cert] = [`${FOLDER}/key.pem`, `${FOLDER}/cert.pem`];
  const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
  const files = ['-keyout', key, '-out', cert, '-subj', '/CN=h', '-days', '2'];
  execFileSync('openssl', ['req', '-x509', ...curve, ...files], { stdio: 'ignore' });
  return { key: readFileSync(key, 'utf8'), cert: readFileSync(cert, 'utf8') };
}

function hex(address: string): string {
  const bytes = address.split('.').map((each) => Number(each).toString(16).padStart(2, '0'));
  return bytes.join('').toUpperCase();
}

describe('state changes beside keepalived', () => {
  let servers: Servers;
  let watchers: readonly Watcher[];
  const until = async (expected: readonly Kind[]): Promise<void> => {
    const wanted = KINDS.filter((kind) => expected.includes(kind)).join();
    const isDone = (): boolean =>
      watchers.every(({ present }) => KINDS.filter((kind) => present.has(kind)).join() === wanted);
    for (const endMs = Date.now() + SETTLE_MS; ; await sleep(LOOK_MS)) {
      for (const each of watchers) each.look();
      if (isDone()) return;
      if (Date.now() < endMs) continue;
      const shown = watchers.map(({ present }) => [...present].join());
      assert.fail(`${shown.join(' | ')}, not ${wanted}\n${watchers[1]?.output}`);
    }
  };
  /** Two that ask in the same rhythm are a whole round apart at most, of which a timeout is part. */
  /** Who moved too far from the other: two in one rhythm are a round apart at most, with its timeout. */
  const apart = (kinds: readonly Kind[], mood: Mood): readonly string[] => {
    const roundSeconds = INTERVAL_SECONDS + (mood === 'silent' ? TIMEOUT_SECONDS : 0);
    const limitMs = roundSeconds * 1000 + SLACK_MS;
    const [theirs, ours] = watchers;
    const found = kinds.map((kind) => {
      const ms = (ours?.changedMs.get(kind) ?? 0) - (theirs?.changedMs.get(kind) ?? Number.NaN);
      return { ms, text: `${kind} ${Math.round(ms)} ms` };
    });
    console.log(found.map(({ text }) => text).join(', '));
    return found.filter(({ ms }) => !(Math.abs(ms) <= limitMs)).map(({ text }) => text);
  };
  before(async () => {
    mkdirSync(FOLDER);
    servers = new Servers();
    servers.open();
    watchers = [new Watcher('keepalived', servers, 1), new Watcher('holdfast', servers, 2)];
    await until(KINDS);
    // The first check of each, before which a failure is final at once.
    await sleep(3 * CALM_MS);
  });
  after(async () => {
    for (const each of watchers) await each.close();
    servers.close();
    rmSync(FOLDER, { recursive: true });
  });

  for (const mood of ['gone', 'silent', 'wrong'] as const) {
    test(`${mood}: out, and back`, async () => {
      // What a busy machine has held up is measured again.
      for (let round = 1; ; round++) {
        servers.set(mood);
        await until(KINDS.filter((kind) => !MOODS[mood].includes(kind)));
        const out = apart(MOODS[mood], mood);
        await sleep(CALM_MS);
        servers.set('well');
        await until(KINDS);
        const late = [...out, ...apart(MOODS[mood], mood)];
        await sleep(CALM_MS);
        if (late.length === 0) return;
        assert.ok(round < ROUNDS, late.join(', '));
      }
    });
  }
});

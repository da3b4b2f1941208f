/** A server for each kind of checker, all of which can be well, gone, silent, slow, or give a wrong answer. */
import { execFileSync } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import {
  createServer as createHttpServer,
  type IncomingMessage,
  type ServerResponse,
} from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import { createServer, type Socket } from 'node:net';
import { createTestNamespace } from '../linux/namespaces.ts';

export type Mood = 'well' | 'gone' | 'silent' | 'wrong' | 'slow';

const PORTS = { tcp: 8001, http: 8002, ssl: 8003, smtp: 8004, dns: 8005, udp: 8006 } as const;
export const KINDS = [
  ...['tcp', 'http', 'ssl', 'smtp', 'dns', 'udp', 'ping', 'misc', 'file'],
] as readonly Kind[];
export type Kind = keyof typeof PORTS | 'ping' | 'misc' | 'file';

/**
 * What can be wrong without being gone. PING_CHECK is not among those that go: keepalived waits its time
 * where holdfast believes an ICMP error at once.
 */
export const MOODS: Readonly<Record<Exclude<Mood, 'well'>, readonly Kind[]>> = {
  gone: KINDS.filter((kind) => kind !== 'ping'),
  silent: ['tcp', 'http', 'ssl', 'smtp', 'dns', 'udp', 'ping'],
  wrong: ['http', 'ssl', 'smtp', 'dns', 'udp'],
  slow: ['http', 'ssl', 'smtp', 'dns', 'udp'],
};

export interface Pace {
  readonly intervalSeconds: number;
  readonly timeoutSeconds: number;
  /** Before the only retry. */
  readonly retrySeconds: number;
}

export const addressOf = (kind: Kind): string => `10.9.0.${KINDS.indexOf(kind) + 1}`;

/** `folder` is that of the servers. */
export function configuration(
  folder: string,
  { intervalSeconds, timeoutSeconds, retrySeconds }: Pace,
): string {
  const limit = `connect_timeout ${timeoutSeconds}`;
  const url = `url {\n path /\n status_code 200\n }\n ${limit}`;
  const hello = '68656c6c6f';
  const checks: Readonly<Record<Kind, string>> = {
    tcp: `TCP_CHECK {\n ${limit}\n`,
    http: `HTTP_GET {\n ${url}\n`,
    ssl: `SSL_GET {\n ${url}\n`,
    smtp: `SMTP_CHECK {\n ${limit}\n helo_name h\n`,
    dns: `DNS_CHECK {\n ${limit}\n type A\n name a.example\n`,
    udp: `UDP_CHECK {\n ${limit}\n payload ${hello}\n require_reply ${hello}\n`,
    ping: `PING_CHECK {\n ${limit}\n`,
    misc: `MISC_CHECK {\n misc_path "/usr/bin/test -e ${folder}/misc"\n misc_timeout ${timeoutSeconds}\n`,
    file: 'FILE_CHECK {\n track_file health\n',
  };
  const services = KINDS.map((kind, index) => {
    const port = kind in PORTS ? PORTS[kind as keyof typeof PORTS] : 8000;
    const pace =
      kind === 'file' ? '' : ` retry 1\n delay_before_retry ${retrySeconds}\n warmup 0\n`;
    return `virtual_server 10.8.0.${index + 1} 80 {
 delay_loop ${intervalSeconds}
 lvs_sched rr
 lvs_method NAT
 protocol TCP
 real_server ${addressOf(kind)} ${port} {
 ${checks[kind]}${pace} }
 }
}
`;
  });
  return `global_defs {
 script_user root
}
track_file health {
 file ${folder}/file
}
${services.join('')}`;
}

/** In a namespace of their own. */
export class Servers {
  readonly namespace = createTestNamespace('times-s');
  readonly #folder: string;
  readonly #slowMs: number;
  #mood: Mood = 'well';
  readonly #closers: (() => void)[] = [];
  answeredSlowly = 0;
  /** Who has asked over HTTP. */
  readonly answeredWrongly = new Set<string>();

  /** `slowMs`: after which whoever is slow answers. */
  constructor(folder: string, slowMs: number) {
    this.#folder = folder;
    this.#slowMs = slowMs;
  }

  open(): void {
    for (const kind of KINDS) this.namespace.ip(`addr add ${addressOf(kind)}/32 dev lo`);
    this.set('well');
    const { key, cert } = this.#certificate();
    const answer = ({ socket }: IncomingMessage, response: ServerResponse): void => {
      if (this.#mood === 'silent') return;
      if (this.#mood === 'wrong') this.answeredWrongly.add(socket.remoteAddress ?? '');
      this.#inTime(() => response.writeHead(this.#mood === 'wrong' ? 500 : 200).end());
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
          if (this.#mood === 'silent') return;
          this.#inTime(() => socket.send(reply(data), from.port, from.address));
        }).bind(PORTS[kind], addressOf(kind));
        this.#closers.push(() => socket.close());
      }
      this.#closers.push(...listeners.map((each) => () => void each.close()));
    });
  }

  /** Another namespace, linked to that of the servers; `number` tells it from others. */
  link(other: string, number: number): void {
    const { ip } = this.namespace;
    ip(`link add w${number} type veth peer name eth0 netns ${other}`);
    ip(`addr add 10.7.${number}.1/24 dev w${number}`);
    ip(`link set w${number} up`);
  }

  /** Whoever is gone refuses; who is silent gets nothing. */
  set(mood: Mood): void {
    this.#mood = mood;
    const ports = Object.values(PORTS).join(',');
    const tcp = `add rule inet mood in tcp dport { ${ports} }`;
    const rules = {
      gone: `${tcp} reject with tcp reset
        add rule inet mood in udp dport { ${ports} } reject`,
      silent: `${tcp} drop
        add rule inet mood in udp dport { ${ports} } drop
        add rule inet mood in icmp type echo-request drop`,
    };
    this.#rule(mood === 'gone' || mood === 'silent' ? rules[mood] : '');
    if (mood === 'gone') rmSync(`${this.#folder}/misc`, { force: true });
    else writeFileSync(`${this.#folder}/misc`, '');
    writeFileSync(`${this.#folder}/file`, mood === 'gone' ? '-254\n' : '0\n');
  }

  /** At once, so that it can be taken back within a fraction of a second. */
  turn(mood: 'well' | 'wrong'): void {
    this.#mood = mood;
  }

  close(): void {
    for (const each of this.#closers) each();
    this.namespace.remove();
  }

  #rule(more: string): void {
    this.namespace.exec(
      'nft',
      `add table inet mood
        delete table inet mood
        add table inet mood
        add chain inet mood in { type filter hook input priority 0; }
        ${more}`,
    );
  }

  #inTime(answer: () => void): void {
    if (this.#mood !== 'slow') answer();
    else {
      this.answeredSlowly++;
      setTimeout(answer, this.#slowMs);
    }
  }

  #smtp(socket: Socket): void {
    socket.on('error', () => {});
    const say = (text: string): unknown => socket.write(`${text}\r\n`);
    this.#inTime(() => say(this.#mood === 'wrong' ? '554 no' : '220 here'));
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

  #certificate(): { readonly key: string; readonly cert: string } {
    const [key, cert] = [`${this.#folder}/key.pem`, `${this.#folder}/cert.pem`];
    const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
    const files = ['-keyout', key, '-out', cert, '-subj', '/CN=h', '-days', '2'];
    execFileSync('openssl', ['req', '-x509', ...curve, ...files], { stdio: 'ignore' });
    return { key: readFileSync(key, 'utf8'), cert: readFileSync(cert, 'utf8') };
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

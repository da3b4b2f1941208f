/** Rules of tcp mode, which may wait for bytes, and where they lead. */
import { type Case, client } from '../scene.ts';
import {
  answering,
  finish,
  gone,
  hear,
  leave,
  pause,
  request,
  response,
  type Step,
  say,
} from '../steps.ts';

const columns = ['stot', 'dcon', 'dses', 'dreq', 'ereq'];
const server = [hear('x'), say('one'), finish, gone];

const rules = (name: string, lines: string, ...steps: readonly Step[]): Case => ({
  name: `tcp rules: ${name}`,
  config: `mode tcp\noption tcplog\n${lines}\nserver s1 {s1}`,
  ...{ servers: { s1: server }, columns, acts: [client('c', ...steps)] },
});

/** A ClientHello that names a server, and no more than it needs. */
export function clientHello(name: string | undefined): Buffer {
  const u16 = (value: number): Buffer => Buffer.from([value >> 8, value & 255]);
  const host = Buffer.from(name ?? '');
  const extension = Buffer.concat([
    u16(0),
    u16(host.length + 5),
    u16(host.length + 3),
    Buffer.of(0),
    u16(host.length),
    host,
  ]);
  const extensions = name === undefined ? Buffer.concat([u16(23), u16(0)]) : extension;
  const body = Buffer.concat([
    u16(0x303),
    Buffer.alloc(32, 7),
    Buffer.of(0),
    u16(2),
    u16(0x1301),
    Buffer.of(1, 0),
    u16(extensions.length),
    extensions,
  ]);
  const handshake = Buffer.concat([Buffer.of(1, 0), u16(body.length), body]);
  return Buffer.concat([Buffer.of(22, 3, 1), u16(handshake.length), handshake]);
}

const routed: Case = {
  name: '',
  config: `frontend {id}
bind {in}
mode tcp
option tcplog
tcp-request inspect-delay 300ms
tcp-request content accept if { req.ssl_hello_type 1 }
use_backend {id}-a if { req.ssl_sni -i a.org }
use_backend {id}-b if { req.ssl_sni -m end .b.org }
default_backend {id}-c
backend {id}-a
mode tcp
server s1 {s1}
backend {id}-b
mode tcp
server s2 {s2}
backend {id}-c
mode tcp
server s3 {s3}`,
  servers: {
    s1: [hear(10), say('a'), finish, gone],
    s2: [hear(10), say('b'), finish, gone],
    s3: [hear(10), say('c'), finish, gone],
  },
  acts: [],
};
const sni = (name: string, ...steps: readonly Step[]): Case => ({
  ...{ ...routed, name: `tcp rules: SNI, ${name}` },
  acts: [client('c', ...steps)],
});

export const tcpRuleCases: readonly Case[] = [
  rules('connection reject', 'tcp-request connection reject', gone),
  rules('connection reject if', 'tcp-request connection reject if { src 127.0.0.0/8 }', gone),
  rules(
    'connection reject unless',
    'tcp-request connection reject unless { src 127.0.0.0/8 }',
    say('x'),
    hear('one'),
    finish,
    gone,
  ),
  rules(
    'connection accept first',
    'tcp-request connection accept if { src 127.0.0.1 }\ntcp-request connection reject',
    say('x'),
    hear('one'),
    finish,
    gone,
  ),
  rules('session reject', 'tcp-request session reject', gone),
  rules(
    'session reject if',
    'tcp-request session reject if { src 10.0.0.0/8 }',
    say('x'),
    hear('one'),
    finish,
    gone,
  ),
  rules('content reject', 'tcp-request content reject', gone),
  rules('content reject if', 'tcp-request content reject if { src 127.0.0.1 }', say('x'), gone),
  rules(
    'content accept',
    'tcp-request content accept if { src 127.0.0.1 }\ntcp-request content reject',
    say('x'),
    hear('one'),
    finish,
    gone,
  ),
  rules(
    'inspect-delay, too few bytes',
    'tcp-request inspect-delay 200ms\ntcp-request content accept if { req.len ge 5 }\ntcp-request content reject',
    say('x'),
    gone,
  ),
  rules(
    'inspect-delay, enough bytes',
    'tcp-request inspect-delay 2s\ntcp-request content accept if { req.len ge 5 }\ntcp-request content reject',
    say('xy'),
    pause(50),
    say('zzz'),
    hear('one'),
    finish,
    gone,
  ),
  rules(
    'inspect-delay, nothing said',
    'tcp-request inspect-delay 200ms\ntcp-request content accept if { req.len ge 1 }',
    gone,
    finish,
  ),
  rules(
    'inspect-delay, ended',
    'tcp-request inspect-delay 2s\ntcp-request content accept if { req.len ge 5 }\ntcp-request content reject',
    say('x'),
    finish,
    gone,
  ),
  rules(
    'inspect-delay over, then accepted',
    'tcp-request inspect-delay 200ms\ntcp-request content reject if { req.len ge 5 }',
    say('x'),
    hear('one'),
    finish,
    gone,
  ),
  rules(
    'WAIT_END',
    'tcp-request inspect-delay 200ms\ntcp-request content reject if WAIT_END',
    say('x'),
    gone,
  ),
  rules(
    'is it TLS?',
    'tcp-request inspect-delay 500ms\ntcp-request content reject unless { req.ssl_hello_type 1 }',
    say('no hello, x'),
    gone,
  ),
  sni('a', say(clientHello('a.org')), hear('a'), finish, gone),
  sni('A in capitals', say(clientHello('A.ORG')), hear('a'), finish, gone),
  sni('b', say(clientHello('x.b.org')), hear('b'), finish, gone),
  sni('another', say(clientHello('z.org')), hear('c'), finish, gone),
  sni('none', say(clientHello(undefined)), hear('c'), finish, gone),
  sni(
    'in two parts',
    say(clientHello('a.org').subarray(0, 30)),
    pause(50),
    say(clientHello('a.org').subarray(30)),
    hear('a'),
    finish,
    gone,
  ),
  sni('no TLS', say('just some bytes'), hear('c'), finish, gone),
  {
    ...routed,
    name: 'tcp rules: use_backend by address',
    config: [
      'frontend {id}',
      'bind {in}',
      'mode tcp',
      'option tcplog',
      'use_backend {id}-b if { src 10.0.0.0/8 }',
      'use_backend {id}-a if { src 127.0.0.0/8 }',
      'default_backend {id}-b',
      'backend {id}-a',
      'mode tcp',
      'server s1 {s1}',
      'backend {id}-b',
      'mode tcp',
      'server s2 {s2}',
    ].join('\n'),
    acts: [client('c', say('1234567890'), hear('a'), finish, gone)],
  },
  {
    ...routed,
    name: 'tcp rules: no backend',
    config: [
      'frontend {id}',
      'bind {in}',
      'mode tcp',
      'option tcplog',
      'use_backend {id}-b if { src 10.0.0.0/8 }',
      'backend {id}-b',
      'mode tcp',
      'server s2 {s2}',
    ].join('\n'),
    acts: [client('c', say('1234567890'), gone)],
  },
  {
    ...routed,
    name: 'tcp rules: use_backend by the number of servers',
    config: [
      'frontend {id}',
      'bind {in}',
      'mode tcp',
      'option tcplog',
      'use_backend {id}-b if { nbsrv({id}-a) lt 1 }',
      'default_backend {id}-a',
      'backend {id}-a',
      'mode tcp',
      'server s1 {s1} disabled',
      'backend {id}-b',
      'mode tcp',
      'server s2 {s2}',
    ].join('\n'),
    acts: [client('c', say('1234567890'), hear('b'), finish, gone)],
  },
  {
    ...rules('connection reject in http mode', ''),
    config:
      'mode http\noption httplog\ntcp-request connection reject if { src 127.0.0.1 }\nserver s1 {s1}',
    acts: [client('c', gone)],
  },
  {
    ...rules('content reject in http mode', ''),
    config:
      'mode http\noption httplog\ntcp-request content reject if { src 127.0.0.1 }\nserver s1 {s1}',
    acts: [client('c', say(request()), gone)],
  },
  {
    ...rules('content rules in http mode', ''),
    config: [
      'mode http',
      'option httplog',
      'tcp-request inspect-delay 2s',
      'tcp-request content reject if { path /no }',
      'server s1 {s1}',
    ].join('\n'),
    servers: { s1: [answering(response('ok')), finish] },
    acts: [
      client('a', say(request('/no')), gone),
      client('b', say(request('/yes')), hear('ok'), leave),
    ],
  },
];

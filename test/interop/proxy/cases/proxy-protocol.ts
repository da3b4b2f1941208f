/** The PROXY protocol, told and heard. */
import { type Case, client } from '../scene.ts';
import {
  answering,
  echo,
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

const v2 = (command: number, family: number, ...body: readonly number[]): Buffer =>
  Buffer.concat([
    Buffer.from('\r\n\r\n\0\r\nQUIT\n', 'latin1'),
    Buffer.from([0x20 | command, family, body.length >> 8, body.length & 255, ...body]),
  ]);
const four = [10, 1, 2, 3, 10, 4, 5, 6, 0x30, 0x39, 0, 80];
const six = [...Array(15).fill(0), 7, ...Array(15).fill(0), 9, 0x30, 0x39, 0, 80];

const accepting = (name: string, header: string | Buffer, ...steps: readonly Step[]): Case => ({
  name: `accept-proxy: ${name}`,
  config:
    'listen {id}\nbind {in} accept-proxy\nmode tcp\noption tcplog\ntimeout client 400ms\nserver s1 {s1} send-proxy',
  servers: { s1: [hear('hello'), say('hi'), finish, gone] },
  acts: [
    client(
      'c',
      say(header),
      ...(steps.length > 0 ? steps : [say('hello'), hear('hi'), finish, gone]),
    ),
  ],
  columns: ['stot', 'dcon', 'ereq', 'conn_tot'],
});
const http = (name: string, header: string | Buffer): Case => ({
  ...accepting(`http, ${name}`, ''),
  config: [
    'listen {id}',
    'bind {in} accept-proxy',
    'mode http',
    'option httplog',
    'option forwardfor',
    'http-request set-header X-Src %[src]:%[src_port]-%[dst]:%[dst_port]',
    'server s1 {s1}',
  ].join('\n'),
  servers: { s1: [answering(response('ok')), finish] },
  acts: [client('c', say(header), say(request()), hear('\r\n\r\n'), hear('ok'), leave)],
});

const sending = (words: string, mode: 'tcp' | 'http'): Case => ({
  name: `${words}, ${mode}`,
  config: `mode ${mode}\nserver s1 {s1} ${words}`,
  servers: {
    s1:
      mode === 'tcp'
        ? [hear('hello'), say('hi'), finish, gone]
        : [answering(response('ok')), finish],
  },
  acts: [
    mode === 'tcp'
      ? client('c', say('hello'), hear('hi'), finish, gone)
      : client('c', say(request('/1')), hear('ok'), say(request('/2')), hear('ok'), leave),
  ],
});

export const proxyProtocolCases: readonly Case[] = [
  sending('send-proxy', 'tcp'),
  sending('send-proxy-v2', 'tcp'),
  sending('send-proxy', 'http'),
  sending('send-proxy-v2', 'http'),
  {
    ...sending('send-proxy', 'tcp'),
    name: 'send-proxy of IPv6',
    config: 'listen {id}\nbind {in6}\nmode tcp\nserver s1 {s1} send-proxy',
    acts: [client('c@in6', say('hello'), hear('hi'), finish, gone)],
  },
  {
    ...sending('send-proxy', 'tcp'),
    name: 'send-proxy of a Unix socket',
    config: 'listen {id}\nbind {unix}\nmode tcp\nserver s1 {s1} send-proxy',
    acts: [client('c@unix', say('hello'), hear('hi'), finish, gone)],
  },
  {
    ...sending('send-proxy', 'tcp'),
    name: 'send-proxy where the server speaks first',
    servers: { s1: [say('220'), hear('hello'), finish, gone] },
    acts: [client('c', hear('220'), say('hello'), gone, finish)],
  },
  accepting('v1', 'PROXY TCP4 10.1.2.3 10.4.5.6 12345 80\r\n'),
  accepting('v1 of IPv6', 'PROXY TCP6 fd00::7 fd00::9 12345 80\r\n'),
  accepting('v1, unknown', 'PROXY UNKNOWN\r\n'),
  accepting('v1, unknown with addresses', 'PROXY UNKNOWN 10.1.2.3 10.4.5.6 12345 80\r\n'),
  accepting(
    'v1 in bits',
    'PROXY TC',
    pause(40),
    say('P4 10.1.2.3 10.4.5.6 12345 80\r'),
    pause(40),
    say('\nhello'),
    hear('hi'),
    finish,
    gone,
  ),
  accepting('v1 with a bad address', 'PROXY TCP4 10.1.2.x 10.4.5.6 12345 80\r\n', gone),
  accepting('v1 with a bad port', 'PROXY TCP4 10.1.2.3 10.4.5.6 123456 80\r\n', gone),
  accepting('v1 with a bad family', 'PROXY UDP4 10.1.2.3 10.4.5.6 12345 80\r\n', gone),
  accepting('v1 that is too long', `PROXY TCP4 ${'1'.repeat(120)}`, gone),
  accepting('v2', v2(1, 0x11, ...four)),
  accepting('v2 of IPv6', v2(1, 0x21, ...six)),
  accepting('v2, local', v2(0, 0)),
  accepting('v2, local with addresses', v2(0, 0x11, ...four)),
  accepting('v2 with more', v2(1, 0x11, ...four, 4, 0, 1, 0)),
  accepting('v2 with a bad version', Buffer.from(v2(1, 0x11, ...four)).fill(0x11, 12, 13), gone),
  accepting('v2 with a bad command', v2(5, 0x11, ...four), gone),
  accepting('v2 of another family', v2(1, 0x31, ...Array(216).fill(0))),
  accepting('v2 that is too short', v2(1, 0x11, 1, 2, 3), gone),
  accepting('none, other bytes', 'GET / HTTP/1.0\r\n\r\n', gone),
  accepting('none, nothing said', '', gone),
  accepting('none, ended', '', finish, gone),
  http('v1', 'PROXY TCP4 10.1.2.3 10.4.5.6 12345 80\r\n'),
  http('v2', v2(1, 0x21, ...six)),
  http('v2, local', v2(0, 0)),
  {
    name: 'accept-proxy after send-proxy',
    config: [
      'listen {id}',
      'bind {in}',
      'mode tcp',
      'option tcplog',
      'server s1 {in2} send-proxy-v2',
      'listen {id}-b',
      'bind {in2} accept-proxy',
      'mode tcp',
      'option tcplog',
      'server s1 {s1} send-proxy',
    ].join('\n'),
    servers: { s1: echo },
    acts: [client('c', say('hello'), hear('hello'), finish, gone)],
  },
];

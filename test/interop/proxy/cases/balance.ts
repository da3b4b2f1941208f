/** Which server the next client gets. */
import { type Act, type Case, client, tell, wait } from '../scene.ts';
import { finish, gone, greeter, hear, leave, pause, remains, request, say, web } from '../steps.ts';

const three = { s1: greeter('one'), s2: greeter('two'), s3: greeter('three') };
const threeLines = ['server s1 {s1}', 'server s2 {s2}', 'server s3 {s3}'].join('\n');

const visits = (count: number): Act[] =>
  Array.from({ length: count }, (_, index) => client(`v${index}`, gone, finish));

const tcp = (name: string, lines: string, acts: readonly Act[] = visits(7)): Case => ({
  ...{
    name: `balance: ${name}`,
    config: `mode tcp\noption tcplog\n${lines}`,
    servers: three,
    acts,
  },
});

const talkers = {
  s1: [say('one\n'), gone],
  s2: [say('two\n'), gone],
  s3: [say('three\n'), gone],
};

/** Clients that stay until all have come. */
const stayers = (count: number): Act[] => [
  ...Array.from({ length: count }, (_, index) => client(`v${index}`, hear('\n'))),
  ...Array.from({ length: count }, (_, index) => client(`v${index}`, leave, pause(15))),
];

const webs = { s1: web('one'), s2: web('two'), s3: web('three') };

const http = (name: string, lines: string, requests: readonly string[]): Case => ({
  name: `balance: ${name}`,
  config: `mode http\noption httplog\n${lines}\n${threeLines}`,
  servers: webs,
  acts: [client('c', ...requests.flatMap((text) => [say(text), hear('\r\n\r\n'), hear(3)]), leave)],
});

export const balanceCases: readonly Case[] = [
  tcp('roundrobin', `balance roundrobin\n${threeLines}`),
  tcp('static-rr', `balance static-rr\n${threeLines}`),
  tcp('roundrobin is the default', threeLines),
  tcp('weight 0 gets nobody', 'server s1 {s1}\nserver s2 {s2} weight 0\nserver s3 {s3}', visits(5)),
  tcp('one server is disabled', 'server s1 {s1} disabled\nserver s2 {s2}\nserver s3 {s3}'),
  tcp('a backup waits', 'server s1 {s1} backup\nserver s2 {s2}\nserver s3 {s3}'),
  tcp('the first backup', 'server s1 {s1} disabled\nserver s2 {s2} backup\nserver s3 {s3} backup'),
  tcp(
    'all backups',
    'option allbackups\nserver s1 {s1} disabled\nserver s2 {s2} backup\nserver s3 {s3} backup',
  ),
  tcp(
    'weights 1, 2, 1',
    'server s1 {s1} weight 1\nserver s2 {s2} weight 2\nserver s3 {s3} weight 1',
    visits(8),
  ),
  tcp('weights 3 and 1', 'server s1 {s1} weight 3\nserver s2 {s2} weight 1', visits(8)),
  tcp(
    'static-rr with weights',
    'balance static-rr\nserver s1 {s1} weight 3\nserver s2 {s2} weight 1',
    visits(8),
  ),
  {
    ...tcp('leastconn with clients that stay', `balance leastconn\n${threeLines}`, stayers(6)),
    servers: talkers,
  },
  {
    ...tcp(
      'leastconn by weights',
      'balance leastconn\nserver s1 {s1} weight 1\nserver s2 {s2} weight 2',
      stayers(6),
    ),
    servers: { s1: talkers.s1, s2: talkers.s2 },
  },
  {
    ...tcp(
      'first fills one after the other',
      'balance first\nserver s1 {s1} maxconn 2\nserver s2 {s2} maxconn 1\nserver s3 {s3} maxconn 10',
      stayers(5),
    ),
    servers: talkers,
  },
  tcp('source', `balance source\n${threeLines}`),
  tcp('no server at all', 'mode tcp'),
  tcp('all servers are disabled', 'server s1 {s1} disabled'),
  http(
    'hdr, the same value',
    'balance hdr(x-user)',
    [request('/', 'X-User: anna'), request('/', 'X-User: anna'), request('/', 'X-User: anna')].map(
      (text) => text,
    ),
  ),
  http(
    'uri',
    'balance uri',
    ['/a', '/b', '/c', '/d', '/e', '/a?x=1', '/b'].map((path) => request(path)),
  ),
  http(
    'uri whole',
    'balance uri whole',
    ['/a?1', '/a?2', '/a?3', '/a?4', '/a?1'].map((path) => request(path)),
  ),
  http(
    'uri depth 1',
    'balance uri depth 1',
    ['/a/1', '/a/2', '/b/1', '/b/2'].map((path) => request(path)),
  ),
  http(
    'uri len 3',
    'balance uri len 3',
    ['/aa1', '/aa2', '/bb1', '/bb2'].map((path) => request(path)),
  ),
  http(
    'url_param',
    'balance url_param user',
    ['/?user=a', '/?user=b', '/?x=1&user=a', '/?user=c', '/'].map((path) => request(path)),
  ),
  http(
    'hdr',
    'balance hdr(x-user)',
    ['a', 'b', 'c', 'd'].map((user) => request('/', `X-User: ${user}`)),
  ),
  http(
    'hdr is missing: by turns',
    'balance hdr(x-user)',
    ['/', '/', '/', '/'].map((path) => request(path)),
  ),
  http(
    'roundrobin over one connection',
    'balance roundrobin',
    ['/', '/', '/', '/'].map((path) => request(path)),
  ),
  {
    ...tcp('backend is left out while disabled, by the socket', threeLines, [
      client('v0', gone, finish),
      tell('disable server {id}/s2'),
      ...['v1', 'v2', 'v3'].map((name) => client(name, gone, finish)),
      tell('enable server {id}/s2'),
      wait(20),
      ...['v4', 'v5', 'v6'].map((name) => client(name, gone, finish)),
    ]),
  },
  {
    ...tcp('weights changed by the socket', 'server s1 {s1} weight 10\nserver s2 {s2} weight 10', [
      client('v0', gone, finish),
      tell('set weight {id}/s1 0'),
      ...['v1', 'v2', 'v3'].map((name) => client(name, gone, finish)),
    ]),
    servers: { s1: three.s1, s2: three.s2 },
  },
  {
    name: 'balance: an idle client holds its server',
    config: `mode tcp\noption tcplog\n${threeLines}`,
    servers: talkers,
    acts: [client('a', hear('\n')), client('b', hear('\n'), remains(50)), client('a', leave)],
  },
];

/** What becomes of connections after a response, and of several requests in one. */
import { type Case, client, wait } from '../scene.ts';
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

const columns = ['req_tot', 'stot', 'hrsp_2xx', 'hrsp_5xx', 'eresp', 'wretr', 'connect', 'reuse'];
const two = [answering(response('one'), response('two'), response('three')), finish];

const keeping = (
  name: string,
  lines: string,
  server: readonly Step[],
  ...steps: readonly Step[]
): Case => ({
  name: `keeping: ${name}`,
  config: `mode http\noption httplog\n${lines}\nserver s1 {s1}`,
  ...{ servers: { s1: server }, columns, acts: [client('c', ...steps)] },
});

const old = (target: string, ...headers: readonly string[]): string =>
  [`GET ${target} HTTP/1.0`, ...headers, '', ''].join('\r\n');

export const httpKeepingCases: readonly Case[] = [
  keeping(
    '1.1 is kept',
    '',
    two,
    say(request('/1')),
    hear('one'),
    say(request('/2')),
    hear('two'),
    leave,
  ),
  keeping('1.1 with close', '', two, say(request('/1', 'Connection: close')), gone),
  keeping('1.0 is closed', '', two, say(old('/1')), gone),
  keeping(
    '1.0 with keep-alive',
    '',
    two,
    say(old('/1', 'Connection: keep-alive')),
    hear('one'),
    say(old('/2')),
    gone,
  ),
  keeping('httpclose', 'option httpclose', two, say(request('/1')), gone),
  keeping(
    'server-close',
    'option http-server-close',
    (() => [hear('\r\n\r\n'), say(response('one')), finish, gone])(),
    say(request('/1')),
    hear('one'),
    say(request('/2')),
    hear('one'),
    leave,
  ),
  keeping('server-close, 1.0', 'option http-server-close', two, say(old('/1')), gone),
  keeping(
    'the server closes',
    '',
    [hear('\r\n\r\n'), say(response('one', 'Connection: close')), finish, gone],
    say(request('/1')),
    hear('one'),
    say(request('/2')),
    hear('one'),
    leave,
  ),
  keeping(
    'the server of 1.0 closes',
    '',
    [hear('\r\n\r\n'), say('HTTP/1.0 200 OK\r\nContent-Length: 3\r\n\r\none'), finish, gone],
    say(request('/1')),
    hear('one'),
    say(request('/2')),
    hear('one'),
    leave,
  ),
  keeping(
    'the server of 1.0 keeps',
    '',
    [
      answering('HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 3\r\n\r\none'),
      finish,
    ],
    say(request('/1')),
    hear('one'),
    say(request('/2')),
    hear('one'),
    leave,
  ),
  keeping(
    'three at once',
    '',
    two,
    say(request('/1') + request('/2') + request('/3')),
    hear('three'),
    leave,
  ),
  keeping(
    'three at once, then the end',
    '',
    two,
    say(request('/1') + request('/2') + request('/3')),
    finish,
    gone,
  ),
  keeping(
    'empty lines before a request',
    '',
    two,
    say(`\r\n\r\n${request('/1')}`),
    hear('one'),
    leave,
  ),
  keeping(
    'empty lines between',
    '',
    two,
    say(request('/1')),
    hear('one'),
    say(`\r\n${request('/2')}`),
    hear('two'),
    leave,
  ),
  keeping(
    'Keep-Alive header',
    '',
    two,
    say(request('/1', 'Keep-Alive: timeout=5', 'Connection: keep-alive')),
    hear('one'),
    leave,
  ),
  keeping(
    'Proxy-Connection',
    '',
    two,
    say(request('/1', 'Proxy-Connection: keep-alive')),
    hear('one'),
    leave,
  ),
  keeping(
    'Connection names a header',
    '',
    two,
    say(request('/1', 'Connection: X-Mine', 'X-Mine: 1')),
    hear('one'),
    leave,
  ),
  keeping(
    'TE and trailers',
    '',
    two,
    say(request('/1', 'Connection: TE', 'TE: trailers')),
    hear('one'),
    leave,
  ),
  {
    ...keeping(
      'a kept connection that the server closed',
      '',
      [],
      say(request('/1')),
      hear('one'),
      pause(80),
      say(request('/2')),
      hear('one'),
      leave,
    ),
    servers: { s1: [hear('\r\n\r\n'), say(response('one')), pause(30), finish, gone] },
  },
  {
    ...keeping(
      'a kept connection that ends when it is asked again',
      'retries 1',
      [],
      say(request('/1')),
      hear('one'),
      say(request('/2')),
      hear('HTTP'),
      pause(50),
      leave,
    ),
    servers: {
      s1: (connection) =>
        connection === 0
          ? [hear('\r\n\r\n'), say(response('one')), hear('\r\n\r\n'), finish, gone]
          : [answering(response('again')), finish],
    },
  },
  {
    ...keeping(
      'a new connection that ends when it is asked',
      'retries 1',
      [],
      say(request('/1')),
      gone,
    ),
    servers: { s1: [hear('\r\n\r\n'), finish, gone] },
  },
  {
    ...keeping('two clients, one after the other', '', two, say(request('/1')), hear('one'), leave),
    acts: [
      client('a', say(request('/1')), hear('one'), leave),
      wait(50),
      client('b', say(request('/2')), hear('\r\n\r\n'), hear(3), leave),
    ],
  },
  {
    ...keeping('reuse never', 'http-reuse never', two),
    acts: [
      client(
        'a',
        say(request('/1')),
        hear('one'),
        say(request('/2')),
        hear('\r\n\r\n'),
        hear(3),
        leave,
      ),
    ],
  },
  {
    ...keeping(
      'the client ends between requests',
      '',
      two,
      say(request('/1')),
      hear('one'),
      finish,
      gone,
    ),
  },
  keeping(
    'a body that nobody reads before a local answer',
    'http-request deny if { path /no }',
    two,
    say('POST /no HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\n12345'),
    hear('\r\n\r\n'),
    pause(100),
    leave,
  ),
  keeping(
    'a local answer, then a request',
    'http-request return status 200 content-type text/plain string local if { path /l }',
    two,
    say(request('/l')),
    hear('local'),
    say(request('/1')),
    hear('one'),
    leave,
  ),
];

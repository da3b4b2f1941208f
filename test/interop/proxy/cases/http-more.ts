/** Versions that differ, bodies that there should not be, and rules that touch what is the proxy's own. */
import { type Case, client } from '../scene.ts';
import {
  answering,
  finish,
  gone,
  hear,
  leave,
  pause,
  request,
  reset,
  response,
  type Step,
  say,
} from '../steps.ts';

const columns = ['req_tot', 'bin', 'bout', 'eresp', 'cli_abrt', 'srv_abrt', 'hrsp_2xx', 'hrsp_5xx'];

const more = (
  name: string,
  lines: string,
  server: readonly Step[],
  ...steps: readonly Step[]
): Case => ({
  name: `more: ${name}`,
  config: `mode http\noption httplog\n${lines}\nserver s1 {s1}`,
  ...{ servers: { s1: server }, columns, acts: [client('c', ...steps)] },
});

const answer = (text: string): readonly Step[] => [
  hear('\r\n\r\n'),
  say(text),
  pause(60),
  finish,
  gone,
];
const ok = (...lines: readonly string[]): string =>
  ['HTTP/1.1 200 OK', ...lines, '', ''].join('\r\n');
const chunked = `${ok('Transfer-Encoding: chunked')}5\r\nhello\r\n0\r\n\r\n`;
const old = 'GET / HTTP/1.0\r\n\r\n';
const oldKept = 'GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n';
const two = [answering(response('one'), response('two'), response('three')), finish];
const post = (body: string, ...headers: readonly string[]): string =>
  ['POST /up HTTP/1.1', 'Host: example.org', ...headers, '', body].join('\r\n');
const shown: readonly Step[] = [hear('\r\n\r\n'), pause(150), leave];

export const httpMoreCases: readonly Case[] = [
  more('chunks for a client of 1.0', '', answer(chunked), say(old), gone),
  more('chunks for a client of 1.0 that stays', '', answer(chunked), say(oldKept), ...shown),
  more('no length for a client of 1.0 that stays', '', answer(`${ok()}hello`), say(oldKept), gone),
  more(
    '204 with a length',
    '',
    answer('HTTP/1.1 204 No Content\r\nContent-Length: 0\r\n\r\n'),
    say(request()),
    ...shown,
  ),
  more(
    '204 with chunks',
    '',
    answer('HTTP/1.1 204 No Content\r\nTransfer-Encoding: chunked\r\n\r\n'),
    say(request()),
    ...shown,
  ),
  more(
    '304 with chunks',
    '',
    answer('HTTP/1.1 304 Not Modified\r\nTransfer-Encoding: chunked\r\n\r\n'),
    say(request()),
    ...shown,
  ),
  more(
    '205',
    '',
    answer('HTTP/1.1 205 Reset Content\r\nContent-Length: 0\r\n\r\n'),
    say(request()),
    ...shown,
  ),
  more(
    'three interim responses',
    '',
    answer(
      [
        'HTTP/1.1 100 Continue\r\n\r\n',
        'HTTP/1.1 102 Processing\r\n\r\n',
        'HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n',
        response('ok'),
      ].join(''),
    ),
    say(request()),
    ...shown,
  ),
  more(
    'an interim response, then the end',
    '',
    answer('HTTP/1.1 100 Continue\r\n\r\n'),
    say(request()),
    gone,
  ),
  more(
    '100-continue of a denial',
    'http-request deny',
    two,
    say(post('', 'Content-Length: 5', 'Expect: 100-continue')),
    hear('</html>'),
    pause(50),
    leave,
  ),
  more(
    '100-continue of a refusal by the server',
    '',
    answer('HTTP/1.1 417 No\r\nContent-Length: 0\r\n\r\n'),
    say(post('', 'Content-Length: 5', 'Expect: 100-continue')),
    ...shown,
  ),
  more('another expectation', '', two, say(request('/', 'Expect: magic')), ...shown),
  more(
    'the client ends while the response comes',
    '',
    [hear('\r\n\r\n'), say(`${ok('Content-Length: 10')}12345`), pause(80), say('67890'), gone],
    say(request()),
    hear('12345'),
    finish,
    gone,
  ),
  more(
    'the server breaks off after its response',
    '',
    [hear('\r\n\r\n'), say(response('one')), pause(30), reset],
    say(request('/1')),
    hear('one'),
    pause(80),
    say(request('/2')),
    hear('one'),
    leave,
  ),
  more(
    'the server says more than it was asked',
    '',
    [
      hear('\r\n\r\n'),
      say(response('one')),
      pause(30),
      say(response('more')),
      pause(50),
      finish,
      gone,
    ],
    say(request('/1')),
    hear('one'),
    pause(150),
    say(request('/2')),
    hear('one'),
    leave,
  ),
  more(
    'pipelined, and the server closes',
    '',
    [hear('\r\n\r\n'), say(response('one', 'Connection: close')), finish, gone],
    say(request('/1') + request('/2')),
    hear('one'),
    hear('one'),
    leave,
  ),
  more(
    'pipelined behind a bad one',
    '',
    two,
    say(`${request('/1')}nonsense\r\n\r\n${request('/2')}`),
    gone,
  ),
  more(
    'pipelined behind one with close',
    '',
    two,
    say(request('/1', 'Connection: close') + request('/2')),
    gone,
  ),
  more(
    'pipelined behind an upload',
    '',
    two,
    say(post('12345', 'Content-Length: 5') + request('/2')),
    hear('two'),
    leave,
  ),
  more('httpclose, 1.0 that stays', 'option httpclose', two, say(oldKept), gone),
  more(
    'server-close, two',
    'option http-server-close',
    two,
    say(request('/1')),
    hear('one'),
    say(request('/2')),
    hear('one'),
    leave,
  ),
  more(
    'http-keep-alive written',
    'option http-server-close\noption http-keep-alive',
    two,
    say(request('/1')),
    hear('one'),
    say(request('/2')),
    hear('two'),
    leave,
  ),
  more(
    'a rule that sets Connection of the response',
    'http-response set-header Connection close',
    two,
    say(request('/1')),
    ...shown,
  ),
  more(
    'a rule that sets Connection of the request',
    'http-request set-header Connection close',
    two,
    say(request('/1')),
    ...shown,
  ),
  more(
    'a rule that takes the host away',
    'http-request del-header Host',
    two,
    say(request('/1')),
    ...shown,
  ),
  more(
    'a rule that makes HEAD of GET',
    'http-request set-method HEAD',
    two,
    say(request('/1')),
    ...shown,
  ),
  more(
    'a rule that makes another host',
    'http-request set-header Host b.org',
    two,
    say('GET http://a/x HTTP/1.1\r\nHost: a\r\n\r\n'),
    ...shown,
  ),
  more(
    'a path for an absolute target',
    'http-request set-path /new',
    two,
    say('GET http://a/x?q HTTP/1.1\r\nHost: a\r\n\r\n'),
    ...shown,
  ),
  more(
    'a rule with an empty value',
    'http-request set-header X-A %[req.hdr(x-none)]',
    two,
    say(request('/1')),
    ...shown,
  ),
  more(
    'a rule with a long value',
    `http-request set-header X-A ${'b'.repeat(900)}`,
    two,
    say(request('/1')),
    ...shown,
  ),
  more(
    'a rule with a value that has no room',
    `http-request set-header X-A ${'b'.repeat(1100)}`,
    two,
    say(request('/1', `X-B: ${'c'.repeat(15_000)}`)),
    ...shown,
  ),
  more(
    'denied by tcp-request content',
    'tcp-request content reject if { path /no }',
    two,
    say(request('/no')),
    gone,
  ),
  {
    ...more('forwardfor of IPv6', 'option forwardfor', two),
    config: 'listen {id}\nbind {in6}\nmode http\noption httplog\noption forwardfor\nserver s1 {s1}',
    acts: [client('c@in6', say(request('/1')), ...shown)],
  },
];

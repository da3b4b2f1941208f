/** Pages of the configuration in place of those that are built in, and what the log says of them. */
import { type Case, client } from '../scene.ts';
import { finish, gone, hear, leave, pause, request, response, type Step, say } from '../steps.ts';

const columns = [
  'req_tot',
  'bin',
  'bout',
  'ereq',
  'eresp',
  'dreq',
  'hrsp_3xx',
  'hrsp_4xx',
  'hrsp_5xx',
];

const page = (status: string, body: string, ...headers: readonly string[]): string =>
  [`HTTP/1.1 ${status}`, ...headers, '', body].join('\r\n');

const whole = page(
  '503 Sorry',
  '<b>sorry</b>',
  'Cache-Control: no-cache',
  'Content-Type: text/html',
  'X-Mine: Yes',
  'Content-Length: 12',
);

const files: Readonly<Record<string, string>> = {
  'whole.http': whole,
  'old.http': whole.replace('HTTP/1.1', 'HTTP/1.0'),
  'feeds.http': whole.replaceAll('\r\n', '\n'),
  'bare.http': page('503 Sorry', '<b>sorry</b>', 'Content-Type: text/html'),
  'closing.http': whole.replace('X-Mine: Yes', 'Connection: close'),
  'other.http': page('404 Nothing', 'nothing', 'Content-Length: 7'),
  'empty.http': '',
};

const shown: readonly Step[] = [hear('\r\n\r\n'), pause(60), leave];

const error = (name: string, lines: string, ...steps: readonly Step[]): Case => ({
  name: `error pages: ${name}`,
  config: `mode http\noption httplog\n${lines}`,
  ...{ servers: { s1: [hear('\r\n\r\n'), say(response('ok')), gone, finish] }, columns, files },
  acts: [client('c', ...(steps.length > 0 ? steps : [say(request()), ...shown]))],
});

const none = 'retries 0\nserver s1 {refused}';

export const errorPageCases: readonly Case[] = [
  error('a whole page', `errorfile 503 {folder}/whole.http\n${none}`),
  error('a page of 1.0', `errorfile 503 {folder}/old.http\n${none}`),
  error('a page with line feeds', `errorfile 503 {folder}/feeds.http\n${none}`),
  error('a page without a length', `errorfile 503 {folder}/bare.http\n${none}`),
  error('a page that closes', `errorfile 503 {folder}/closing.http\n${none}`),
  error('a page of another status', `errorfile 503 {folder}/other.http\n${none}`),
  error('an empty page', `errorfile 503 {folder}/empty.http\n${none}`, say(request()), gone),
  error('no page at all', `errorfile 503 /dev/null\n${none}`, say(request()), gone),
  error(
    'for a client of 1.0',
    `errorfile 503 {folder}/whole.http\n${none}`,
    say('GET / HTTP/1.0\r\n\r\n'),
    gone,
  ),
  error(
    'for HEAD',
    `errorfile 503 {folder}/whole.http\n${none}`,
    say(request().replace('GET', 'HEAD')),
    ...shown,
  ),
  error(
    'twice over one connection',
    `errorfile 503 {folder}/whole.http\n${none}`,
    say(request('/1') + request('/2')),
    hear('sorry'),
    hear('\r\n\r\n'),
    ...[pause(60), leave],
  ),
  error('of a denial', 'errorfile 403 {folder}/whole.http\nhttp-request deny\nserver s1 {s1}'),
  error(
    'of a denial with a status',
    'errorfile 429 {folder}/whole.http\nhttp-request deny deny_status 429\nserver s1 {s1}',
  ),
  error(
    'of a bad request',
    'errorfile 400 {folder}/whole.http\nserver s1 {s1}',
    say('nonsense\r\n\r\n'),
    gone,
  ),
  error(
    'of a time limit',
    'timeout http-request 100ms\nerrorfile 408 {folder}/whole.http\nserver s1 {s1}',
    say('GET / HTTP/1.1\r\n'),
    gone,
  ),
  error(
    'nothing, of a time limit',
    'timeout http-request 100ms\nerrorfile 408 /dev/null\nserver s1 {s1}',
    say('GET / HTTP/1.1\r\n'),
    gone,
  ),
  {
    ...error('of a server that fails', 'errorfile 502 {folder}/whole.http\nserver s1 {s1}'),
    servers: { s1: [hear('\r\n\r\n'), finish, gone] },
  },
  {
    ...error(
      'of a server that is slow',
      'timeout server 100ms\nerrorfile 504 {folder}/whole.http\nserver s1 {s1}',
    ),
    servers: { s1: [hear('\r\n\r\n'), gone, finish] },
  },
  error('errorloc', `errorloc 503 http://sorry.org/x\n${none}`),
  error('errorloc302', `errorloc302 503 /sorry?a\n${none}`),
  error('errorloc303', `errorloc303 503 http://sorry.org/\n${none}`),
  error(
    'errorloc of a denial',
    'errorloc 403 http://sorry.org/\nhttp-request deny\nserver s1 {s1}',
  ),
  error(
    'errorloc of a bad request',
    'errorloc 400 http://sorry.org/\nserver s1 {s1}',
    say('nonsense\r\n\r\n'),
    gone,
  ),
  error('the later line counts', `errorloc 503 /a\nerrorfile 503 {folder}/whole.http\n${none}`),
  {
    ...error('of both sides', ''),
    config: [
      'frontend {id}',
      'bind {in}',
      'mode http',
      'option httplog',
      'errorfile 503 {folder}/other.http',
      'errorfile 403 {folder}/other.http',
      'default_backend {id}-b',
      'backend {id}-b',
      'mode http',
      'errorfile 503 {folder}/whole.http',
      'http-request deny if { path /no }',
      none,
    ].join('\n'),
    acts: [client('a', say(request('/')), ...shown), client('b', say(request('/no')), ...shown)],
  },
];

/** Rules of http mode: what is changed, refused, answered and sent elsewhere. */
import { type Case, client } from '../scene.ts';
import { answering, finish, gone, hear, leave, pause, request, response, say } from '../steps.ts';

const columns = [
  'req_tot',
  'dreq',
  'dresp',
  'ereq',
  'intercepted',
  'hrsp_2xx',
  'hrsp_3xx',
  'hrsp_4xx',
  'hrsp_5xx',
];
const server = [answering(response('ok', 'X-Server: s1', 'X-Old: 1', 'X-Old: 2')), finish];

/** One connection, one request after the other; the server's answer, or whatever comes with a blank line. */
const rules = (name: string, lines: string, ...requests: readonly string[]): Case => ({
  name: `rules: ${name}`,
  config: `mode http\noption httplog\n${lines}\nserver s1 {s1}`,
  ...{ servers: { s1: server }, columns },
  acts: requests.map((text, index) =>
    client(`c${index}`, say(text), hear('\r\n\r\n'), pause(40), leave),
  ),
});
const get = request;

export const httpRuleCases: readonly Case[] = [
  rules('set-header', 'http-request set-header X-A b', get('/', 'X-A: old', 'x-a: older')),
  rules('add-header', 'http-request add-header X-A b', get('/', 'X-A: old')),
  rules('del-header', 'http-request del-header X-A', get('/', 'X-A: old', 'X-B: stays')),
  rules(
    'set-header with samples',
    'http-request set-header X-A %[src]-%[method]-%[path]-%[hdr(host)]',
    get('/p?q'),
  ),
  rules(
    'headers of a response',
    'http-response set-header X-Server proxy\nhttp-response add-header X-New 1\nhttp-response del-header X-Old',
    get(),
  ),
  rules('set-path', 'http-request set-path /new', get('/old?q=1')),
  rules('set-path with a sample', 'http-request set-path /v1%[path]', get('/old?q=1')),
  rules('set-query', 'http-request set-query a=b', get('/old?q=1'), get('/old')),
  rules('set-uri', 'http-request set-uri /x?y', get('/old?q=1')),
  rules('set-method', 'http-request set-method PUT', get('/')),
  rules('replace-path', 'http-request replace-path /a/(.*) /b/\\1', get('/a/x?q'), get('/c/x')),
  rules('replace-uri', 'http-request replace-uri ^/a/(.*) /b/\\1', get('/a/x?q')),
  rules(
    'rules in order, with conditions',
    [
      'http-request set-header X-A 1 if { path /a }',
      'http-request set-header X-A 2 if { hdr(x-a) 1 }',
      'http-request set-header X-B 3 unless { path /a }',
    ].join('\n'),
    get('/a'),
    get('/b'),
  ),
  rules('redirect location', 'http-request redirect location /elsewhere', get('/x?y')),
  rules(
    'redirect location with a code',
    'http-request redirect location https://e.org/ code 301',
    get('/x'),
  ),
  rules('redirect prefix', 'http-request redirect prefix https://e.org', get('/x?y')),
  rules(
    'redirect prefix /',
    'http-request redirect prefix / drop-query append-slash if { path /x }',
    get('/x?y'),
  ),
  rules(
    'redirect prefix, drop-query',
    'http-request redirect prefix https://e.org drop-query',
    get('/x?y'),
  ),
  rules(
    'redirect prefix, append-slash',
    'http-request redirect prefix https://e.org drop-query append-slash',
    get('/x?y'),
  ),
  rules('redirect scheme', 'http-request redirect scheme https code 308', get('/x?y')),
  rules('redirect scheme, 303', 'http-request redirect scheme https code 303', get('/x?y')),
  rules('redirect 307', 'http-request redirect location /a code 307', get('/x?y')),
  rules(
    'redirect of a POST',
    'http-request redirect location /a',
    'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n',
  ),
  rules('redirect of a HEAD', 'http-request redirect location /a', get('/').replace('GET', 'HEAD')),
  rules('redirect of 1.0', 'http-request redirect location /a', 'GET / HTTP/1.0\r\n\r\n'),
  rules(
    'redirect as a rule of its own',
    'redirect scheme https if { path /x }',
    get('/x'),
    get('/y'),
  ),
  rules(
    'redirect with a sample',
    'http-request redirect location https://%[hdr(host)]/n%[path] code 302',
    get('/x'),
  ),
  rules(
    'redirect, then another request',
    'http-request redirect location /a if { path /x }',
    get('/x') + get('/y'),
  ),
  rules('deny', 'http-request deny', get()),
  ...[200, 400, 401, 403, 404, 405, 407, 408, 410, 413, 425, 429, 500, 501, 502, 503, 504].map(
    (status) => rules(`deny with ${status}`, `http-request deny deny_status ${status}`, get()),
  ),
  rules(
    'deny with a condition',
    'http-request deny if { path_beg /admin }',
    get('/admin/x'),
    get('/x'),
  ),
  rules('allow before deny', 'http-request allow if { src 127.0.0.0/8 }\nhttp-request deny', get()),
  rules('deny of HEAD', 'http-request deny', get().replace('GET', 'HEAD')),
  rules('deny of a response', 'http-response deny if { res.hdr(x-server) s1 }', get()),
  rules(
    'return',
    'http-request return status 200 content-type text/plain string "hi there"',
    get(),
  ),
  rules(
    'return 404',
    'http-request return status 404 content-type text/html string "<b>no</b>"',
    get(),
  ),
  rules('return nothing', 'http-request return status 204', get()),
  rules(
    'return of HEAD',
    'http-request return status 200 content-type text/plain string hi',
    get().replace('GET', 'HEAD'),
  ),
  rules('set-status', 'http-response set-status 418 reason "I am a teapot"', get()),
  rules('set-status without a reason', 'http-response set-status 503', get()),
  rules(
    'auth',
    'http-request auth realm Private unless { hdr(x-in) 1 }',
    get(),
    get('/', 'X-In: 1'),
  ),
  rules('auth without a realm', 'http-request auth', get()),
  rules('forwardfor', 'option forwardfor', get(), get('/', 'X-Forwarded-For: 10.0.0.1')),
  rules('forwardfor with a name', 'option forwardfor header X-Client', get()),
  rules(
    'forwardfor if-none',
    'option forwardfor if-none',
    get('/', 'X-Forwarded-For: 10.0.0.1'),
    get(),
  ),
  rules('forwardfor except', 'option forwardfor except 127.0.0.0/8', get()),
  rules('forwardfor except others', 'option forwardfor except 10.0.0.0/8', get()),
  rules(
    'monitor-uri',
    'monitor-uri /alive',
    get('/alive'),
    get('/alive?x'),
    get('/alive').replace('GET', 'HEAD'),
  ),
  rules('monitor-uri, asked for as a whole', 'monitor-uri /alive', get('http://example.org/alive')),
  rules(
    'monitor-uri with a host',
    'monitor-uri http://example.org/alive',
    get('http://example.org/alive'),
    get('http://example.org/Alive'),
    get('/alive'),
  ),
  rules('monitor fail', 'monitor-uri /alive\nmonitor fail if { nbsrv({id}) lt 2 }', get('/alive')),
  rules(
    'the stats page asks for a password',
    'stats enable\nstats uri /stats\nstats auth admin:secret\nstats realm Statistics',
    get('/stats'),
  ),
  {
    ...rules('use_backend in order', ''),
    config: `frontend {id}
bind {in}
mode http
option httplog
use_backend {id}-a if { path_beg /a }
use_backend {id}-b if { path_beg /a/b } or { hdr(host) -i B.org }
use_backend {id}-none if { path /none }
default_backend {id}-c
backend {id}-a
mode http
server s1 {s1}
backend {id}-b
mode http
http-request set-header X-B 1
server s2 {s2}
backend {id}-c
mode http
server s3 {s3}
backend {id}-none
mode http`,
    servers: {
      s1: [answering(response('a')), finish],
      s2: [answering(response('b')), finish],
      s3: [answering(response('c')), finish],
    },
    acts: [
      get('/a/b'),
      get('/', 'X-A: b').replace('example.org', 'b.ORG'),
      get('/x'),
      get('/none'),
    ].map((text, index) => client(`c${index}`, say(text), hear('\r\n\r\n'), pause(40), leave)),
  },
  {
    ...rules('a frontend without a backend', ''),
    config: [
      'frontend {id}',
      'bind {in}',
      'mode http',
      'option httplog',
      'use_backend {id}-a if { path /a }',
      'backend {id}-a',
      'mode http',
      'server s1 {s1}',
    ].join('\n'),
    acts: [client('c', say(get('/b')), gone)],
  },
  {
    ...rules('rules of both sides', ''),
    config: [
      'frontend {id}',
      'bind {in}',
      'mode http',
      'option httplog',
      'http-request set-header X-A front',
      'http-response set-header X-R front',
      'default_backend {id}-b',
      'backend {id}-b',
      'mode http',
      'http-request set-header X-A %[hdr(x-a)]-back',
      'http-response set-header X-R back',
      'server s1 {s1}',
    ].join('\n'),
    acts: [client('c', say(get('/b')), hear('ok'), leave)],
  },
];

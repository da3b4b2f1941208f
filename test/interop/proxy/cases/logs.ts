/** Lines of the log: formats, and what is left out. */
import { type Case, client } from '../scene.ts';
import {
  answering,
  finish,
  gone,
  greeter,
  hear,
  leave,
  pause,
  request,
  response,
  type Step,
  say,
  web,
} from '../steps.ts';

const http = (name: string, lines: string, ...steps: readonly Step[]): Case => ({
  name: `log: ${name}`,
  config: `mode http\n${lines}\nserver s1 {s1}`,
  servers: { s1: [answering(response('ok', 'X-Res: r1')), finish] },
  acts: [
    client(
      'c',
      ...(steps.length > 0 ? steps : [say(request('/a?b', 'X-Req: q1')), hear('ok'), leave]),
    ),
  ],
});
const tcp = (name: string, lines: string, ...steps: readonly Step[]): Case => ({
  name: `log: ${name}`,
  config: `mode tcp\n${lines}\nserver s1 {s1}`,
  servers: { s1: greeter('one') },
  acts: [client('c', ...(steps.length > 0 ? steps : [gone, finish]))],
});

export const logCases: readonly Case[] = [
  tcp('tcp without a format', ''),
  tcp('tcplog', 'option tcplog'),
  tcp('tcp, a custom format', 'log-format "%f %b %s %B %U %ts %ft %rc %bc %sc %sq %bq %ci"'),
  tcp('tcp, dontlog-normal', 'option tcplog\noption dontlog-normal'),
  tcp('tcp, dontlognull', 'option tcplog\noption dontlognull'),
  tcp('tcp, log-separate-errors', 'option tcplog\noption log-separate-errors'),
  tcp('tcp, logasap', 'option tcplog\noption logasap'),
  http('http without a format', ''),
  http('httplog', 'option httplog'),
  http('clf', 'option httplog clf'),
  http('tcplog in http mode', 'option tcplog'),
  http(
    'a custom format',
    'log-format "%f %b %s %ST %B %U %HM %HP %HQ %HV %HU %r %{+Q}r %tsc %hr %hs %CC %CS %rc"',
  ),
  http('samples', 'log-format "%f %[src] %[dst] %[nbsrv] %[be_name] %[fe_name]"'),
  // Without %s HAProxy writes the line twice.
  http('quotes and escapes', 'log-format "%f %{+Q}b %{+Q}HU %{+E}HP %s"'),
  http('dontlog-normal', 'option httplog\noption dontlog-normal'),
  http(
    'dontlog-normal and an error',
    'option httplog\noption dontlog-normal\nhttp-request deny if { path /no }',
    say(request('/no')),
    hear('\r\n\r\n'),
    pause(30),
    leave,
  ),
  http(
    'log-separate-errors',
    'option httplog\noption log-separate-errors\nhttp-request deny if { path /no }',
    say(request('/no') + request('/yes')),
    hear('ok'),
    leave,
  ),
  http('dontlognull, nothing said', 'option httplog\noption dontlognull', pause(30), leave),
  http('nothing said', 'option httplog', pause(30), leave),
  http('nothing said, ended', 'option httplog', finish, gone),
  http('ignored probes', 'option httplog\noption http-ignore-probes', finish, gone),
  http('logasap', 'option httplog\noption logasap'),
  {
    ...http('logasap, a response that goes on', 'option httplog\noption logasap'),
    servers: {
      s1: [
        hear('\r\n\r\n'),
        say('HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nab'),
        hear('x'),
        gone,
      ],
    },
    acts: [client('c', say(request('/a')), hear('ab'), pause(50), leave)],
  },
  http('a long target', 'option httplog', say(request(`/${'x'.repeat(2000)}`)), hear('ok'), leave),
  http('strange characters', 'option httplog', say(request('/a"b|{c}')), hear('ok'), leave),
  http(
    'two requests',
    'option httplog',
    say(request('/1')),
    hear('ok'),
    say(request('/2')),
    hear('ok'),
    leave,
  ),
  {
    ...http('a backend of another name', ''),
    config: [
      'frontend {id}',
      'bind {in}',
      'mode http',
      'option httplog',
      'default_backend {id}-b',
      'backend {id}-b',
      'mode http',
      'server srv {s1}',
    ].join('\n'),
    servers: { s1: web('ok') },
  },
  {
    ...tcp('tcp, a backend of another name', ''),
    config: [
      'frontend {id}',
      'bind {in}',
      'mode tcp',
      'option tcplog',
      'default_backend {id}-b',
      'backend {id}-b',
      'mode tcp',
      'server srv {s1}',
    ].join('\n'),
  },
  {
    ...http('errors of the server', 'option httplog\noption log-separate-errors'),
    servers: {
      s1: [hear('\r\n\r\n'), say('HTTP/1.1 500 Oh\r\nContent-Length: 2\r\n\r\nok'), gone, finish],
    },
  },
];

/** What fits into a buffer of another size (`tune.bufsize`, `tune.maxrewrite`). */
import { type Case, client } from '../scene.ts';
import { answering, finish, gone, hear, leave, request, response, say } from '../steps.ts';

const global = 'tune.bufsize 4096\ntune.maxrewrite 1024';
const long = (bytes: number): string => 'x'.repeat(bytes);

const asked = (name: string, text: string): Case => ({
  ...{ name: `tune.bufsize: ${name}`, global },
  config: 'mode http\noption httplog\nserver s1 {s1}',
  servers: { s1: [answering(response('ok')), finish] },
  acts: [client('c', say(text), hear('\r\n\r\n'), leave)],
});

const answered = (name: string, text: string): Case => ({
  ...asked(name, request()),
  servers: { s1: [hear('\r\n\r\n'), say(text), finish, gone] },
  acts: [client('c', say(request()), gone, finish)],
});

const inspected = (name: string, least: number, said: number): Case => ({
  ...asked(name, ''),
  config: [
    'mode tcp',
    'option tcplog',
    'tcp-request inspect-delay 3s',
    `tcp-request content reject if { req.len ge ${least} }`,
    'server s1 {s1}',
  ].join('\n'),
  servers: { s1: [hear('x'), say('one'), finish, gone] },
  acts: [client('c', say(long(said)), hear('one'), gone, finish)],
});

export const bufferCases: readonly Case[] = [
  asked('a head that fits', request('/', `X: ${long(2700)}`)),
  asked('a head that leaves no room to rewrite', request('/', `X: ${long(3300)}`)),
  asked('a head that does not fit', request('/', `X: ${long(5000)}`)),
  asked('a target that does not fit', request(`/${long(5000)}`)),
  answered('an answer that fits', response('ok', `X: ${long(2700)}`)),
  answered('an answer that leaves no room to rewrite', response('ok', `X: ${long(3300)}`)),
  answered('an answer that does not fit', response('ok', `X: ${long(5000)}`)),
  answered('a body that does not', response(long(100_000))),
  inspected('bytes that rules wait for', 4000, 3900),
  inspected('more than rules can wait for', 6000, 9000),
];

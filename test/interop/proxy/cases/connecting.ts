/** What becomes of a client whose server cannot be reached, or has no place. */
import { type Case, client, tell, together, wait } from '../scene.ts';
import { finish, gone, greeter, hear, leave, request, say, web } from '../steps.ts';

const tcp = (lines: string): string => `mode tcp\noption tcplog\n${lines}`;
const http = (lines: string): string => `mode http\noption httplog\n${lines}`;
const columns = ['stot', 'econ', 'wretr', 'wredis', 'cli_abrt', 'srv_abrt', 'lbtot', 'qmax'];
const visit = [client('v', gone, finish)];
const ask = [client('v', say(request()), gone)];
const fast = 'timeout connect 100ms';

export const connectingCases: readonly Case[] = [
  {
    name: 'refused, no retry',
    config: tcp('retries 0\nserver s1 {refused}'),
    acts: visit,
    columns,
  },
  {
    name: 'refused, one retry',
    config: tcp(`${fast}\nretries 1\nserver s1 {refused}`),
    acts: visit,
    columns,
  },
  {
    name: 'refused, three retries',
    config: tcp(`${fast}\nserver s1 {refused}`),
    acts: visit,
    columns,
  },
  { name: 'refused, http', config: http('retries 0\nserver s1 {refused}'), acts: ask, columns },
  {
    name: 'refused, three retries, http',
    config: http(`${fast}\nserver s1 {refused}`),
    acts: ask,
    columns,
  },
  {
    name: 'no route',
    config: tcp(`${fast}\nretries 1\nserver s1 {unreachable}`),
    acts: visit,
    columns,
  },
  {
    name: 'no route, http',
    config: http(`${fast}\nretries 0\nserver s1 {unreachable}`),
    acts: ask,
    columns,
  },
  {
    name: 'connect timeout',
    config: tcp(`${fast}\nretries 0\nserver s1 {dead}`),
    acts: visit,
    columns,
  },
  {
    name: 'connect timeout, one retry',
    config: tcp(`${fast}\nretries 1\nserver s1 {dead}`),
    acts: visit,
    columns,
  },
  {
    name: 'connect timeout of who waited for a place',
    config: tcp('timeout connect 250ms\ntimeout queue 20s\nretries 0\nserver s1 {dead} maxconn 1'),
    acts: [together(client('a', gone), client('b', gone))],
    columns,
  },
  {
    name: 'connect timeout of who waited for a place, http',
    config: http('timeout connect 250ms\ntimeout queue 20s\nretries 0\nserver s1 {dead} maxconn 1'),
    acts: [together(client('a', say(request()), gone), client('b', say(request()), gone))],
    columns,
  },
  {
    name: 'connect timeout, http',
    config: http(`${fast}\nretries 1\nserver s1 {dead}`),
    acts: ask,
    columns,
  },
  {
    name: 'redispatch to a living one',
    config: tcp(`${fast}\noption redispatch\nserver s1 {refused}\nserver s2 {s2}`),
    servers: { s2: greeter('two') },
    acts: ['a', 'b', 'c'].map((name) => client(name, gone, finish)),
    columns,
  },
  {
    name: 'redispatch 1 after a timeout',
    config: tcp(`${fast}\noption redispatch 1\nserver s1 {dead}\nserver s2 {s2}`),
    servers: { s2: greeter('two') },
    acts: ['a', 'b', 'c'].map((name) => client(name, gone, finish)),
    columns,
  },
  {
    name: 'redispatch with source: the last try',
    config: tcp(
      `${fast}\nretries 2\nbalance source\noption redispatch\nserver s1 {refused}\nserver s2 {refused}`,
    ),
    acts: visit,
    columns,
  },
  {
    name: 'redispatch 1 with leastconn',
    config: tcp(
      `${fast}\nretries 2\nbalance leastconn\noption redispatch 1\nserver s1 {refused}\nserver s2 {refused}`,
    ),
    acts: visit,
    columns,
  },
  {
    name: 'no redispatch',
    config: tcp(
      `${fast}\nretries 1\nno option redispatch\nserver s1 {refused}\nserver s2 {refused}`,
    ),
    acts: visit,
    columns,
  },
  {
    name: 'redispatch, http',
    config: http(`${fast}\noption redispatch\nserver s1 {refused}\nserver s2 {s2}`),
    servers: { s2: web('two') },
    acts: [client('v', say(request()), hear('two'), say(request()), hear('two'), leave)],
    columns,
  },
  {
    name: 'one after the other through maxconn 1',
    config: tcp('server s1 {s1} maxconn 1'),
    servers: { s1: [hear('bye'), say('good bye\n')] },
    acts: [
      client('a', say('hello')),
      wait(50),
      client('b', say('hello')),
      wait(50),
      client('a', say('bye'), hear('bye'), leave),
      client('b', say('bye'), hear('bye'), leave),
    ],
    columns,
  },
  {
    name: 'queue timeout',
    config: tcp('timeout queue 150ms\nserver s1 {s1} maxconn 1'),
    servers: { s1: [say('one\n'), gone] },
    acts: [client('a', hear('\n')), client('b', gone), client('a', leave)],
    columns,
  },
  {
    name: 'queue timeout is that of connect without its own',
    config: tcp('timeout connect 150ms\nserver s1 {s1} maxconn 1'),
    servers: { s1: [say('one\n'), gone] },
    acts: [client('a', hear('\n')), client('b', gone), client('a', leave)],
    columns,
  },
  {
    name: 'queue timeout, http',
    config: http('timeout queue 150ms\nserver s1 {s1} maxconn 1'),
    servers: { s1: [hear('\r\n\r\n'), gone] },
    acts: [
      client('a', say(request())),
      wait(60),
      client('b', say(request()), gone),
      client('a', leave),
    ],
    columns,
  },
  {
    name: 'maxqueue sends to another',
    config: tcp('timeout queue 400ms\nbalance source\nserver s1 {s1} maxconn 1 maxqueue 1'),
    servers: { s1: [say('one\n'), gone] },
    acts: [
      client('a', hear('\n')),
      together(client('b', gone), async (scene) => {
        await wait(60)(scene);
        await client('c', gone)(scene);
      }),
      client('a', leave),
    ],
    columns,
  },
  {
    name: 'a client leaves the queue',
    config: tcp('server s1 {s1} maxconn 1'),
    servers: { s1: [say('one\n'), gone] },
    acts: [
      client('a', hear('\n')),
      client('b', (wire) => void wire),
      wait(60),
      client('b', leave),
      wait(60),
      client('a', leave),
    ],
    columns,
  },
  {
    name: 'maxconn of a frontend',
    config: tcp('maxconn 1\nserver s1 {s1}'),
    servers: { s1: [say('one\n'), gone] },
    acts: [
      client('a', hear('\n')),
      client('b', (wire) => void wire),
      wait(60),
      client('a', leave),
      client('b', hear('\n'), leave),
    ],
  },
  {
    name: 'a server goes while clients wait for it',
    config: tcp('timeout queue 1s\nserver s1 {s1} maxconn 1\nserver s2 {s2} backup'),
    servers: { s1: [say('one\n'), gone], s2: greeter('two') },
    acts: [
      client('a', hear('\n')),
      client('b', (wire) => void wire),
      wait(60),
      tell('disable server {id}/s1'),
      client('b', gone),
      client('a', leave),
    ],
  },
  {
    name: 'maxconn raised by the socket lets in who waits',
    config: tcp('timeout queue 2s\nserver s1 {s1} maxconn 1'),
    servers: { s1: [say('one\n'), gone] },
    acts: [
      client('a', hear('\n')),
      client('b', (wire) => void wire),
      wait(60),
      tell('set maxconn server {id}/s1 2'),
      client('b', hear('\n'), leave),
      client('a', leave),
    ],
  },
];

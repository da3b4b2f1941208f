/** Bytes both ways, ends, halves of ends, and breaks. */
import { type Case, client, served, wait } from '../scene.ts';
import {
  deaf,
  echo,
  finish,
  gone,
  hear,
  leave,
  listenAgain,
  pause,
  remains,
  reset,
  type Step,
  say,
} from '../steps.ts';

const one = 'mode tcp\noption tcplog\nserver s1 {s1}';
const columns = ['stot', 'bin', 'bout', 'cli_abrt', 'srv_abrt'];
const noise = (bytes: number): Buffer => {
  const block = Buffer.alloc(bytes);
  let state = 1;
  for (let index = 0; index < bytes; index++) {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    block[index] = state >>> 24;
  }
  return block;
};
const large = noise(3_000_000);

const relay = (name: string, server: readonly Step[], ...steps: readonly Step[]): Case => ({
  ...{ name: `relay: ${name}`, config: one, servers: { s1: server }, columns },
  acts: [client('c', ...steps)],
});

export const relayCases: readonly Case[] = [
  relay('an echo', echo, say('hello'), hear('hello'), finish, gone),
  relay(
    'the server speaks first',
    [say('220 hi\r\n'), hear('QUIT'), finish],
    hear('220 hi'),
    say('QUIT'),
    gone,
  ),
  relay('the client ends first', [gone, say('after'), finish], say('before'), finish, gone),
  relay(
    'the server ends first',
    [say('bye'), finish, gone],
    hear('bye'),
    say('after'),
    finish,
    gone,
  ),
  relay('both end at once', [say('x'), finish, gone], say('y'), finish, gone),
  relay('the client ends without a word', [gone, finish], finish, gone),
  relay('the server ends without a word', [finish, gone], gone, finish),
  {
    ...relay('the client breaks off', [hear('x'), gone]),
    acts: [client('c', say('x')), served('x'), client('c', reset)],
  },
  relay('the server breaks off', [hear('x'), reset], say('x'), gone),
  // Not within the connection itself: then it is one that could not be made.
  relay('the server breaks off without a word', [pause(100), reset], gone),
  relay(
    'the server breaks off after bytes',
    [say('some bytes'), hear('got them'), reset],
    hear('some bytes'),
    say('got them'),
    gone,
  ),
  {
    ...relay('the client goes before the server answers', [gone, finish]),
    acts: [client('c', say('x')), served('x'), client('c', leave)],
  },
  relay('ended, then broken off by the server', [hear('x'), gone, reset], say('x'), finish, gone),
  relay(
    'ended by the server, then broken off by the client',
    [say('x'), finish, gone],
    hear('x'),
    gone,
    reset,
  ),
  relay(
    'a large upload',
    [hear(large.length), say('thanks'), finish, gone],
    say(large),
    hear('thanks'),
    finish,
    gone,
  ),
  relay('a large download', [hear('go'), say(large), finish, gone], say('go'), gone, finish),
  relay('a large upload that ends', [gone, say('thanks'), finish], say(large), finish, gone),
  relay('a slow reader', [say(large), finish, gone], deaf, pause(300), listenAgain, gone, finish),
  relay('a slow server', [deaf, pause(300), listenAgain, gone, finish], say(large), finish, gone),
  relay(
    'large both ways',
    [say(large), hear(large.length), finish, gone],
    say(large),
    hear(large.length),
    finish,
    gone,
  ),
  relay('both stay', [say('x')], hear('x'), remains(150)),
  {
    name: 'relay: bytes before the server is there',
    config: 'mode tcp\noption tcplog\nserver s1 {s1} maxconn 1',
    servers: { s1: [hear('early'), say('ok'), finish, gone] },
    acts: [client('c', say('early'), hear('ok'), finish, gone)],
  },
  {
    name: 'relay: bytes and the end before the server is there',
    config: 'mode tcp\noption tcplog\nserver s1 {s1} maxconn 1',
    servers: { s1: [hear('early'), gone, say('ok'), finish] },
    acts: [client('c', say('early'), finish, gone)],
  },
  {
    name: 'relay: the client goes while its server is sought',
    config: 'mode tcp\noption tcplog\ntimeout connect 400ms\nretries 0\nserver s1 {dead}',
    acts: [client('c', pause(50), leave), wait(500)],
    columns,
  },
  {
    name: 'relay: abortonclose: the client goes while its server is sought',
    config:
      'mode tcp\noption tcplog\noption abortonclose\ntimeout connect 400ms\nretries 0\nserver s1 {dead}',
    acts: [client('c', pause(50), leave), wait(500)],
    columns,
  },
  {
    name: 'relay: the client ends while its server is sought',
    config: 'mode tcp\noption tcplog\ntimeout connect 1s\nretries 0\nserver s1 {dead}',
    acts: [client('c', say('hello'), finish, gone)],
    columns,
  },
  {
    name: 'relay: the client breaks off while its server is sought',
    config: 'mode tcp\noption tcplog\ntimeout connect 400ms\nretries 0\nserver s1 {dead}',
    acts: [client('c', pause(50), reset), wait(500)],
    columns,
  },
  {
    name: 'relay: nolinger, the server is broken off',
    config: 'mode tcp\noption tcplog\noption nolinger\nserver s1 {s1}',
    servers: { s1: [hear('x'), gone, finish] },
    acts: [client('c', say('x')), served('x'), client('c', finish, gone)],
  },
  {
    name: 'relay: IPv6',
    config: 'listen {id}\nbind {in6}\nmode tcp\noption tcplog\nserver s1 {s1}',
    servers: { s1: echo },
    acts: [client('c@in6', say('six'), hear('six'), finish, gone)],
  },
  {
    name: 'relay: a Unix socket',
    config: 'listen {id}\nbind {unix}\nmode tcp\noption tcplog\nserver s1 {s1}',
    servers: { s1: echo },
    acts: [client('c@unix', say('path'), hear('path'), finish, gone)],
  },
  {
    name: 'relay: through a Unix socket of another section',
    config: [
      'listen {id}',
      'bind {in}',
      'mode tcp',
      'option tcplog',
      'server s1 {unix}',
      'listen {id}-b',
      'bind {unix}',
      'mode tcp',
      'option tcplog',
      'server s1 {s1}',
    ].join('\n'),
    servers: { s1: echo },
    acts: [client('c', say('path'), hear('path'), finish, gone)],
  },
  {
    name: 'relay: two binds, two ports',
    config: 'listen {id}\nbind {in}\nbind {in2}\nmode tcp\noption tcplog\nserver s1 {s1}',
    servers: { s1: echo },
    acts: [
      client('a@in', say('a'), hear('a'), finish, gone),
      client('b@in2', say('b'), hear('b'), finish, gone),
    ],
  },
];

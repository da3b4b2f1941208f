/** What an operator does by the stats socket while there is traffic. */
import { type Case, client, tell, wait } from '../scene.ts';
import { answering, finish, gone, hear, leave, request, response, say } from '../steps.ts';

const talkers = { s1: [say('one\n'), gone, finish], s2: [say('two\n'), gone, finish] };
const tcp = 'mode tcp\noption tcplog\nserver s1 {s1}\nserver s2 {s2}';
const visit = (name: string) => client(name, hear('\n'), leave);
const columns = ['status', 'weight', 'stot', 'scur', 'cli_abrt', 'srv_abrt', 'lbtot'];

const operation = (name: string, ...acts: Case['acts']): Case => ({
  ...{ name: `socket: ${name}`, config: tcp, servers: talkers, acts, columns },
});

export const operationCases: readonly Case[] = [
  operation(
    'disable keeps sessions',
    client('a', hear('\n')),
    tell('disable server {id}/s1'),
    wait(50),
    client('a', leave),
    visit('b'),
    visit('c'),
  ),
  operation('drain', tell('set server {id}/s1 state drain'), visit('a'), visit('b')),
  operation(
    'maint and ready',
    tell('set server {id}/s1 state maint'),
    visit('a'),
    tell('set server {id}/s1 state ready'),
    wait(30),
    visit('b'),
    visit('c'),
  ),
  operation(
    'shutdown sessions',
    client('a', hear('\n')),
    tell('shutdown sessions server {id}/s1'),
    client('a', gone, finish),
  ),
  operation(
    'weight',
    tell('set server {id}/s1 weight 0'),
    visit('a'),
    visit('b'),
    tell('get weight {id}/s1'),
  ),
  operation(
    'weight in percent',
    tell('set weight {id}/s1 50%'),
    tell('get weight {id}/s1'),
    tell('set weight {id}/s1 200%'),
  ),
  operation(
    'unknown server',
    tell('disable server {id}/s9'),
    tell('set weight {id}/s9 5'),
    tell('set server {id}/s1 state foo'),
    tell('nonsense'),
  ),
  operation(
    'disable frontend',
    tell('disable frontend {id}'),
    wait(30),
    tell('enable frontend {id}'),
    wait(30),
    visit('a'),
  ),
  operation(
    'maxconn of a frontend',
    tell('set maxconn frontend {id} 1'),
    client('a', hear('\n')),
    client('b', (wire) => void wire),
    wait(50),
    client('a', leave),
    client('b', hear('\n'), leave),
  ),
  operation(
    'address',
    tell('set server {id}/s1 addr 127.0.0.2'),
    tell('set server {id}/s1 addr 127.0.0.2'),
  ),
  operation(
    'all down',
    tell('disable server {id}/s1'),
    tell('disable server {id}/s2'),
    client('a', gone, finish),
  ),
  {
    ...operation('disable while http is kept'),
    config: 'mode http\noption httplog\nserver s1 {s1}\nserver s2 {s2}',
    servers: { s1: [answering(response('one')), finish], s2: [answering(response('two')), finish] },
    acts: [
      client('a', say(request()), hear('one')),
      tell('disable server {id}/s1'),
      client('a', say(request()), hear('two'), say(request()), hear('two'), leave),
    ],
  },
];

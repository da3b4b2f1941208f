import { ipFamily } from '../../../../base/ip.ts';
import type { ListenAddress } from '../../../../config/model/proxy.ts';
import { findSide } from '../../build-live.ts';
import type { LiveProxy } from '../../live.ts';
import { logDate } from '../../log/dates.ts';
import { infoAsJson, infoAsText } from '../info.ts';
import { everything, listRows, type RowFilter } from '../rows.ts';
import { schemaJson } from '../schema.ts';
import { serversConnections, serversState } from '../servers-state.ts';
import { sessionLine } from '../session-list.ts';
import { rowsAsCsv, rowsAsJson, rowsAsTyped } from '../tables.ts';
import { type Command, type CommandAnswer, type CommandInput, isAtLeast, say } from './command.ts';
import { findProxy, readNumber } from './find.ts';

export const showCommands: readonly Command[] = [
  {
    words: ['show', 'activity'],
    usage: '',
    about: 'what the worker is busy with',
    level: 'user',
    run: (_args, input) =>
      say(
        `thread_id: 1 (1..1)\ndate_now: ${(input.wallMs / 1000).toFixed(6)}\n` +
          `accepted: ${input.live.connections} [ ${input.live.connections} ]\n`,
      ),
  },
  {
    words: ['show', 'backend'],
    usage: '',
    about: 'names of the backends',
    level: 'user',
    run: (_args, { live }) => {
      const backs = live.proxies.filter(({ back }) => back !== undefined);
      return say(`# name\n${backs.map(({ config }) => `${config.name}\n`).join('')}`);
    },
  },
  {
    words: ['show', 'cli', 'level'],
    usage: '',
    about: 'what this connection may do',
    level: 'user',
    run: (_args, { session }) => say(`${session.level}\n`),
  },
  {
    words: ['show', 'cli', 'sockets'],
    usage: '',
    about: 'sockets like this one',
    level: 'user',
    run: (_args, { live }) => say(`# socket lvl processes\n${socketLines(live.config.global)}`),
  },
  {
    words: ['show', 'env'],
    usage: '[var]',
    about: 'variables of the environment',
    level: 'operator',
    run: ([name], { facts: { environment } }) => {
      if (name !== undefined) {
        const value = Object.hasOwn(environment, name) ? environment[name] : undefined;
        return say(value === undefined ? 'Variable not found\n' : `${name}=${value}\n`);
      }
      const lines = Object.entries(environment).map(([key, value]) => `${key}=${value ?? ''}\n`);
      return say(lines.join(''));
    },
  },
  {
    words: ['show', 'errors'],
    usage: '[<px>] [request|response]',
    about: 'messages that could not be read; none are kept',
    level: 'operator',
    run: ([name], input) => {
      if (name !== undefined && findAny(input, name) === undefined && name !== '-1')
        return say('No such proxy.\n');
      const date = logDate(input.wallMs, input.zoneMinutes);
      return say(`Total events captured on [${date}] : 0\n`);
    },
  },
  {
    words: ['show', 'info'],
    usage: '[desc|json|typed]*',
    about: 'figures of the process',
    level: 'user',
    run: (args, input) => {
      if (args.includes('json')) return say(`${infoAsJson(input)}\n`);
      return say(
        infoAsText(input, {
          as: args.includes('typed') ? 'typed' : 'lines',
          described: args.includes('desc') ? 'sentences' : 'names',
        }),
      );
    },
  },
  {
    words: ['show', 'pools'],
    usage: '',
    about: 'memory of the process',
    level: 'user',
    run: (_args, { facts: { memoryBytes } }) =>
      say(`Total: 0 pools, ${memoryBytes} bytes allocated, ${memoryBytes} used.\n`),
  },
  {
    words: ['show', 'schema', 'json'],
    usage: '',
    about: 'schema of the JSON of show info and show stat',
    level: 'user',
    run: () => say(`${schemaJson}\n`),
  },
  {
    words: ['show', 'servers', 'conn'],
    usage: '[<backend>]',
    about: 'connections to servers',
    level: 'user',
    run: ([name], input) =>
      ofBackends(input, name, (backends) => serversConnections(input.live, backends)),
  },
  {
    words: ['show', 'servers', 'state'],
    usage: '[<backend>]',
    about: 'states of servers, as a server-state-file has them',
    level: 'user',
    run: ([name], input) =>
      ofBackends(input, name, (backends) => serversState(input.live, input.now, backends)),
  },
  {
    words: ['show', 'sess'],
    usage: '[id]',
    about: 'sessions, or one of them',
    level: 'operator',
    run: ([id], { sessions }) => {
      const all = [...sessions.list()];
      if (id === undefined || id === 'all') return say(all.map(sessionLine).join(''));
      const one = all.find((session) => session.id === id.toLowerCase());
      return say(one === undefined ? 'Session not found.\n' : sessionLine(one));
    },
  },
  {
    words: ['show', 'stat'],
    usage: '[desc|json|no-maint|typed|up]*',
    about: 'figures of proxies and servers',
    level: 'user',
    run: showStat,
  },
  {
    words: ['show', 'table'],
    usage: '[<table>]',
    about: 'stick tables; there are none',
    level: 'user',
    run: ([name]) => say(name === undefined ? '' : 'No such table\n'),
  },
  {
    words: ['show', 'version'],
    usage: '',
    about: 'version of the program',
    level: 'user',
    run: (_args, { facts }) => say(`${facts.version}\n`),
  },
];

/** Without level operator neither addresses nor cookies are shown. */
function showStat(args: readonly string[], input: CommandInput): CommandAnswer {
  const filter = readFilter(args, input);
  if (typeof filter === 'string') return say(filter);
  const legends = isAtLeast(input.session.level, 'operator');
  const rows = listRows(input.live, input.now, { ...filter, legends });
  if (args.includes('json')) return say(`${rowsAsJson(rows)}\n`);
  if (args.includes('typed')) {
    const describe = args.includes('desc') ? 'sentences' : 'names';
    return say(rowsAsTyped(rows, { describe }));
  }
  return say(rowsAsCsv(rows));
}

/** `<proxy> <mask> <id>`, all three or nothing, before the words. */
function readFilter(args: readonly string[], input: CommandInput): RowFilter | string {
  const [name, mask, id] = args;
  const words = { onlyUp: args.includes('up'), noMaintenance: args.includes('no-maint') };
  if (name === undefined || mask === undefined || id === undefined)
    return { ...everything, ...words };
  const isWords = [name, mask, id].every((word) => /^[a-z-]+$/.test(word) && isModifier(word));
  if (isWords) return { ...everything, ...words };
  const proxyId = readNumber(name) ?? findAny(input, name)?.config.id;
  if (proxyId === undefined) return 'No such proxy.\n';
  return { ...words, proxyId, typeMask: readNumber(mask) ?? 0, id: readNumber(id) ?? 0 };
}

function isModifier(word: string): boolean {
  return ['up', 'no-maint', 'typed', 'json', 'desc'].includes(word);
}

function findAny({ live }: CommandInput, name: string): LiveProxy | undefined {
  return findSide(live, name, 'front') ?? findProxy(live, name, 'back');
}

function ofBackends(
  { live }: CommandInput,
  name: string | undefined,
  write: (backends: readonly LiveProxy[]) => string,
): CommandAnswer {
  if (name === undefined) return say(write(live.proxies));
  const backend = findProxy(live, name, 'back');
  return say(backend === undefined ? "Can't find backend.\n" : write([backend]));
}

function socketLines({ statsSockets }: CommandInput['live']['config']['global']): string {
  return statsSockets.map(({ address, level }) => `${socketName(address)} ${level} all\n`).join('');
}

function socketName(address: ListenAddress): string {
  if (address.kind === 'ip') return `ipv${ipFamily(address.ip)}@${address.ip}:${address.port}`;
  if (address.kind === 'descriptor') return `sockfd@${address.fd}`;
  return `${address.kind === 'unix' ? 'unix' : 'abns'}@${address.path}`;
}

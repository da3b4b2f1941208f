import { parseIp } from '../../../../base/ip.ts';
import { parseWeight, refusalOf } from '../../health/orders.ts';
import type { ServerOrder } from '../../health/types.ts';
import type { LiveServer } from '../../live.ts';
import { type Command, type CommandAnswer, type CommandInput, order, say } from './command.ts';
import { findServer, readNumber } from './find.ts';

type ServerCommand = (server: LiveServer, args: readonly string[]) => CommandAnswer;

/** A command whose first argument is `backend/server`. */
function ofServer(run: ServerCommand) {
  return ([path, ...args]: readonly string[], { live }: CommandInput): CommandAnswer => {
    const server = findServer(live, path);
    return typeof server === 'string' ? say(server) : run(server, args);
  };
}

function tell(server: LiveServer, wanted: ServerOrder): CommandAnswer {
  const refusal = refusalOf(server, wanted);
  return refusal === undefined
    ? order({ kind: 'server', server, order: wanted })
    : say(`${refusal}\n`);
}

function setWeight(server: LiveServer, [text = '']: readonly string[]): CommandAnswer {
  const wanted = parseWeight(text);
  return typeof wanted === 'string' ? say(`${wanted}\n`) : tell(server, wanted);
}

const setters: Readonly<Record<string, ServerCommand>> = {
  addr: setAddress,
  agent: (server, [to]) => {
    const refusal = refusalOf(server, { kind: 'agent', to: 'up' });
    if (refusal !== undefined) return say(`${refusal}\n`);
    if (to !== 'up' && to !== 'down')
      return say("'set server <srv> agent' expects 'up' or 'down'.\n");
    return tell(server, { kind: 'agent', to });
  },
  health: (server, [to]) => {
    if (to !== 'up' && to !== 'stopping' && to !== 'down')
      return say("'set server <srv> health' expects 'up', 'stopping', or 'down'.\n");
    return tell(server, { kind: 'health', to });
  },
  state: (server, [to]) => {
    if (to !== 'ready' && to !== 'drain' && to !== 'maint')
      return say("'set server <srv> state' expects 'ready', 'drain' and 'maint'.\n");
    return tell(server, { kind: 'state', to });
  },
  weight: setWeight,
};

function setServer(server: LiveServer, [what = '', ...args]: readonly string[]): CommandAnswer {
  const setter = Object.hasOwn(setters, what) ? setters[what] : undefined;
  if (setter !== undefined) return setter(server, args);
  const known = Object.keys(setters).join(' | ');
  return say(`usage: set server <backend>/<server> ${known}\n`);
}

const BY_WHOM = " by 'stats socket command'\n";

function setAddress(server: LiveServer, [text, word, portText = '']: readonly string[]) {
  if (text === undefined)
    return say('set server <b>/<s> addr requires an address and optionally a port.\n');
  const ip = parseIp(text);
  if (ip === undefined) return say(`Invalid addr '${text}'${BY_WHOM}`);
  const before = { ip: server.ip ?? '(none)', port: server.port ?? 0 };
  const port = word === 'port' ? readNumber(portText) : before.port;
  const first =
    ip === server.ip ? 'no need to change the addr' : `IP changed from '${before.ip}' to '${ip}'`;
  if (port === undefined) return say(`problem converting port '${portText}' to an int${BY_WHOM}`);
  if (port < 0 || port > 65_535) return say(`port '${portText}' is out of range${BY_WHOM}`);
  const second =
    port === before.port
      ? 'no need to change the port'
      : `port changed from '${before.port}' to '${port}'`;
  const answer = word === 'port' ? `${first}, ${second}${BY_WHOM}` : `${first}${BY_WHOM}`;
  const isSame = ip === server.ip && port === server.port;
  return {
    text: answer,
    orders: isSame ? [] : [{ kind: 'serverAddress' as const, server, ip, port }],
  };
}

function setMaxconn(server: LiveServer, [text]: readonly string[]): CommandAnswer {
  if (text === undefined) return say('Require <maxconn>.\n');
  const maxconn = readNumber(text);
  if (maxconn === undefined)
    return say(
      /^\d/.test(text)
        ? 'Trailing garbage in maxconn string.\n'
        : 'maxconn string empty or preceded by garbage\n',
    );
  if (maxconn < 0) return say('Value out of range.\n');
  return order({ kind: 'serverMaxconn', server, maxconn });
}

/** Nothing is to be done where there are no such checks. */
function switchChecks(what: 'check' | 'agent', to: 'enabled' | 'disabled'): ServerCommand {
  return (server) =>
    to === 'disabled' && server.config[what] === undefined
      ? say('')
      : tell(server, { kind: 'checks', what, to });
}

const path = '<bk>/<srv>';

export const serverCommands: readonly Command[] = [
  {
    words: ['disable', 'agent'],
    usage: path,
    about: 'ask the agent no longer',
    level: 'admin',
    run: ofServer(switchChecks('agent', 'disabled')),
  },
  {
    words: ['disable', 'health'],
    usage: path,
    about: 'check the server no longer',
    level: 'admin',
    run: ofServer(switchChecks('check', 'disabled')),
  },
  {
    words: ['disable', 'server'],
    usage: path,
    about: "maintenance (or 'set server state maint')",
    level: 'admin',
    run: ofServer((server) => tell(server, { kind: 'state', to: 'maint' })),
  },
  {
    words: ['enable', 'agent'],
    usage: path,
    about: 'ask the agent again',
    level: 'admin',
    run: ofServer(switchChecks('agent', 'enabled')),
  },
  {
    words: ['enable', 'health'],
    usage: path,
    about: 'check the server again',
    level: 'admin',
    run: ofServer(switchChecks('check', 'enabled')),
  },
  {
    words: ['enable', 'server'],
    usage: path,
    about: "end of maintenance (or 'set server state ready')",
    level: 'admin',
    run: ofServer((server) => tell(server, { kind: 'state', to: 'ready' })),
  },
  {
    words: ['get', 'weight'],
    usage: path,
    about: "the server's weight now, and at first",
    level: 'user',
    run: ofServer(({ userWeight, config }) => say(`${userWeight} (initial ${config.weight})\n`)),
  },
  {
    words: ['set', 'maxconn', 'server'],
    usage: path,
    about: 'limit of connections to the server',
    level: 'admin',
    run: ofServer(setMaxconn),
  },
  {
    words: ['set', 'server'],
    usage: `${path} [opts]`,
    about: "the server's state, health, weight or address",
    level: 'admin',
    run: ofServer(setServer),
  },
  {
    words: ['set', 'weight'],
    usage: path,
    about: "the server's weight (or 'set server weight')",
    level: 'admin',
    run: ofServer(setWeight),
  },
  {
    words: ['shutdown', 'sessions', 'server'],
    usage: path,
    about: 'end all sessions of the server',
    level: 'admin',
    run: ofServer((server) => order({ kind: 'shutdownSessions', server })),
  },
];

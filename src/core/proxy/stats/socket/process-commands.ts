import { seconds } from '../../../../base/time.ts';
import type { LiveProxy } from '../../live.ts';
import {
  type Command,
  type CommandAnswer,
  type CommandInput,
  isAtLeast,
  type Level,
  order,
  say,
} from './command.ts';
import { findFrontend, readNumber } from './find.ts';

function ofFrontend(run: (proxy: LiveProxy, args: readonly string[]) => CommandAnswer) {
  return ([name, ...args]: readonly string[], { live }: CommandInput): CommandAnswer => {
    const proxy = findFrontend(live, name);
    return typeof proxy === 'string' ? say(proxy) : run(proxy, args);
  };
}

function lowerTo(level: Level): Command['run'] {
  return (_args, { session }) =>
    isAtLeast(session.level, level)
      ? { text: '', orders: [], session: { ...session, level } }
      : say('Permission denied\n');
}

export const processCommands: readonly Command[] = [
  {
    words: ['clear', 'counters'],
    usage: '[all]',
    about: 'begin maxima anew, or all counters',
    level: 'operator',
    run: ([what], { session }) => {
      if (what !== 'all') return order({ kind: 'clearCounters', what: 'maxima' });
      if (!isAtLeast(session.level, 'admin')) return say('Permission denied\n');
      return order({ kind: 'clearCounters', what: 'all' });
    },
  },
  {
    words: ['disable', 'frontend'],
    usage: '<frontend>',
    about: 'take no new connections for now',
    level: 'admin',
    run: ofFrontend((proxy) => {
      if (proxy.state === 'stopped')
        return say('Frontend was previously shut down, cannot disable.\n');
      if (proxy.state === 'paused') return say('All sockets are already disabled.\n');
      return order({ kind: 'frontend', proxy, to: 'disabled' });
    }),
  },
  {
    words: ['enable', 'frontend'],
    usage: '<frontend>',
    about: 'take connections again',
    level: 'admin',
    run: ofFrontend((proxy) => {
      if (proxy.state === 'stopped')
        return say('Frontend was previously shut down, cannot enable.\n');
      if (proxy.state === 'open') return say('All sockets are already enabled.\n');
      return order({ kind: 'frontend', proxy, to: 'enabled' });
    }),
  },
  {
    words: ['operator'],
    usage: '',
    about: 'may no more than an operator from now on',
    level: 'operator',
    run: lowerTo('operator'),
  },
  {
    words: ['set', 'maxconn', 'frontend'],
    usage: '<frontend> <value>',
    about: 'limit of connections of a frontend',
    level: 'admin',
    run: ofFrontend((proxy, [text]) => {
      const maxconn = readNumber(text);
      if (maxconn === undefined) return say('Integer value expected.\n');
      if (maxconn < 0) return say('Value out of range.\n');
      return order({ kind: 'frontendMaxconn', proxy, maxconn });
    }),
  },
  {
    words: ['set', 'maxconn', 'global'],
    usage: '<value>',
    about: 'limit of connections of the process',
    level: 'admin',
    run: ([text], { facts }) => {
      const maxconn = readNumber(text);
      if (maxconn === undefined) return say('Expects an integer value.\n');
      if (maxconn < 0 || maxconn > facts.hardMaxconn) return say('Value out of range.\n');
      return order({ kind: 'processMaxconn', maxconn: maxconn || facts.hardMaxconn });
    },
  },
  {
    words: ['set', 'timeout'],
    usage: '[cli] <delay>',
    about: 'how long this connection may be silent',
    level: 'user',
    run: ([what, text]) => {
      if (what !== 'cli') return say("'set timeout' only supports 'cli'.\n");
      const [, value, unit = 's'] = /^(\d{1,9})(s|m|h|d)?$/.exec(text ?? '') ?? [];
      if (value === undefined) return say('Expects an integer value.\n');
      const units: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400 };
      const timeout = seconds(Number(value) * (units[unit] ?? 1));
      return order({ kind: 'clientTimeout', timeout });
    },
  },
  {
    words: ['shutdown', 'frontend'],
    usage: '<frontend>',
    about: 'stop a frontend for good',
    level: 'admin',
    run: ofFrontend((proxy) =>
      proxy.state === 'stopped'
        ? say('Frontend was already shut down.\n')
        : order({ kind: 'frontend', proxy, to: 'shutdown' }),
    ),
  },
  {
    words: ['shutdown', 'session'],
    usage: '[id]',
    about: 'end a session',
    level: 'admin',
    run: ([text], { sessions }) => {
      if (text === undefined || !/^0x[0-9a-f]+$/i.test(text))
        return say("Session pointer expected (use 'show sess').\n");
      const id = text.toLowerCase();
      for (const session of sessions.list())
        if (session.id === id) return order({ kind: 'shutdownSession', id });
      return say("No such session (use 'show sess').\n");
    },
  },
  {
    words: ['user'],
    usage: '',
    about: 'may no more than a user from now on',
    level: 'user',
    run: lowerTo('user'),
  },
];

import type { ControlClient } from '../../api/client.ts';
import type { EventRecord, EventsResult } from '../../api/events.ts';
import type { Command } from '../command.ts';
import { parseFlags } from '../flags.ts';
import { DAEMON_OPTIONS, DAEMON_USAGE, EXIT_USAGE, socketPath } from './daemon-flags.ts';
import { localTime } from './table.ts';
import { withDaemon } from './with-daemon.ts';

const COUNT = 50;
const COUNT_MAX = 1000;

const USAGE = `Usage: holdfast events [OPTION...]

Prints the last events of the daemon on this host, one a line: what has happened, and why. The daemon
remembers the last ${COUNT_MAX}; '@holdfast events_file FILE' in global_defs keeps more, on disk.

  -n, --lines N       that many of those remembered (default ${COUNT}, at most ${COUNT_MAX})
  -f, --follow        go on with those that come, until Ctrl-C
  -i, --instance NAME only what concerns this instance
${DAEMON_USAGE}
${EXIT_USAGE}`;

export const eventsCommand: Command = {
  name: 'events',
  summary: 'print what has happened, and why',
  usage: USAGE,
  run: async (argv) => {
    const flags = parseFlags(argv, {
      options: {
        ...DAEMON_OPTIONS,
        follow: { type: 'boolean', short: 'f' },
        instance: { type: 'string', short: 'i' },
        lines: { type: 'string', short: 'n' },
      },
    });
    const refuse = (message: string): number => {
      process.stderr.write(`holdfast events: ${message}\n${USAGE}`);
      return 1;
    };
    if (!flags.ok) return refuse(flags.message);
    const { help, json, follow, instance, socket, lines = String(COUNT) } = flags.values;
    if (help === true) {
      process.stdout.write(USAGE);
      return 0;
    }
    const count = /^\d{1,4}$/.test(lines) ? Number(lines) : Number.NaN;
    if (!(count <= COUNT_MAX)) return refuse(`-n takes 0 to ${COUNT_MAX}, not '${lines}'`);
    const print = (events: readonly EventRecord[]): void => {
      const text = events.map(json === true ? jsonLine : textLine).join('');
      if (text !== '') process.stdout.write(text);
    };
    const filter = instance === undefined ? {} : { instance };
    return withDaemon('events', socketPath(socket), async (client) => {
      // An instance that is misspelt has no events, and never will.
      if (instance !== undefined) await client.ask({ op: 'status', instance });
      const { events, last } = await readKept(client, filter);
      print(count === 0 ? [] : events.slice(-count));
      if (follow !== true) return 0;
      return client.follow({ since: last, ...filter }, (page) => {
        tellLost(page);
        print(page.events);
      });
    });
  },
};

async function readKept(
  client: ControlClient,
  filter: { readonly instance?: string },
): Promise<{ readonly events: readonly EventRecord[]; readonly last: number }> {
  const events: EventRecord[] = [];
  for (let since = 0; ; ) {
    const page = await client.ask({ op: 'events', since, limit: 200, ...filter });
    events.push(...page.events);
    since = page.last;
    if (!page.more) return { events, last: since };
  }
}

function tellLost({ lost }: EventsResult): void {
  if (lost > 0) process.stderr.write(`holdfast events: ${lost} events were forgotten unread\n`);
}

function jsonLine(event: EventRecord): string {
  return `${JSON.stringify(event)}\n`;
}

function textLine({ time, text }: EventRecord): string {
  return `${localTime(time)}  ${text}\n`;
}

import { CHANGE_LIMIT_MS, type ControlClient, FIGURES_LIMIT_MS } from '../../api/client.ts';
import type { ServerRequest } from '../../api/protocol.ts';
import type { Command } from '../command.ts';
import { parseFlags } from '../flags.ts';
import { DAEMON_OPTIONS, DAEMON_USAGE, EXIT_USAGE, socketPath } from './daemon-flags.ts';
import { serversText } from './servers-text.ts';
import { watchDaemon } from './watch-daemon.ts';
import { withDaemon } from './with-daemon.ts';

const USAGE = `Usage: holdfast servers [OPTION...]
       holdfast servers disable SERVER [--cut] [--service SERVICE]
       holdfast servers enable SERVER [--service SERVICE]
       holdfast servers weight SERVER N|reset [--service SERVICE]

Prints the virtual servers of this host: each real server with its state, weight, connections and what
its last check found; and the track_checks that drive virtual routers.

  disable             take SERVER (ADDRESS:PORT) out, whatever its checks say: it gets no new
                      connections, and those that it has end by themselves
  enable              let its checks decide again
  weight              put N (0 to 65535) in place of the configured weight, or the configured one back

Reloads keep these orders, and so does a restart of the checker process; a restart of the daemon does
not.

      --service NAME  only in this virtual server, named as the table does
      --cut           disable: end its connections at once, where the data plane can
  -w, --watch         print the table anew each second until Ctrl-C
${DAEMON_USAGE}
${EXIT_USAGE}`;

const WIDTH_WITHOUT_TERMINAL = 1000;
const WEIGHT_MAX = 65_535;

export const serversCommand: Command = {
  name: 'servers',
  summary: 'print virtual servers and their health; disable, enable or weigh a server',
  usage: USAGE,
  run: async (argv) => {
    const flags = parseFlags(argv, {
      options: {
        ...DAEMON_OPTIONS,
        service: { type: 'string' },
        cut: { type: 'boolean' },
        watch: { type: 'boolean', short: 'w' },
      },
      allowPositionals: true,
    });
    if (!flags.ok) return refuse(flags.message);
    const { values, positionals } = flags;
    if (values.help === true) {
      process.stdout.write(USAGE);
      return 0;
    }
    const path = `${socketPath(values.socket)}.servers`;
    if (positionals.length > 0) {
      const request = readOrder(positionals, values);
      return typeof request === 'string' ? refuse(request) : carryOut(request, path, values.json);
    }
    const print = async (client: ControlClient): Promise<string> => {
      const result = await client.ask({ op: 'servers' }, FIGURES_LIMIT_MS);
      if (values.json === true) return `${JSON.stringify(result)}\n`;
      const width = process.stdout.columns ?? WIDTH_WITHOUT_TERMINAL;
      return serversText(result, { nowMs: Date.now(), width });
    };
    if (values.watch === true) return watchDaemon(path, print);
    return withDaemon('servers', path, async (client) => {
      process.stdout.write(await print(client));
      return 0;
    });
  },
};

function refuse(message: string): number {
  process.stderr.write(`holdfast servers: ${message}\n${USAGE}`);
  return 1;
}

interface OrderFlags {
  readonly service?: string;
  readonly cut?: boolean;
}

function readOrder(
  [action = '', server, weight, surplus]: readonly string[],
  { service, cut }: OrderFlags,
): ServerRequest | string {
  if (!['disable', 'enable', 'weight'].includes(action)) {
    return `'${action}' is none of disable, enable and weight`;
  }
  if (server === undefined) return 'SERVER is missing';
  if (cut === true && action !== 'disable') return '--cut belongs to disable';
  const where = { op: 'server', server, ...(service !== undefined && { service }) } as const;
  if (action === 'weight') {
    if (surplus !== undefined) return `'${surplus}' is one word too many`;
    if (weight === undefined) return 'N or reset is missing';
    if (weight === 'reset') return { ...where, action, weight: null };
    const number = /^\d{1,5}$/.test(weight) ? Number(weight) : Number.NaN;
    if (!(number <= WEIGHT_MAX)) return `'${weight}' is neither 0 to ${WEIGHT_MAX} nor reset`;
    return { ...where, action, weight: number };
  }
  if (weight !== undefined) return `'${weight}' is one word too many`;
  if (action === 'enable') return { ...where, action };
  return { ...where, action: 'disable', connections: cut === true ? 'cut' : 'drain' };
}

function carryOut(
  request: ServerRequest,
  path: string,
  json: boolean | undefined,
): Promise<number> {
  return withDaemon('servers', path, async (client) => {
    const result = await client.ask(request, CHANGE_LIMIT_MS);
    const where = result.services.join(', ');
    const text = `${result.server}: ${saidOf(request)} in ${where}\n`;
    process.stdout.write(json === true ? `${JSON.stringify(result)}\n` : text);
    return 0;
  });
}

function saidOf(request: ServerRequest): string {
  if (request.action === 'disable') return 'disabled';
  if (request.action === 'enable') return 'enabled';
  return request.weight === null ? 'configured weight again' : `weight ${request.weight}`;
}

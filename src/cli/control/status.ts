import type { ControlClient } from '../../api/client.ts';
import { readClusterReport } from '../../api/cluster-report.ts';
import type { Command } from '../command.ts';
import { parseFlags } from '../flags.ts';
import { clusterText } from './cluster-text.ts';
import { DAEMON_OPTIONS, DAEMON_USAGE, EXIT_USAGE, socketPath } from './daemon-flags.ts';
import { statusText } from './status-text.ts';
import { watchDaemon } from './watch-daemon.ts';
import { withDaemon } from './with-daemon.ts';

const USAGE = `Usage: holdfast status [OPTION...]

Prints what the daemon on this host does: for each instance its state, its priority (in force, and as
configured where that differs), the addresses that it holds, who is master, since when and why.
In a pod of a cluster also which Services are behind each address, and what is wrong with them.

  -i, --instance NAME only this one
  -w, --watch         print it anew each second until Ctrl-C
${DAEMON_USAGE}
${EXIT_USAGE}`;

const WIDTH_WITHOUT_TERMINAL = 1000;

export const statusCommand: Command = {
  name: 'status',
  summary: 'print what the daemon does, and why',
  usage: USAGE,
  run: async (argv) => {
    const flags = parseFlags(argv, {
      options: {
        ...DAEMON_OPTIONS,
        instance: { type: 'string', short: 'i' },
        watch: { type: 'boolean', short: 'w' },
      },
    });
    if (!flags.ok) {
      process.stderr.write(`holdfast status: ${flags.message}\n${USAGE}`);
      return 1;
    }
    const { values } = flags;
    if (values.help === true) {
      process.stdout.write(USAGE);
      return 0;
    }
    const path = socketPath(values.socket);
    const ask = (client: ControlClient) =>
      client.ask({
        op: 'status',
        ...(values.instance !== undefined && { instance: values.instance }),
      });
    const render = (status: Awaited<ReturnType<typeof ask>>): string => {
      const cluster = readClusterReport(path, status.pid);
      if (values.json === true)
        return `${JSON.stringify({ ...status, ...(cluster !== undefined && { cluster }) })}\n`;
      const width = process.stdout.columns ?? WIDTH_WITHOUT_TERMINAL;
      const services = cluster === undefined ? '' : clusterText(cluster, status, width);
      return `${statusText(status, { nowMs: Date.now(), width })}${services}`;
    };
    if (values.watch === true)
      return watchDaemon(path, async (client) => render(await ask(client)));
    return withDaemon('status', path, async (client) => {
      process.stdout.write(render(await ask(client)));
      return 0;
    });
  },
};

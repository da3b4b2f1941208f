import { type ControlClient, ControlError, connectControl } from '../../api/client.ts';
import type { Command } from '../command.ts';
import { parseFlags } from '../flags.ts';
import { DAEMON_OPTIONS, DAEMON_USAGE, EXIT_USAGE, socketPath } from './daemon-flags.ts';
import { statusText } from './status-text.ts';
import { describeControlError, withDaemon } from './with-daemon.ts';

const USAGE = `Usage: holdfast status [OPTION...]

Prints what the daemon on this host does: for each instance its state, its priority (in force, and as
configured where that differs), the addresses that it holds, who is master, since when and why.

  -i, --instance NAME only this one
  -w, --watch         print it anew each second until Ctrl-C
${DAEMON_USAGE}
${EXIT_USAGE}`;

const PERIOD_MS = 1000;
const WIDTH_WITHOUT_TERMINAL = 1000;
const CLEAR = '\x1b[H\x1b[2J';

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
    const render = (status: Awaited<ReturnType<typeof ask>>): string =>
      values.json === true
        ? `${JSON.stringify(status)}\n`
        : statusText(status, {
            nowMs: Date.now(),
            width: process.stdout.columns ?? WIDTH_WITHOUT_TERMINAL,
          });
    if (values.watch === true) return watch(path, async (client) => render(await ask(client)));
    return withDaemon('status', path, async (client) => {
      process.stdout.write(render(await ask(client)));
      return 0;
    });
  },
};

/** Goes on through restarts of the daemon. */
async function watch(
  path: string,
  render: (client: ControlClient) => Promise<string>,
): Promise<number> {
  let client: ControlClient | undefined;
  for (;;) {
    let text: string;
    try {
      client ??= await connectControl(path);
      text = await render(client);
    } catch (error) {
      if (!(error instanceof ControlError)) throw error;
      client?.close();
      client = undefined;
      text = `${describeControlError(error, path)}\n`;
    }
    process.stdout.write(`${process.stdout.isTTY ? CLEAR : ''}${text}`);
    await new Promise((resolve) => setTimeout(resolve, PERIOD_MS));
  }
}

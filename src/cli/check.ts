import { checkConfiguration } from '../daemon/check.ts';
import type { Command } from './command.ts';
import { parseFlags } from './flags.ts';
import { KINDS_USAGE, sortRunFiles } from './run-files.ts';

const USAGE = `Usage: holdfast check -f FILE [-f FILE...] [OPTION...]

Reads a keepalived.conf, and the haproxy.cfg that is to run with it, and says, with line and column,
what is wrong and what to write instead. Nothing is changed on this host.

${KINDS_USAGE}
  -f, --config FILE   configuration (default /etc/keepalived/keepalived.conf)
  -i, --config-id ID  for lines that begin with @ID (default: the host's short name)
      --json          one JSON object per diagnostic
  -h, --help          print this text

Exit status: 0 nothing is wrong, 2 or 4 nothing could run, 5 something is wrong, 6 a script could be
changed by others; as keepalived -t has it.
`;

export const checkCommand: Command = {
  name: 'check',
  summary: 'say what is wrong in a keepalived.conf',
  usage: USAGE,
  run: async (argv) => {
    const flags = parseFlags(argv, {
      options: {
        config: { type: 'string', short: 'f', multiple: true },
        'config-id': { type: 'string', short: 'i' },
        json: { type: 'boolean' },
        help: { type: 'boolean', short: 'h' },
      },
    });
    if (!flags.ok) {
      process.stderr.write(`holdfast check: ${flags.message}\n${USAGE}`);
      return 1;
    }
    const { values } = flags;
    if (values.help === true) {
      process.stdout.write(USAGE);
      return 0;
    }
    const files = sortRunFiles(values.config);
    if (!files.ok) {
      process.stderr.write(`holdfast check: ${files.message}\n`);
      return 1;
    }
    const { configFile, proxyFiles } = files;
    return checkConfiguration(
      {
        configFile,
        ...(proxyFiles !== undefined && { proxyFiles }),
        ...(values['config-id'] !== undefined && { configId: values['config-id'] }),
      },
      { format: values.json === true ? 'json' : 'text', summary: 'print' },
    );
  },
};

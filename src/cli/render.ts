import { renderConfiguration } from '../daemon/render.ts';
import type { Command } from './command.ts';
import { parseFlags } from './flags.ts';

const USAGE = `Usage: holdfast render [OPTION...] [FILE]

Prints what FILE (a keepalived.conf, default /etc/keepalived/keepalived.conf) comes to, as a
keepalived.conf of its own: comments are gone, includes, definitions and @ID lines are replaced by
what they stand for, and statements with errors are left out, since they are not in force. What is
wrong with FILE goes to stderr.

      --defaults      state the default of what is not stated
      --show-secrets  print passwords and keys instead of 'redacted'
  -i, --config-id ID  for lines that begin with @ID (default: the host's short name)
  -h, --help          print this text

Exit status: as 'holdfast check' has it.
`;

export const renderCommand: Command = {
  name: 'render',
  summary: 'print what a keepalived.conf comes to',
  usage: USAGE,
  run: async (argv) => {
    const flags = parseFlags(argv, {
      options: {
        defaults: { type: 'boolean' },
        'show-secrets': { type: 'boolean' },
        'config-id': { type: 'string', short: 'i' },
        help: { type: 'boolean', short: 'h' },
      },
      allowPositionals: true,
    });
    const tooMany = flags.ok && flags.positionals.length > 1;
    if (!flags.ok || tooMany) {
      const message = flags.ok ? 'one FILE at a time' : flags.message;
      process.stderr.write(`holdfast render: ${message}\n${USAGE}`);
      return 1;
    }
    const { values, positionals } = flags;
    if (values.help === true) {
      process.stdout.write(USAGE);
      return 0;
    }
    return renderConfiguration(
      {
        configFile: positionals[0] ?? '/etc/keepalived/keepalived.conf',
        ...(values['config-id'] !== undefined && { configId: values['config-id'] }),
      },
      {
        secrets: values['show-secrets'] === true ? 'shown' : 'redacted',
        defaults: values.defaults === true ? 'stated' : 'left-out',
      },
    );
  },
};

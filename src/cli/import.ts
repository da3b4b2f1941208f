import type { Command } from './command.ts';
import { parseFlags } from './flags.ts';
import { loadPlanner } from './plan.ts';

const USAGE = `Usage: holdfast import DIR... [-o FOLDER]

Makes a cluster.yaml of the files that the hosts of a cluster have already. Each DIR is one host, called
by the name of the folder: its keepalived.conf and haproxy.cfg may lie in it, or below it as below /
(etc/keepalived/keepalived.conf). What a cluster.yaml cannot say is named.

  -o, --output FOLDER  write FOLDER/cluster.yaml, and the passwords into FOLDER/secrets.json, so that
                       'holdfast plan FOLDER/cluster.yaml -o FOLDER' goes on with them; without, the
                       cluster.yaml is printed
  -h, --help           print this text

Exit status: 0 done; 1 the files make no cluster.
`;

export const importCommand: Command = {
  name: 'import',
  summary: 'make a cluster.yaml of the files of the hosts',
  usage: USAGE,
  run: async (argv) => {
    const flags = parseFlags(argv, {
      options: {
        output: { type: 'string', short: 'o' },
        help: { type: 'boolean', short: 'h' },
      },
      allowPositionals: true,
    });
    if (flags.ok && flags.values.help === true) {
      process.stdout.write(USAGE);
      return 0;
    }
    if (!flags.ok || flags.positionals.length === 0) {
      const message = flags.ok ? 'a folder for each host is needed' : flags.message;
      process.stderr.write(`holdfast import: ${message}\n${USAGE}`);
      return 1;
    }
    const planner = loadPlanner();
    return planner.importCluster(flags.positionals, flags.values.output);
  },
};

import { runLab } from '../lab/lab-command.ts';
import { parseLabOptions } from '../lab/lab-options.ts';
import type { Command } from './command.ts';
import { simulateScenario } from './simulate-scenario.ts';

const USAGE = `Usage: holdfast lab [OPTION...]

Builds three hosts and a client in network namespaces, starts holdfast on each host, takes the power
from the host that has the VIP, then from the next one, and gives it back. The client probes the VIP
every millisecond; in the end a table tells for how long nobody answered. Needs root on Linux;
elsewhere the same runs on the simulator.

      --config DIR              the keepalived.conf of your hosts instead of the built-in one:
                                DIR/HOST.conf or DIR/HOST/keepalived.conf; or what 'holdfast plan -o DIR'
                                has made, with its proxies, before servers of the lab's own
      --hosts N                 that many hosts instead of three (2 to 18)
      --peer keepalived[=HOST]  the real keepalived on all hosts, or on HOST (may be repeated)
      --keep                    leave the hosts up in the end until Ctrl-C, and say how to enter them
      --json                    one JSON text a line instead of text
  -h, --help                    print this text

The exit code is 0 when every failover happened, and after each exactly one host answered.
`;

export const labCommand: Command = {
  name: 'lab',
  summary: 'watch a VIP survive the failure of its hosts, in network namespaces',
  usage: USAGE,
  run: async (argv) => {
    const parsed = parseLabOptions(argv);
    if (parsed.kind === 'error') {
      process.stderr.write(`holdfast lab: ${parsed.message}\n\n${USAGE}`);
      return 2;
    }
    if (parsed.kind === 'help') {
      process.stdout.write(USAGE);
      return 0;
    }
    return runLab(parsed.options, simulateScenario);
  },
};

import type { Command } from './command.ts';
import { parseFlags } from './flags.ts';
import { loadPlanner } from './plan.ts';

const USAGE = `Usage: holdfast init [FILE] [OPTION...]

Writes a cluster.yaml (FILE, default cluster.yaml) for 'holdfast plan'. What no option says is asked.

      --name NAME            of the cluster
      --purpose WHAT         kubernetes, or tcp
      --deployment HOW       static-pod, compose, docker or systemd
      --vip ADDRESS[/BITS]   the virtual address
      --interface LINK       that carries it
      --host NAME=ADDRESS    a host that holds it and serves; for each one, in the order of preference
      --front-port PORT      where the proxy listens
      --back-port PORT       where the servers listen
  -h, --help                 print this text

Exit status: 0 written; 1 not written.
`;

export const initCommand: Command = {
  name: 'init',
  summary: 'write a cluster.yaml, by asking',
  usage: USAGE,
  run: async (argv) => {
    const flags = parseFlags(argv, {
      options: {
        name: { type: 'string' },
        purpose: { type: 'string' },
        deployment: { type: 'string' },
        vip: { type: 'string' },
        interface: { type: 'string' },
        host: { type: 'string', multiple: true },
        'front-port': { type: 'string' },
        'back-port': { type: 'string' },
        help: { type: 'boolean', short: 'h' },
      },
      allowPositionals: true,
    });
    if (!flags.ok || flags.positionals.length > 1) {
      const message = flags.ok ? 'one FILE at a time' : flags.message;
      process.stderr.write(`holdfast init: ${message}\n${USAGE}`);
      return 1;
    }
    const { values, positionals } = flags;
    if (values.help === true) {
      process.stdout.write(USAGE);
      return 0;
    }
    const given = {
      cluster: values.name,
      purpose: values.purpose,
      deployment: values.deployment,
      vip: values.vip,
      interface: values.interface,
      frontPort: values['front-port'],
      backPort: values['back-port'],
    };
    const planner = loadPlanner();
    return planner.initCluster({
      file: positionals[0] ?? 'cluster.yaml',
      given,
      hosts: values.host ?? [],
    });
  },
};

import type { Command } from './command.ts';
import { socketPath } from './control/daemon-flags.ts';
import { LISTEN_SECONDS, readListenSeconds } from './doctor/listen-seconds.ts';
import { loadDoctor } from './doctor.ts';
import { parseFlags } from './flags.ts';
import { sortRunFiles } from './run-files.ts';

const USAGE = `Usage: holdfast support-bundle [-f FILE]... [OPTION...]

Writes one archive (tar.gz) of what helps to find out what happened, to attach to a report: the
configuration as it is in force, what the daemon says (status, events, why), what the doctor finds,
logs, what of the kernel is ours, and versions. manifest.json in it lists the files with their sums, and
what was left out and why. Passwords, keys and what looks like them are taken out, in every file;
comments of a haproxy.cfg too. Addresses and names of hosts and scripts stay: look before you send it.

  -f, --config FILE   configuration (default /etc/keepalived/keepalived.conf), and each haproxy.cfg
  -i, --config-id ID  for lines that begin with @ID (default: the host's short name)
  -o, --output FILE   where to write (default holdfast-support-HOST-TIME.tar.gz here); never over a file
  -s, --socket PATH   control socket of the daemon (default as 'holdfast status' has it)
      --record FILE   a recording of the flight recorder, its last 4 MiB
      --log FILE      a file of logs, its last 4 MiB; may be repeated (the journal goes along by itself)
      --listen SECONDS
                      how long the doctor listens for others (default 3; 0: not at all)
  -h, --help          print this text

Exit status: 0 written, 1 not written, 2 the command line is wrong.
`;

export const supportBundleCommand: Command = {
  name: 'support-bundle',
  summary: 'write an archive for a report, without secrets',
  usage: USAGE,
  run: async (argv) => {
    const flags = parseFlags(argv, {
      options: {
        config: { type: 'string', short: 'f', multiple: true },
        'config-id': { type: 'string', short: 'i' },
        output: { type: 'string', short: 'o' },
        socket: { type: 'string', short: 's' },
        record: { type: 'string' },
        log: { type: 'string', multiple: true, default: [] },
        listen: { type: 'string', default: LISTEN_SECONDS },
        help: { type: 'boolean', short: 'h' },
      },
    });
    if (!flags.ok) return refuse(flags.message);
    const { values } = flags;
    if (values.help === true) {
      process.stdout.write(USAGE);
      return 0;
    }
    const seconds = readListenSeconds(values.listen);
    if (typeof seconds === 'string') return refuse(seconds);
    const files = sortRunFiles(values.config);
    if (!files.ok) return refuse(files.message);
    const { configFile, proxyFiles } = files;
    return loadDoctor().runBundle({
      configFile,
      ...(proxyFiles !== undefined && { proxyFiles }),
      ...(values['config-id'] !== undefined && { configId: values['config-id'] }),
      ...(values.output !== undefined && { output: values.output }),
      ...(values.record !== undefined && { recording: values.record }),
      socket: socketPath(values.socket),
      logs: values.log,
      listenSeconds: seconds,
    });
  },
};

function refuse(message: string): number {
  process.stderr.write(`holdfast support-bundle: ${message}\n`);
  return 2;
}

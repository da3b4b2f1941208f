import type { DaemonRequest } from '../daemon/options.ts';
import { startDaemon } from '../daemon/start.ts';
import type { Command } from './command.ts';
import { parseFlags } from './flags.ts';
import { recordOptions } from './record-options.ts';
import { KINDS_USAGE, sortRunFiles } from './run-files.ts';
import { RUN_FLAGS } from './run-flags.ts';

const USAGE = `Usage: holdfast run -f FILE [-f FILE...] [OPTION...]

Holds the virtual IP addresses that a keepalived.conf describes and, where a haproxy.cfg is given as
well, balances connections as that says, in a process beside. Stays in the foreground and logs to
stderr. Stop it with SIGTERM, have it read all files again with SIGHUP.

${KINDS_USAGE}
  -f, --config FILE       configuration (default /etc/keepalived/keepalived.conf)
  -i, --config-id ID      for lines that begin with @ID (default: the host's short name)
  -p, --pid FILE          pid file (default /run/holdfast.pid)
  -D, --detail            log more
      --log-format FORMAT text (default) or json
      --syslog            log to syslog or journald as well
      --namespace NAME    run in the network namespace NAME
      --record FILE       write down what the engine is told, for 'holdfast replay'; no secrets
      --record-limit SIZE how large FILE may become (default 256M)
  -h, --help              print this text
`;

export const runCommand: Command = {
  name: 'run',
  summary: 'hold the VIPs of a keepalived.conf, in the foreground',
  usage: USAGE,
  run: async (argv) => {
    const flags = parseFlags(argv, RUN_FLAGS);
    if (!flags.ok) {
      process.stderr.write(`holdfast run: ${flags.message}\n${USAGE}`);
      return 1;
    }
    const { values } = flags;
    if (values.help === true) {
      process.stdout.write(USAGE);
      return 0;
    }
    const format = values['log-format'] ?? 'text';
    if (format !== 'text' && format !== 'json') {
      process.stderr.write(`holdfast run: --log-format is text or json, not '${format}'\n`);
      return 1;
    }
    const record = recordOptions(values.record, values['record-limit']);
    if (typeof record === 'string') {
      process.stderr.write(`holdfast run: ${record}\n`);
      return 1;
    }
    const files = sortRunFiles(values.config);
    if (!files.ok) {
      process.stderr.write(`holdfast run: ${files.message}\n`);
      return 1;
    }
    const { configFile, proxyFiles } = files;
    const options: DaemonRequest = {
      programName: 'holdfast',
      configFile,
      mode: 'foreground',
      logTo: values.syslog === true ? ['stderr', 'syslog'] : ['stderr'],
      logFormat: format,
      verbosity: values.detail === true ? 'detail' : 'normal',
      logFacility: 'daemon',
      pidFiles: [values.pid ?? { owner: 'holdfast' }],
      atStop: 'release',
      dumpConfiguration: 'no',
      onInterrupt: 'stop',
      ...(proxyFiles !== undefined && { proxyFiles }),
      ...(values['config-id'] !== undefined && { configId: values['config-id'] }),
      ...(values.namespace !== undefined && { networkNamespace: values.namespace }),
      ...record,
    };
    return startDaemon(options);
  },
};

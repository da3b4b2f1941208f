/** keepalived's own command line: `keepalived -n --all -d -D -f FILE --log-console`. */
import { checkConfiguration } from '../daemon/check.ts';
import type { DaemonOptions, LogFacility } from '../daemon/options.ts';
import { startDaemon } from '../daemon/start.ts';
import { VERSION } from '../daemon/version.ts';
import type { Command } from './command.ts';
import {
  type KeepalivedOption,
  keepalivedUsage,
  type ParsedOptions,
  parseKeepalivedOptions,
} from './keepalived-options.ts';
import { recordOptions } from './record-options.ts';

const DEFAULT_FILE = '/etc/keepalived/keepalived.conf';
const LOCAL = [
  'local0',
  'local1',
  'local2',
  'local3',
  'local4',
  'local5',
  'local6',
  'local7',
] as const;
/** `-S 3` is local3. */
const FACILITIES: ReadonlyMap<string, LogFacility> = new Map<string, LogFacility>([
  ['user', 'user'],
  ['daemon', 'daemon'],
  ...LOCAL.map((name) => [name, name] as const),
  ...LOCAL.map((name, number) => [String(number), name] as const),
]);

/** Numbers that keepalived's children use, for scripts that ask (`--signum`). */
const SIGNAL_NUMBERS: ReadonlyMap<string, number> = new Map([
  ['STOP', 15],
  ['RELOAD', 1],
  ['DATA', 10],
  ['STATS', 12],
  ['JSON', 36],
  ['STATS_CLEAR', 63],
  ['TDUMP', 64],
]);

/** Options that ask for a part that holdfast does not have; said, not passed over. */
const WITHOUT_EFFECT: readonly KeepalivedOption[] = [
  'snmp',
  'snmp-agent-socket',
  'check',
  'genhash',
];

export const keepalivedCommand: Command = {
  name: 'keepalived',
  summary: "run with keepalived's own options (also when called by that name)",
  usage: keepalivedUsage('holdfast keepalived'),
  run: (argv) => runAsKeepalived('holdfast', argv),
};

export async function runAsKeepalived(program: string, argv: readonly string[]): Promise<number> {
  const parsed = parseKeepalivedOptions(argv);
  if (!parsed.ok) {
    process.stderr.write(`${program}: ${parsed.message}\n${keepalivedUsage(program)}`);
    return 1;
  }
  const { options } = parsed;
  const has = (id: KeepalivedOption): boolean => options.given.has(id);
  const value = (id: KeepalivedOption): string | undefined => options.given.get(id)?.at(-1);
  if (has('help')) {
    process.stdout.write(keepalivedUsage(program));
    return 0;
  }
  if (has('version')) {
    process.stderr.write(`holdfast v${VERSION}, in place of Keepalived v2.4\n`);
    return 0;
  }
  const signal = value('signum');
  if (signal !== undefined) {
    const number = SIGNAL_NUMBERS.get(signal);
    if (number === undefined) {
      process.stderr.write(`Unknown signal: ${signal}\n`);
      return 1;
    }
    process.stdout.write(`${number}\n`);
    return 0;
  }
  const daemon = daemonOptions(program, options);
  if (typeof daemon === 'string') {
    process.stderr.write(`${program}: ${daemon}\n`);
    return 1;
  }
  const test = value('config-test');
  if (test !== undefined) return checkConfiguration(daemon, { reportFile: test });
  for (const id of WITHOUT_EFFECT) {
    if (has(id)) process.stderr.write(`${program}: --${id} has no effect in holdfast yet\n`);
  }
  return startDaemon(daemon);
}

function daemonOptions(program: string, { given }: ParsedOptions): DaemonOptions | string {
  const has = (id: KeepalivedOption): boolean => given.has(id);
  const value = (id: KeepalivedOption): string | undefined => given.get(id)?.at(-1);
  const facility = FACILITIES.get(value('log-facility') ?? 'daemon');
  if (facility === undefined) return `unknown syslog facility '${value('log-facility')}'`;
  const mask = value('umask');
  if (mask !== undefined && !/^[0-7]{1,4}$/.test(mask)) return `umask '${mask}' is not octal`;
  const format = value('log-format') ?? 'text';
  if (format !== 'text' && format !== 'json')
    return `--log-format is text or json, not '${format}'`;
  const logTo: DaemonOptions['logTo'] = [
    ...(has('log-console') ? (['stderr'] as const) : []),
    ...(has('no-syslog') ? [] : (['syslog'] as const)),
  ];
  const record = recordOptions(value('record'), value('record-limit'));
  if (typeof record === 'string') return record;
  const configId = value('config-id');
  const namespace = value('namespace');
  return {
    programName: program,
    configFile: value('use-file') ?? DEFAULT_FILE,
    mode: has('dont-fork') ? 'foreground' : 'background',
    logTo,
    logFormat: format,
    verbosity: has('log-detail') ? 'detail' : 'normal',
    logFacility: facility,
    pidFiles: [value('pid') ?? '/run/keepalived.pid', value('vrrp_pid') ?? '/run/vrrp.pid'],
    atStop: has('dont-release-vrrp') ? 'keep' : 'release',
    dumpConfiguration: has('dump-conf') ? 'at-start' : 'no',
    onInterrupt: has('ignore-sigint') ? 'ignore' : 'stop',
    ...(configId !== undefined && { configId }),
    ...(namespace !== undefined && { networkNamespace: namespace }),
    ...(mask !== undefined && { umask: Number.parseInt(mask, 8) }),
    ...record,
  };
}

/** keepalived's own command line: `keepalived -n --all -d -D -f FILE --log-console`. */
import { checkConfiguration } from '../daemon/check.ts';
import type { DaemonRequest, LogFacility } from '../daemon/options.ts';
import { startDaemon } from '../daemon/start.ts';
import { VERSION } from '../daemon/version.ts';
import type { Command } from './command.ts';
import { runGenhash } from './genhash.ts';
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

/** Options that ask for a part that holdfast does not have, and what is lost with it. */
const WITHOUT_EFFECT: readonly (readonly [KeepalivedOption, string])[] = [
  ['snmp', 'holdfast does not speak SNMP; its metrics are served over HTTP (metrics_listen)'],
  ['snmp-agent-socket', 'holdfast does not speak SNMP'],
];

/** As keepalived -t ends for a configuration with errors. */
const CONFIG_ERROR = 5;
const DEFAULT_LOG_FILE = '/tmp/keepalived.log';

export const keepalivedCommand: Command = {
  name: 'keepalived',
  summary: "run with keepalived's own options (also when called by that name)",
  usage: keepalivedUsage('holdfast keepalived'),
  run: (argv) => runAsKeepalived('holdfast', argv),
};

export async function runAsKeepalived(program: string, argv: readonly string[]): Promise<number> {
  const [first = '', ...rest] = argv;
  // Also abbreviated, as keepalived's option reader has it.
  if (first === '-T' || (first.length > 3 && '--genhash'.startsWith(first)))
    return runGenhash(rest);
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
  if (has('genhash')) {
    process.stderr.write(`${program}: -T must be the first option\n`);
    return 1;
  }
  const signal = value('signum');
  if (signal !== undefined) {
    const number = SIGNAL_NUMBERS.get(signal);
    if (number === undefined) {
      process.stderr.write(`Unknown sigfunc ${signal}\n`);
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
  if (test !== undefined) {
    for (const text of daemon.complaints ?? []) process.stderr.write(`${program}: ${text}\n`);
    const code = await checkConfiguration(daemon, { reportFile: test });
    return code === 0 && !FACILITIES.has(value('log-facility') ?? 'daemon') ? CONFIG_ERROR : code;
  }
  return startDaemon(daemon);
}

/** What is wrong with a value is said, and does not keep the daemon from starting: nor does keepalived. */
function daemonOptions(
  program: string,
  { given, unexpected }: ParsedOptions,
): DaemonRequest | string {
  const has = (id: KeepalivedOption): boolean => given.has(id);
  const value = (id: KeepalivedOption): string | undefined => given.get(id)?.at(-1);
  const format = value('log-format') ?? 'text';
  if (format !== 'text' && format !== 'json')
    return `--log-format is text or json, not '${format}'`;
  const record = recordOptions(value('record'), value('record-limit'));
  if (typeof record === 'string') return record;
  const facility = FACILITIES.get(value('log-facility') ?? 'daemon');
  const mask = readMask(value('umask'));
  const complaints = [
    ...(unexpected.length > 0 ? [`unexpected arguments: ${unexpected.join(' ')}`] : []),
    ...(facility === undefined ? [`unknown syslog facility '${value('log-facility')}'`] : []),
    ...(mask === 'invalid' ? [`'${value('umask')}' is no umask, which is octal`] : []),
    ...WITHOUT_EFFECT.filter(([id]) => has(id)).map(([id, lost]) => `--${id}: ${lost}`),
  ];
  const logTo: DaemonRequest['logTo'] = [
    ...(has('log-console') ? (['stderr'] as const) : []),
    ...(has('no-syslog') ? [] : (['syslog'] as const)),
  ];
  // Another daemon may have been started for the virtual routers.
  const vrrp = has('check') && !has('vrrp') && !has('all') ? 'off' : undefined;
  const checkers = has('vrrp') && !has('check') && !has('all') ? 'off' : undefined;
  const logFile = value('log-file');
  const configId = value('config-id');
  const namespace = value('namespace');
  const pattern = value('core-dump-pattern');
  return {
    programName: program,
    configFile: value('use-file') ?? DEFAULT_FILE,
    mode: has('dont-fork') ? 'foreground' : 'background',
    logTo,
    logFormat: format,
    verbosity: has('log-detail') ? 'detail' : 'normal',
    logFacility: facility ?? 'daemon',
    pidFiles: [
      value('pid') ?? { owner: 'keepalived' },
      ...(vrrp === 'off' ? [] : [value('vrrp_pid') ?? ({ owner: 'vrrp' } as const)]),
    ],
    atStop: has('dont-release-vrrp') ? 'keep' : 'release',
    dumpConfiguration: has('dump-conf') ? 'at-start' : 'no',
    onInterrupt: has('ignore-sigint') ? 'ignore' : 'stop',
    complaints,
    ...(vrrp === 'off' && { vrrp }),
    ...(checkers === 'off' && { checkers }),
    ...(has('dont-release-ipvs') && { balancingAtStop: 'keep' as const }),
    ...(has('all-config') && { includes: 'all' as const }),
    ...(has('address-monitoring') && { addressNews: 'logged' as const }),
    ...(logFile !== undefined && { logFile: logFile === '' ? DEFAULT_LOG_FILE : logFile }),
    ...((has('core-dump') || pattern !== undefined) && {
      coreDumps: pattern === undefined ? {} : { pattern: pattern === '' ? 'core' : pattern },
    }),
    ...(configId !== undefined && { configId }),
    ...(namespace !== undefined && { networkNamespace: namespace }),
    ...(mask !== undefined && mask !== 'invalid' && { umask: mask }),
    ...record,
  };
}

/** In the manner of strtoul: octal behind 0, hexadecimal behind 0x, decimal otherwise. */
function readMask(text: string | undefined): number | 'invalid' | undefined {
  if (text === undefined) return undefined;
  const isNumber = /^(0x[0-9a-f]+|0[0-7]*|[1-9]\d*)$/i.test(text);
  const number = /^0[0-7]+$/.test(text) ? Number.parseInt(text, 8) : Number(text);
  return isNumber && number <= 0o777 ? number : 'invalid';
}

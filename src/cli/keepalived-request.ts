/** What keepalived's options ask for; without the daemon itself, which takes longer to load. */
import type { DaemonRequest, LogFacility } from '../daemon/options.ts';
import { DEFAULT_FILE } from './default-file.ts';
import type { KeepalivedOption, ParsedOptions } from './keepalived-options.ts';
import { recordOptions } from './record-options.ts';

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
export const FACILITIES: ReadonlyMap<string, LogFacility> = new Map<string, LogFacility>([
  ['user', 'user'],
  ['daemon', 'daemon'],
  ...LOCAL.map((name) => [name, name] as const),
  ...LOCAL.map((name, number) => [String(number), name] as const),
]);

/** Options that ask for a part that holdfast does not have, and what is lost with it. */
const WITHOUT_EFFECT: readonly (readonly [KeepalivedOption, string])[] = [
  ['snmp', 'holdfast does not speak SNMP; its metrics are served over HTTP (metrics_listen)'],
  ['snmp-agent-socket', 'holdfast does not speak SNMP'],
];

const DEFAULT_LOG_FILE = '/tmp/keepalived.log';

/** What is wrong with a value is said, and does not keep the daemon from starting: nor does keepalived. */
export function keepalivedRequest(
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

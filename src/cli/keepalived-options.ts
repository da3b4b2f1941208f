/** keepalived's command line (2.4), as a table. */
import { type OptionRow, type OptionsResult, type ReadOptions, readOptions } from './getopt.ts';

interface KeepalivedRow extends OptionRow<KeepalivedOption> {
  readonly placeholder?: string;
  readonly help: string;
}

export type KeepalivedOption = (typeof OPTION_IDS)[number];

const OPTION_IDS = [
  'use-file',
  'vrrp',
  'check',
  'no_bfd',
  'all',
  'log-console',
  'log-detail',
  'log-facility',
  'log-file',
  'flush-log-file',
  'no-syslog',
  'umask',
  'release-vips',
  'dont-release-vrrp',
  'dont-release-ipvs',
  'dont-respawn',
  'dont-fork',
  'dump-conf',
  'pid',
  'vrrp_pid',
  'checkers_pid',
  'bfd_pid',
  'genhash',
  'address-monitoring',
  'snmp',
  'snmp-agent-socket',
  'namespace',
  'core-dump',
  'core-dump-pattern',
  'all-config',
  'config-id',
  'ignore-sigint',
  'signum',
  'config-test',
  'config-fd',
  'perf',
  'debug',
  'no-mem-check',
  'openssl-mem-check',
  'log-format',
  'record',
  'record-limit',
  'version',
  'help',
] as const;

export const KEEPALIVED_OPTIONS: readonly KeepalivedRow[] = [
  row('use-file', 'f', 'required', 'Use the specified configuration file', 'FILE'),
  row('vrrp', 'P', 'none', 'Only run with VRRP subsystem'),
  row('check', 'C', 'none', 'Only run with health-checker subsystem: no virtual router is run'),
  row('no_bfd', 'B', 'none', "Don't run BFD subsystem"),
  row('all', undefined, 'none', 'Run all subsystems, even if they have nothing to do'),
  row('log-console', 'l', 'none', 'Log messages to the console too'),
  row('log-detail', 'D', 'none', 'Detailed log messages'),
  row(
    'log-facility',
    'S',
    'required',
    'Syslog facility: 0-7, local0-local7, user, daemon',
    'FACILITY',
  ),
  row('log-file', 'g', 'optional', 'Also log to FILE (default /tmp/keepalived.log)', 'FILE'),
  row('flush-log-file', undefined, 'none', 'Flush the log file on each write'),
  row('no-syslog', 'G', 'none', "Don't log via syslog"),
  row('umask', 'u', 'required', 'umask for file creation, 022 or 0x12', 'MASK'),
  row('release-vips', 'X', 'none', 'Drop VIP on transition from signal (always so)'),
  row('dont-release-vrrp', 'V', 'none', "Don't remove VRRP VIPs on daemon stop"),
  row('dont-release-ipvs', 'I', 'none', "Don't remove IPVS topology on daemon stop"),
  row('dont-respawn', 'R', 'none', "Don't respawn child processes"),
  row('dont-fork', 'n', 'none', "Don't fork the daemon process"),
  row('dump-conf', 'd', 'none', 'Dump the configuration data to the log'),
  row('pid', 'p', 'required', 'Pid file of the daemon', 'FILE'),
  row('vrrp_pid', 'r', 'required', 'Pid file of the VRRP process', 'FILE'),
  row('checkers_pid', 'c', 'required', 'Pid file of the checker process', 'FILE'),
  row('bfd_pid', 'b', 'required', 'Pid file of the BFD process', 'FILE'),
  row('genhash', 'T', 'none', 'Become genhash; the first option'),
  row('address-monitoring', 'a', 'none', 'Report all address additions and deletions'),
  row('snmp', 'x', 'none', 'Enable SNMP (not built into holdfast)'),
  row('snmp-agent-socket', 'A', 'required', 'SNMP agent socket', 'SOCKET'),
  row('namespace', 's', 'required', 'Run in the network namespace NAME', 'NAME'),
  row('core-dump', 'm', 'none', 'Produce a core dump on abnormal end'),
  row('core-dump-pattern', 'M', 'optional', 'Pattern of core dump files', 'PATTERN'),
  row('all-config', 'e', 'none', 'Apply all checks to included files'),
  row('config-id', 'i', 'required', 'Skip lines that begin with @ and another id', 'ID'),
  row('ignore-sigint', undefined, 'none', 'Ignore SIGINT'),
  row(
    'signum',
    undefined,
    'required',
    'Print the number of a signal: STOP RELOAD DATA STATS STATS_CLEAR JSON TDUMP',
    'NAME',
  ),
  row('config-test', 't', 'optional', 'Check the configuration and exit; report to FILE', 'FILE'),
  row('config-fd', undefined, 'required', 'Internal to keepalived; ignored', 'FD'),
  row('perf', undefined, 'optional', 'Debug builds of keepalived only; ignored', 'WHEN'),
  row('debug', undefined, 'optional', 'Debug builds of keepalived only; ignored', 'OPTIONS'),
  row('no-mem-check', undefined, 'none', 'Debug builds of keepalived only; ignored'),
  row('openssl-mem-check', 'L', 'none', 'Debug builds of keepalived only; ignored'),
  row('log-format', undefined, 'required', 'Console log as text or json (holdfast)', 'FORMAT'),
  row('record', undefined, 'required', 'Record for holdfast replay (holdfast)', 'FILE'),
  row('record-limit', undefined, 'required', 'Largest recording, such as 256M (holdfast)', 'SIZE'),
  row('version', 'v', 'none', 'Print the version'),
  row('help', 'h', 'none', 'Print this text'),
];

function row(
  id: KeepalivedOption,
  short: string | undefined,
  argument: KeepalivedRow['argument'],
  help: string,
  placeholder?: string,
): KeepalivedRow {
  return {
    id,
    long: id,
    argument,
    help,
    ...(short !== undefined && { short }),
    ...(placeholder !== undefined && { placeholder }),
  };
}

export type ParsedOptions = ReadOptions<KeepalivedOption>;

/** Ours alone, so never what an abbreviation of keepalived's means. */
const OWN_OPTIONS: ReadonlySet<KeepalivedOption> = new Set(['record', 'record-limit']);

export function parseKeepalivedOptions(argv: readonly string[]): OptionsResult<KeepalivedOption> {
  return readOptions(KEEPALIVED_OPTIONS, argv, OWN_OPTIONS);
}

export function keepalivedUsage(program: string): string {
  const lines = KEEPALIVED_OPTIONS.map(({ short, long, argument, placeholder, help }) => {
    const value =
      argument === 'none' ? '' : argument === 'required' ? `=${placeholder}` : `[=${placeholder}]`;
    const names = `${short === undefined ? '    ' : `-${short}, `}--${long}${value}`;
    return `  ${names.padEnd(34)} ${help}`;
  });
  return `Usage: ${program} [OPTION...]\n\n${lines.join('\n')}\n`;
}

import type { SyslogFacility } from '../linux/syslog.ts';
import type { DaemonIdentity, PidFileOwner } from './instance-names.ts';
import type { KubernetesSettings } from './kubernetes/settings.ts';
import type { RecordOptions } from './recorder/open-recorder.ts';

export type LogFacility = SyslogFacility;

/** How one daemon is to run; front ends (command lines, environment) make it. */
export interface DaemonRequest {
  /** Name in logs and as the process is called. */
  readonly programName: string;
  readonly configFile: string;
  readonly mode: 'foreground' | 'background';
  /** `stderr` is keepalived's --log-console. */
  readonly logTo: readonly ('stderr' | 'syslog')[];
  /** Lines are appended there as well. */
  readonly logFile?: string;
  readonly logFormat: 'text' | 'json';
  /** What is said of an instance begins as with keepalived 1.2; absent: as with 2.x. */
  readonly logWording?: 'keepalived-1.2';
  readonly verbosity: 'normal' | 'detail';
  readonly logFacility: LogFacility;
  /**
   * The first is locked for as long as the process lives; the others are copies. An owner stands for
   * the path that the configuration gives it.
   */
  readonly pidFiles: readonly (string | { readonly owner: PidFileOwner })[];
  /** `-V`: addresses stay when the daemon stops. */
  readonly atStop: 'release' | 'keep';
  /** For lines that begin with `@id`; the host's short name where absent. */
  readonly configId?: string;
  /** `-s`: goes before what the configuration says. */
  readonly networkNamespace?: string;
  /** haproxy.cfg and folders of such, as absolute paths: the proxy runs as a child (docs/proxy.md). */
  readonly proxyFiles?: readonly string[];
  /** The configuration is written by a child, from what a cluster says (docs/kubernetes.md). */
  readonly kubernetes?: KubernetesSettings;
  /** `-e`: whatever an include does not find is an error. */
  readonly includes?: 'all';
  /** `off`: no virtual router is run, whatever the configuration says. */
  readonly vrrp?: 'off';
  /** `off`: nothing is checked or balanced (`-P`). */
  readonly checkers?: 'off';
  /** `-I`: what the kernel balances stays when the daemon stops. */
  readonly balancingAtStop?: 'keep';
  /** `-a`: every address that comes or goes on this host is logged. */
  readonly addressNews?: 'logged';
  /** `-m`; with `pattern` the host's core_pattern is that for as long as the daemon runs. */
  readonly coreDumps?: { readonly pattern?: string };
  /** What was wrong with the command line without being a reason not to start. */
  readonly complaints?: readonly string[];
  /** `-d`. */
  readonly dumpConfiguration: 'no' | 'at-start';
  readonly onInterrupt: 'stop' | 'ignore';
  readonly umask?: number;
  /** Where what the engine is told is written down (docs/flight-recorder.md). */
  readonly record?: RecordOptions;
}

/** The same once the configuration has been read. */
export interface DaemonOptions extends DaemonRequest {
  readonly pidFiles: readonly string[];
  /** Fixed for as long as the process lives. */
  readonly identity: DaemonIdentity;
  /** The host's core_pattern before this daemon changed it. */
  readonly patternBefore?: string;
}

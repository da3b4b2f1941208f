import type { SyslogFacility } from '../linux/syslog.ts';
import type { RecordOptions } from './recorder/open-recorder.ts';

export type LogFacility = SyslogFacility;

/** How one daemon is to run; front ends (command lines, environment) make it. */
export interface DaemonOptions {
  /** Name in logs and as the process is called. */
  readonly programName: string;
  readonly configFile: string;
  readonly mode: 'foreground' | 'background';
  /** `stderr` is keepalived's --log-console. */
  readonly logTo: readonly ('stderr' | 'syslog')[];
  readonly logFormat: 'text' | 'json';
  readonly verbosity: 'normal' | 'detail';
  readonly logFacility: LogFacility;
  /** The first is locked for as long as the process lives; the others are copies. */
  readonly pidFiles: readonly string[];
  /** `-V`: addresses stay when the daemon stops. */
  readonly atStop: 'release' | 'keep';
  /** For lines that begin with `@id`; the host's short name where absent. */
  readonly configId?: string;
  readonly networkNamespace?: string;
  /** `-d`. */
  readonly dumpConfiguration: 'no' | 'at-start';
  readonly onInterrupt: 'stop' | 'ignore';
  readonly umask?: number;
  /** Where what the engine is told is written down (docs/flight-recorder.md). */
  readonly record?: RecordOptions;
}

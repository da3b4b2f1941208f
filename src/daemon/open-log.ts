import { openSystemLog } from '../linux/system-log.ts';
import type { Clock } from '../ports/clock.ts';
import type { LogSink } from '../ports/log.ts';
import { createLogger, createStderrSink } from './logger.ts';
import type { DaemonOptions } from './options.ts';

/** The log as the options want it: stderr, and journald or syslog, whichever the host has. */
export function openLog(options: DaemonOptions, clock: Clock): LogSink {
  const sinks: LogSink[] = [];
  const { logFormat: format, programName: ident } = options;
  if (options.logTo.includes('stderr')) {
    sinks.push(createStderrSink({ format, ident, wallMs: () => clock.wallMs() }));
  }
  if (options.logTo.includes('syslog')) {
    sinks.push(openSystemLog({ ident, facility: options.logFacility }));
  }
  return createLogger(sinks);
}

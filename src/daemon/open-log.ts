import { existsSync } from 'node:fs';
import { createJournalSink, journalPath } from '../linux/journal.ts';
import { createSyslogSink } from '../linux/syslog.ts';
import type { Clock } from '../ports/clock.ts';
import type { LogSink } from '../ports/log.ts';
import { createLogger, createStderrSink } from './logger.ts';
import type { DaemonOptions } from './options.ts';

/** The log as the options want it: stderr, and journald where the host has it or else syslog. */
export function openLog(options: DaemonOptions, clock: Clock): LogSink {
  const sinks: LogSink[] = [];
  const { logFormat: format, programName: ident, logFacility: facility } = options;
  const wallMs = (): number => clock.wallMs();
  if (options.logTo.includes('stderr')) sinks.push(createStderrSink({ format, ident, wallMs }));
  if (options.logTo.includes('syslog')) {
    sinks.push(
      existsSync(journalPath)
        ? createJournalSink({ ident })
        : createSyslogSink({ ident, facility, wallMs }),
    );
  }
  return createLogger(sinks);
}

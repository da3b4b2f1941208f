import { constants, existsSync, openSync } from 'node:fs';
import { join, parse } from 'node:path';
import { createJournalSink, journalPath } from '../linux/journal.ts';
import { createSyslogSink } from '../linux/syslog.ts';
import type { Clock } from '../ports/clock.ts';
import type { LogSink } from '../ports/log.ts';
import { type DaemonIdentity, logSuffix } from './instance-names.ts';
import { createFileSink, createLogger, createStderrSink } from './logger.ts';
import type { DaemonRequest } from './options.ts';

/** The log as the options want it: stderr, a file, and journald where the host has it or else syslog. */
export function openLog(
  options: DaemonRequest,
  clock: Clock,
  identity: DaemonIdentity = {},
): LogSink {
  const sinks: LogSink[] = [];
  const { logFormat: format, logFacility: facility } = options;
  const suffix = logSuffix(identity);
  const ident = options.programName + suffix;
  const wallMs = (): number => clock.wallMs();
  if (options.logTo.includes('stderr')) sinks.push(createStderrSink({ format, ident, wallMs }));
  const file = options.logFile === undefined ? undefined : openLogFile(options.logFile, suffix);
  if (typeof file === 'number') sinks.push(createFileSink(file, { format, ident, wallMs }));
  if (options.logTo.includes('syslog')) {
    sinks.push(
      existsSync(journalPath)
        ? createJournalSink({ ident })
        : createSyslogSink({ ident, facility, wallMs }),
    );
  }
  const plain = createLogger(sinks);
  const log = options.logWording === undefined ? plain : oldWording(plain);
  if (typeof file === 'string') log.write({ level: 'warning', text: `no log file: ${file}` });
  return log;
}

/** `VRRP_Instance(VI_1) Entering BACKUP STATE`, which 2.x shortens. */
function oldWording(log: LogSink): LogSink {
  return {
    ...log,
    write: (record) =>
      log.write({ ...record, text: record.text.replace(/^\((?=\S+\) )/, 'VRRP_Instance(') }),
  };
}

/** Each daemon of a host has a log file of its own. A descriptor, or why there is none. */
function openLogFile(path: string, suffix: string): number | string {
  const { dir, name, ext } = parse(path);
  const { O_WRONLY, O_APPEND, O_CREAT, O_NOFOLLOW } = constants;
  try {
    // Beside others in /tmp: nobody's link is followed.
    const flags = O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW;
    return openSync(join(dir, `${name}${suffix}${ext}`), flags, 0o600);
  } catch (error) {
    return (error as Error).message;
  }
}

import type { LogLevel, LogRecord, LogSink } from '../ports/log.ts';
import { openDatagramLog } from './datagram-log.ts';

/** RFC 5424 table 2. */
export const severities: Readonly<Record<LogLevel, number>> = {
  error: 3,
  warning: 4,
  notice: 5,
  info: 6,
  debug: 7,
};

/** RFC 5424 table 1, under the names of syslog.conf. */
const facilities = {
  user: 1,
  daemon: 3,
  local0: 16,
  local1: 17,
  local2: 18,
  local3: 19,
  local4: 20,
  local5: 21,
  local6: 22,
  local7: 23,
} as const;

export type SyslogFacility = keyof typeof facilities;

const shortBytes = 1024;
const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

export interface SyslogOptions {
  /** Program name in front of each line. */
  readonly ident: string;
  readonly facility: SyslogFacility;
  readonly path?: string;
  /** Milliseconds since 1970. */
  readonly wallMs: () => number;
}

/** The local syslog, in the form of RFC 3164 §4 without a host name, as C libraries send it. */
export function createSyslogSink(options: SyslogOptions): LogSink {
  const { ident, facility, wallMs } = options;
  const encoder = new TextEncoder();
  const encode = (level: LogLevel, text: string): Uint8Array => {
    const priority = facilities[facility] * 8 + severities[level];
    const line = text.replaceAll(/[\0\n\r]/g, ' ');
    const time = formatTime(new Date(wallMs()));
    return encoder.encode(`<${priority}>${time} ${ident}[${process.pid}]: ${line}`);
  };
  const log = openDatagramLog({
    path: options.path ?? '/dev/log',
    shorten: (datagram) => datagram.subarray(0, shortBytes),
    reportLost: (count) => encode('warning', `${count} log messages were lost`),
  });
  return {
    write: ({ level, text }: LogRecord) => log.send(encode(level, text)),
    close: log.close,
  };
}

/** `Mmm dd hh:mm:ss` in local time, the day padded with a space. */
export function formatTime(date: Date): string {
  const two = (value: number) => String(value).padStart(2, '0');
  const clock = [date.getHours(), date.getMinutes(), date.getSeconds()].map(two).join(':');
  return `${months[date.getMonth()]} ${String(date.getDate()).padStart(2, ' ')} ${clock}`;
}

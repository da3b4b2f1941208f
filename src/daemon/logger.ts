/** Where log lines go: stderr as text or JSON, and any sinks besides. */
import { writeSync } from 'node:fs';
import type { LogRecord, LogSink } from '../ports/log.ts';

export interface StderrOptions {
  readonly format: 'text' | 'json';
  /** Name in front of each line. */
  readonly ident: string;
  readonly wallMs: () => number;
}

export function createStderrSink({ format, ident, wallMs }: StderrOptions): LogSink {
  return {
    write: (record) => {
      const time = new Date(wallMs());
      const text =
        format === 'json'
          ? JSON.stringify({
              time: time.toISOString(),
              level: record.level,
              message: record.text,
              ...record.fields,
            })
          : `${clockText(time)} ${ident}: ${record.text}`;
      writeAll(`${text}\n`);
    },
    close: () => {},
  };
}

export function createLogger(sinks: readonly LogSink[]): LogSink {
  return {
    write: (record: LogRecord) => {
      for (const sink of sinks) sink.write(record);
    },
    close: () => {
      for (const sink of sinks) sink.close();
    },
  };
}

/** As keepalived prints on the console: `Sat Nov 21 02:20:44 2026`. */
function clockText(time: Date): string {
  const [day, month, date, year] = time.toDateString().split(' ');
  return `${day} ${month} ${date} ${time.toTimeString().slice(0, 8)} ${year}`;
}

/** A reader that went away or lags behind must not end or stall the daemon. */
function writeAll(text: string): void {
  try {
    writeSync(2, text);
  } catch {
    // EAGAIN, EPIPE: the line is lost, the VIP is not.
  }
}

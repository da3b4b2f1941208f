/** Where log lines go: stderr as text or JSON, and any sinks besides. */
import { closeSync } from 'node:fs';
import { createLineWriter } from '../linux/line-writer.ts';
import type { LogRecord, LogSink } from '../ports/log.ts';

export interface LineOptions {
  readonly format: 'text' | 'json';
  /** Name in front of each line. */
  readonly ident: string;
  readonly wallMs: () => number;
}

/** A reader of stderr that went away or lags behind neither ends nor stalls the daemon. */
export function createStderrSink(options: LineOptions): LogSink {
  return createLineSink(2, options);
}

/** The descriptor is closed with the sink. */
export function createFileSink(fd: number, options: LineOptions): LogSink {
  const sink = createLineSink(fd, options);
  return {
    write: sink.write,
    close: () => {
      sink.close();
      closeSync(fd);
    },
  };
}

function createLineSink(fd: number, options: LineOptions): LogSink {
  const lines = createLineWriter(fd, (count) =>
    render(options, {
      level: 'warning',
      text: `${count} lines of the log were lost: nobody read them`,
    }),
  );
  return {
    write: (record) => lines.write(render(options, record)),
    close: () => lines.close(),
  };
}

function render({ format, ident, wallMs }: LineOptions, record: LogRecord): string {
  const time = new Date(wallMs());
  if (format === 'text') return `${clockText(time)} ${ident}: ${record.text}\n`;
  const { level, text: message, fields } = record;
  return `${JSON.stringify({ time: time.toISOString(), level, message, ...fields })}\n`;
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

/** RFC 5424 §6.2.1 severities that we use. */
export type LogLevel = 'error' | 'warning' | 'notice' | 'info' | 'debug';

export interface LogRecord {
  readonly level: LogLevel;
  /** One line, in keepalived's wording where tools match on it. */
  readonly text: string;
  /** Further fields for JSON and journald: `instance`, `state`, `cause` … */
  readonly fields?: Readonly<Record<string, string | number | boolean>>;
}

export interface LogSink {
  write(record: LogRecord): void;
  close(): void;
}

import type { LogRecord, LogSink } from '../ports/log.ts';
import { openDatagramLog } from './datagram-log.ts';
import { severities } from './syslog.ts';

const shortBytes = 1024;
export const journalPath = '/run/systemd/journal/socket';

export interface JournalOptions {
  /** SYSLOG_IDENTIFIER. */
  readonly ident: string;
  readonly path?: string;
}

/** systemd's journal by its native protocol; fields of a record become HOLDFAST_… */
export function createJournalSink(options: JournalOptions): LogSink {
  const log = openDatagramLog({
    path: options.path ?? journalPath,
    // Cut inside a field it would be refused whole: one field takes the place of all.
    shorten: (datagram) =>
      encodeJournalEntry(options.ident, {
        level: 'notice',
        text: Buffer.from(datagram).toString('utf8', 'MESSAGE='.length, shortBytes),
      }),
    reportLost: (count) =>
      encodeJournalEntry(options.ident, {
        level: 'warning',
        text: `${count} log messages were lost`,
      }),
  });
  return {
    write: (record) => log.send(encodeJournalEntry(options.ident, record)),
    close: log.close,
  };
}

/**
 * `NAME=value` lines; a value with a line break is `NAME`, a line break, its length in 8 bytes
 * (little-endian), the value.
 */
export function encodeJournalEntry(ident: string, record: LogRecord): Uint8Array {
  const fields: [string, string][] = [
    ['MESSAGE', record.text],
    ['PRIORITY', String(severities[record.level])],
    ['SYSLOG_IDENTIFIER', ident],
  ];
  for (const [name, value] of Object.entries(record.fields ?? {})) {
    fields.push([journalName(name), String(value)]);
  }
  return Buffer.concat(fields.flatMap(([name, value]) => encodeField(name, value)));
}

function encodeField(name: string, value: string): Buffer[] {
  const data = Buffer.from(value, 'utf8');
  if (!value.includes('\n')) return [Buffer.from(`${name}=`), data, Buffer.from('\n')];
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(data.length));
  return [Buffer.from(`${name}\n`), length, data, Buffer.from('\n')];
}

/** Upper-case letters, digits and underscores, at most 64 of them: `oldState` is HOLDFAST_OLD_STATE. */
function journalName(name: string): string {
  const words = name.replaceAll(/([a-z0-9])([A-Z])/g, '$1_$2').toUpperCase();
  return `HOLDFAST_${words.replaceAll(/[^A-Z0-9_]/g, '_')}`.slice(0, 64);
}

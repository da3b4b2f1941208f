/** Rows as CSV, as typed lines, and as JSON. */

import type { Column } from './column.ts';
import { allColumns, columns } from './columns.ts';
import { type RowKind, rowId, type StatsRow } from './rows.ts';
import { tagWords, typedValue } from './typed.ts';

const moduleNames = allColumns.slice(columns.length).map(({ name }) => name);
const headerNames = [...columns.map(({ name }) => name), '-', ...moduleNames];

export const csvHeader = `# ${headerNames.join(',')},`;

export function rowsAsCsv(rows: readonly StatsRow[]): string {
  return `${csvHeader}\n${rows.map(csvLine).join('')}`;
}

function csvLine(row: StatsRow): string {
  let line = '';
  for (const [index, column] of allColumns.entries()) {
    if (index === columns.length) line += '-,';
    line += `${csvCell(column.read(row))},`;
  }
  return `${line}\n`;
}

/** In quotes only where a comma, a quote or an end of line is inside. */
function csvCell(value: string | number | undefined): string {
  if (typeof value !== 'string') return value === undefined ? '' : String(value);
  return /[",\r\n]/.test(value) ? `"${value.replaceAll('"', '""')}"` : value;
}

const kindLetters: Readonly<Record<RowKind, string>> = {
  frontend: 'F',
  listener: 'L',
  server: 'S',
  backend: 'B',
};

const kindNames: Readonly<Record<RowKind, string>> = {
  frontend: 'Frontend',
  listener: 'Listener',
  server: 'Server',
  backend: 'Backend',
};

interface Filled {
  readonly column: Column;
  readonly position: number;
  readonly value: string | number;
}

function filled(row: StatsRow): Filled[] {
  return allColumns.flatMap((column, position) => {
    const value = column.read(row);
    return value === undefined ? [] : [{ column, position, value }];
  });
}

/** `F.2.0.4.scur.1:MGP:u32:0`: kind, proxy, server, position, name, process; tags; type; value. */
export function rowsAsTyped(
  rows: readonly StatsRow[],
  options: { readonly describe: 'names' | 'sentences' },
): string {
  return rows
    .flatMap((row) =>
      filled(row).map(({ column, position, value }) => {
        const { name, about } = column;
        const key = `${kindLetters[row.kind]}.${row.proxy.config.id}.${rowId(row)}.${position}.${name}.1`;
        const more = options.describe === 'sentences' ? `:"${about}"` : '';
        return `${key}:${column.tagOf(row.kind)}:${column.type}:${value}${more}\n`;
      }),
    )
    .join('');
}

export function rowsAsJson(rows: readonly StatsRow[]): string {
  const items = rows.map((row) =>
    filled(row).map(({ column, position, value }) => ({
      objType: kindNames[row.kind],
      proxyId: row.proxy.config.id,
      id: rowId(row),
      field: { pos: position, name: column.name },
      processNum: 1,
      tags: tagWords(column.tagOf(row.kind)),
      value: typedValue(column.type, value),
    })),
  );
  return JSON.stringify(items);
}

/**
 * The columns of statistics, in the order of haproxy 2.6: what each is called, what kind of figure it is, and where it
 * comes from. CSV, typed and JSON output and the metrics are made of this table.
 */
import { checkColumns } from './check-columns.ts';
import type { Column } from './column.ts';
import { moduleColumns } from './module-columns.ts';
import { servingColumns } from './serving-columns.ts';
import { identityColumns, sessionsColumns } from './session-columns.ts';
import {
  averagesColumns,
  connectionsColumns,
  longestColumns,
  responsesColumns,
  restColumns,
} from './traffic-columns.ts';

/** Those that are the same in all versions; then, after a column `-`, those of its modules. */
export const columns: readonly Column[] = [
  ...identityColumns,
  ...sessionsColumns,
  ...servingColumns,
  ...checkColumns.slice(0, 3),
  ...responsesColumns,
  ...checkColumns.slice(3, 5),
  ...averagesColumns,
  ...checkColumns.slice(5),
  ...connectionsColumns,
  ...longestColumns,
  ...restColumns,
];

export const allColumns: readonly Column[] = [...columns, ...moduleColumns];

import type { BackendRow, FrontendRow, ListenerRow, RowKind, ServerRow, StatsRow } from './rows.ts';

/** Undefined: it has no such thing, and the field stays empty. */
export type Cell = string | number | undefined;

export interface Column {
  readonly name: string;
  readonly type: 'str' | 'u32' | 'u64' | 's32';
  /** One sentence, for `show stat desc` and metrics. */
  readonly about: string;
  read(row: StatsRow): Cell;
  tagOf(kind: RowKind): string;
}

interface Rows {
  readonly frontend: FrontendRow;
  readonly listener: ListenerRow;
  readonly server: ServerRow;
  readonly backend: BackendRow;
}

export const everywhere = ['frontend', 'listener', 'server', 'backend'] as const;
export const sides = ['server', 'backend'] as const;
export const fronts = ['frontend'] as const;
export const listeners = ['frontend', 'listener'] as const;

type Readers = { readonly [Kind in RowKind]?: (row: Rows[Kind]) => Cell };

/**
 * `tag`: three letters for origin (Metric, Status, Key, Config, Product), nature (Age, average, Counter, Duration,
 * Gauge, Limit, Max, Name, Output, Rate) and scope (Process, Service).
 */
export function columnBy(
  name: string,
  tag: string,
  type: Column['type'],
  about: string,
  readers: Readers,
  otherTags: { readonly [Kind in RowKind]?: string } = {},
): Column {
  return {
    name,
    type,
    about,
    tagOf: (kind) => otherTags[kind] ?? tag,
    read: (row) => {
      switch (row.kind) {
        case 'frontend':
          return readers.frontend?.(row);
        case 'listener':
          return readers.listener?.(row);
        case 'server':
          return readers.server?.(row);
        case 'backend':
          return readers.backend?.(row);
      }
    },
  };
}

/** Read in the same way in rows of several kinds. */
export function column<Kind extends RowKind>(
  name: string,
  tag: string,
  type: Column['type'],
  about: string,
  kinds: readonly Kind[],
  read: (row: Rows[Kind]) => Cell,
): Column {
  const readers = Object.fromEntries(kinds.map((kind) => [kind, read])) as Readers;
  return columnBy(name, tag, type, about, readers);
}

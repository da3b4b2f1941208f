/** Prints the figures of a benchmark: tables for people, `BAR` lines for whoever holds us to them. */

export function median(values: readonly number[]): number {
  return quantile(values, 0.5);
}

/** Between neighbours in proportion; NaN for no values. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((left, right) => left - right);
  const position = (sorted.length - 1) * share;
  const low = sorted[Math.floor(position)] ?? Number.NaN;
  const high = sorted[Math.ceil(position)] ?? Number.NaN;
  return low + (high - low) * (position - Math.floor(position));
}

/** In the order in which their keys came first. */
export function groupBy<Value, Key>(
  values: readonly Value[],
  keyOf: (value: Value) => Key,
): ReadonlyMap<Key, readonly Value[]> {
  const groups = new Map<Key, Value[]>();
  for (const value of values) {
    const group = groups.get(keyOf(value));
    if (group === undefined) groups.set(keyOf(value), [value]);
    else group.push(value);
  }
  return groups;
}

export interface Bar {
  readonly name: string;
  readonly value: number;
  /** The greatest value that passes, or the least. */
  readonly limit: number;
  readonly verdict: 'PASS' | 'FAIL';
}

export function judge(name: string, value: number, limit: number): Bar {
  // NaN, where nothing was measured, does not pass.
  return { name, value, limit, verdict: value <= limit ? 'PASS' : 'FAIL' };
}

export function judgeLeast(name: string, value: number, limit: number): Bar {
  return { name, value, limit, verdict: value >= limit ? 'PASS' : 'FAIL' };
}

/** One line a bar; a FAIL becomes the exit status of the process. */
export function printBars(bars: readonly Bar[]): void {
  for (const { name, value, limit, verdict } of bars) {
    console.log(`BAR ${name} ${short(value)} ${short(limit)} ${verdict}`);
    if (verdict === 'FAIL') process.exitCode = 1;
  }
}

export type Cell = string | number | undefined;

/** A Markdown table, its columns aligned, so that it can be read here and pasted into the docs. */
export function printTable(heads: readonly string[], rows: readonly (readonly Cell[])[]): void {
  const texts = [heads, ...rows].map((row) =>
    row.map((cell) => (typeof cell === 'number' ? short(cell) : (cell ?? '-'))),
  );
  const widths = heads.map((_, column) =>
    Math.max(3, ...texts.map((row) => row[column]?.length ?? 0)),
  );
  const line = (row: readonly string[], fill = ' '): string =>
    `| ${widths.map((width, column) => pad(row[column] ?? '', width, fill, column)).join(' | ')} |`;
  const [head = [], ...body] = texts;
  console.log(line(head));
  console.log(
    line(
      heads.map((_, column) => (column === 0 ? '-' : ':')),
      '-',
    ),
  );
  for (const row of body) console.log(line(row));
  console.log('');
}

/** Text to the left, figures to the right. */
function pad(text: string, width: number, fill: string, column: number): string {
  return column === 0 ? text.padEnd(width, fill) : text.padStart(width, fill);
}

export function short(value: number): string {
  if (Number.isNaN(value)) return 'none';
  if (Number.isInteger(value)) return String(value);
  return value.toFixed(Math.abs(value) < 10 ? 3 : 1);
}

export function total(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0);
}

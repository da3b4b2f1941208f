import type { Rng } from '../../../base/rng.ts';
import { LineBuilder, positionAt, type TracedLine } from './traced.ts';

/** What predefined names such as `${_ENV HOME}` stand for. */
export interface Surroundings {
  readonly environment: { get(name: string): string | undefined };
  readonly rng: Rng;
  readonly configId: string;
}

/** Names defined so far; a value of several lines has several elements. */
export type Definitions = ReadonlyMap<string, readonly string[]>;

/** Limits what one configuration may grow to by substitution. */
export interface Budget {
  left: number;
}

const REFERENCE = /\$(?:\{(_(?:ENV|RANDOM)\b[^{}]*|\w+)\}|([A-Za-z_]\w*)(?=[\s,)]|$))/g;
const NESTING_MAX = 32;

/** What a line becomes once its references are replaced; undefined when that grows out of bounds. */
export function substitute(
  line: TracedLine,
  definitions: Definitions,
  { surroundings, directory, budget }: SubstitutionContext,
): TracedLine[] | undefined {
  if (!line.text.includes('$')) return [line];
  const lines: TracedLine[] = [];
  let builder = new LineBuilder(line);
  const put = (values: readonly string[], column: number, depth: number): boolean => {
    for (const [index, value] of values.entries()) {
      if (index > 0) {
        lines.push(builder.build());
        builder = new LineBuilder(line);
      }
      if (!putText(value, column, depth)) return false;
    }
    return true;
  };
  const putText = (value: string, column: number, depth: number): boolean => {
    budget.left -= value.length + 1;
    if (budget.left < 0 || depth > NESTING_MAX) return false;
    let from = 0;
    for (const match of value.matchAll(REFERENCE)) {
      const values = resolve(match, value);
      if (values === undefined) continue;
      builder.insert(value.slice(from, match.index), column);
      from = match.index + match[0].length;
      if (!put(values, column, depth + 1)) return false;
    }
    builder.insert(value.slice(from), column);
    return true;
  };
  const resolve = (match: RegExpExecArray, text: string): readonly string[] | undefined => {
    const name = match[1] ?? match[2] ?? '';
    const values = definitions.get(name) ?? predefined(name, surroundings, directory);
    // Several lines stand only for what ends a line.
    const isLast = match.index + match[0].length === text.length;
    return values !== undefined && values.length > 1 && !isLast ? undefined : values;
  };
  let from = 0;
  for (const match of line.text.matchAll(REFERENCE)) {
    const values = resolve(match, line.text);
    if (values === undefined) continue;
    builder.keep(from, match.index);
    from = match.index + match[0].length;
    if (!put(values, positionAt(line, match.index).column, 1)) return undefined;
  }
  if (from === 0 && lines.length === 0) return [line];
  builder.keep(from, line.text.length);
  lines.push(builder.build());
  return lines;
}

export interface SubstitutionContext {
  readonly surroundings: Surroundings;
  /** Folder of the file that the line stands in. */
  readonly directory: string;
  readonly budget: Budget;
}

const RANDOM_MAX = 32_767;

function predefined(
  name: string,
  { environment, rng, configId }: Surroundings,
  directory: string,
): readonly string[] | undefined {
  if (!name.startsWith('_')) return undefined;
  const [word, ...rest] = name.trim().split(/\s+/);
  switch (word) {
    case '_PWD':
      return [directory];
    case '_INSTANCE':
      return [configId];
    case '_HASH':
      return ['#'];
    case '_BANG':
      return ['!'];
    case '_ENV': {
      const value = environment.get(rest[0] ?? '');
      return value === undefined ? undefined : value.split('\n');
    }
    case '_RANDOM': {
      const [min = 0, max = RANDOM_MAX] = rest.map(Number);
      if (!Number.isSafeInteger(min) || !Number.isSafeInteger(max) || max < min) return undefined;
      return [String(rng.integer(min, max))];
    }
    default:
      return undefined;
  }
}

/** The value of a definition; each line of it but the last ends in a backslash. */
export function readValue(first: string, rest: Generator<TracedLine>): string[] {
  const values: string[] = [];
  let text = first;
  while (text.endsWith('\\')) {
    values.push(text.slice(0, -1).trim());
    const next = rest.next();
    if (next.done === true) return values;
    text = next.value.text;
  }
  values.push(text.trim());
  return values;
}

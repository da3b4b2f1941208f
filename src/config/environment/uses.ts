/** What each variable of a table has become, for the log and the tests. */
import type { Value } from './draft.ts';
import type { VariableUse } from './setup.ts';
import type { Variable } from './variable.ts';

/** What was read of a variable. */
export interface Read {
  /** `environment`, `default` or a file. */
  readonly origin: string;
  readonly values: readonly Value[];
}

export function describeUses(
  table: readonly Variable[],
  reads: ReadonlyMap<string, Read>,
): readonly VariableUse[] {
  return [...reads].map(([name, { origin, values }]) => {
    const variable = findVariable(table, name);
    const shown = values.map(({ text }) => text).join(', ');
    const isSecret = variable?.secret === true && shown !== '';
    const value = isSecret ? '********' : shown;
    return { name, origin, value, became: variable?.becomes ?? '' };
  });
}

export function findVariable(table: readonly Variable[], name: string): Variable | undefined {
  return table.find((one) => new RegExp(`^${one.name.replace('<n>', '[0-9]{1,3}')}$`).test(name));
}

/** What will become of every service of some nodes, whatever fails: the whole answer. */
import { doubleFailures, singleFailures } from './failures.ts';
import { measure, startOf } from './measure.ts';
import type { StageOptions } from './stage.ts';
import type { Failure, Group, GroupForecast } from './types.ts';

/** All failures of a number, or only these. */
export type FailureChoice = 'none' | 'single' | 'double' | readonly (readonly Failure[])[];

export interface ForecastOptions extends StageOptions {
  readonly failures: FailureChoice;
  /** A part of the work: every `of`-th of the failures, from `index` on. */
  readonly share?: { readonly index: number; readonly of: number };
}

/** What is to be simulated of a group, in the order of the answer. */
export function failureSets(group: Group, choice: FailureChoice): readonly (readonly Failure[])[] {
  if (choice === 'none') return [];
  if (choice === 'single') return singleFailures(group).map((failure) => [failure]);
  if (choice === 'double') return [...failureSets(group, 'single'), ...doubleFailures(group)];
  const names = group.nodes.map(({ name }) => name);
  const isHere = ({ nodes }: Failure): boolean => nodes.some((name) => names.includes(name));
  return choice.map((set) => set.filter(isHere)).filter((set) => set.length > 0);
}

export function forecast(group: Group, options: ForecastOptions): GroupForecast {
  const { failures, share = { index: 0, of: 1 } } = options;
  const holders = startOf(group, options);
  const sets = failureSets(group, failures).filter((_, at) => at % share.of === share.index);
  return {
    nodes: group.nodes.map(({ name }) => name),
    services: group.services,
    start: group.services.map(({ name }, index) => ({
      service: name,
      holders: holders[index] ?? [],
    })),
    rows: sets.map((set) => measure(group, set, options)),
  };
}

/** Puts the shares of one group together again, in the order of the failures. */
export function joined(shares: readonly GroupForecast[]): GroupForecast | undefined {
  const [first] = shares;
  if (first === undefined) return undefined;
  const most = Math.max(...shares.map(({ rows }) => rows.length));
  const rows = Array.from({ length: most }, (_, at) =>
    shares.flatMap(({ rows: all }) => all[at] ?? []),
  );
  return { ...first, rows: rows.flat() };
}

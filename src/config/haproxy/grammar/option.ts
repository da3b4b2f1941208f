/** Options behind `bind` and `server`, as data. */
import type { KeywordStatus } from './keyword.ts';

export interface LineOption {
  readonly name: string;
  readonly status: KeywordStatus;
  /** Words that follow it. */
  readonly values: number;
  readonly syntax?: string;
  readonly default?: string;
  readonly note?: string;
}

type OptionDetails = Partial<Omit<LineOption, 'name' | 'status'>>;

export function takes(
  name: string,
  syntax: string,
  details: OptionDetails & { readonly status?: KeywordStatus } = {},
): LineOption {
  return { name, status: 'acted', values: 1, syntax, ...details };
}

export function mark(name: string, details: OptionDetails = {}): LineOption {
  return { name, status: 'acted', values: 0, ...details };
}

/** `values`: words that follow. */
export function passed(
  status: Exclude<KeywordStatus, 'acted'>,
  values: number,
  note: string,
  names: readonly string[],
): readonly LineOption[] {
  return names.map((name) => ({ name, status, values, note }));
}

export function optionsOf(options: readonly LineOption[]): ReadonlyMap<string, LineOption> {
  return new Map(options.map((option) => [option.name, option]));
}

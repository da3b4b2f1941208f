/** The tables of variables: by them values are read, near-misses found and docs/images.md is written. */

export interface Variable {
  /** `<n>` stands for one to three digits. */
  readonly name: string;
  readonly default?: string;
  /** What it becomes: a statement of keepalived.conf, or in words. */
  readonly becomes: string;
  readonly secret?: true;
  /** Of an image that has changed its language: where it is known. */
  readonly dialect?: 'classic' | '2026';
  readonly note?: string;
}

/** Of each name that is not known, but looks as if it were meant: the one that is. */
export function nearMisses(
  names: Iterable<string>,
  table: readonly Variable[],
  nearest: (wrong: string, words: readonly string[]) => string | undefined,
): readonly (readonly [string, string])[] {
  const patterns = table.map(({ name }) => new RegExp(`^${name.replace('<n>', '[0-9]{1,3}')}$`));
  const misses: (readonly [string, string])[] = [];
  for (const name of names) {
    if (patterns.some((pattern) => pattern.test(name))) continue;
    // Numbers are no part of the spelling.
    const number = /_([0-9]+)$/.exec(name)?.[1];
    const known = table.map((one) => one.name.replace('<n>', number ?? '<n>'));
    const meant = nearest(name, known);
    if (meant !== undefined) misses.push([name, meant]);
  }
  return misses;
}

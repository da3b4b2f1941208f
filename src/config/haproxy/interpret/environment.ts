/** The variables that a configuration sees and may change. */
export interface Environment {
  readonly variables: Map<string, string>;
  /** As they were before the first line. */
  readonly initial: ReadonlyMap<string, string>;
}

export function createEnvironment(
  given: Readonly<Record<string, string | undefined>>,
  more: Readonly<Record<string, string>>,
): Environment {
  const entries = Object.entries({ ...given, ...more }).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, value] as const],
  );
  return { variables: new Map(entries), initial: new Map(entries) };
}

export function setVariable({ variables }: Environment, name: string, value: string): void {
  variables.set(name, value);
}

/** Only where it is not set yet. */
export function presetVariable({ variables }: Environment, name: string, value: string): void {
  if (!variables.has(name)) variables.set(name, value);
}

/** Removes all but those named. */
export function resetVariables({ variables }: Environment, keep: readonly string[]): void {
  const kept = new Set(keep);
  for (const name of [...variables.keys()]) if (!kept.has(name)) variables.delete(name);
}

/** What the three letters of a typed figure mean, and how JSON has them. */

const origins: Readonly<Record<string, string>> = {
  M: 'Metric',
  S: 'Status',
  K: 'Key',
  C: 'Config',
  P: 'Product',
};

const natures: Readonly<Record<string, string>> = {
  G: 'Gauge',
  L: 'Limit',
  M: 'Max',
  m: 'Min',
  C: 'Counter',
  D: 'Duration',
  A: 'Age',
  T: 'Time',
  N: 'Name',
  O: 'Output',
  a: 'Avg',
  R: 'Rate',
};

const scopes: Readonly<Record<string, string>> = { P: 'Process', S: 'Service', C: 'Cluster' };

export function tagWords(tag: string): {
  readonly origin: string;
  readonly nature: string;
  readonly scope: string;
} {
  const [origin = '', nature = '', scope = ''] = tag;
  return {
    origin: origins[origin] ?? 'Unknown',
    nature: natures[nature] ?? 'Unknown',
    scope: scopes[scope] ?? 'Unknown',
  };
}

export function typedValue(
  type: 'str' | 'u32' | 'u64' | 's32',
  value: string | number,
): { readonly type: string; readonly value: string | number } {
  return { type, value };
}

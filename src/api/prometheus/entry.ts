/** What one row of the table of metrics is. */
import type { Histogram, InstanceMetrics, MetricsResult, ScriptMetrics } from '../metrics.ts';
import type { ServersResult } from '../servers.ts';

/** What is known at the moment of a scrape. */
export interface Figures {
  /** Undefined where the VRRP process did not answer in time. */
  readonly vrrp: MetricsResult | undefined;
  /** When it last answered, seconds since 1970; undefined before the first answer. */
  readonly answeredSeconds: number | undefined;
  readonly servers: ServerFigures;
  readonly child: ChildFigures;
}

/** `none`: there are no virtual servers; `silent`: the checker process did not answer in time. */
export type ServerFigures = ServersResult | 'none' | 'silent';

/** What the control child knows of itself. */
export interface ChildFigures {
  readonly residentBytes: number;
  readonly requests: readonly {
    readonly listener: 'http' | 'metrics';
    readonly code: number;
    readonly count: number;
  }[];
}

export type Labels = Readonly<Record<string, string>>;

interface Described {
  readonly name: string;
  readonly labels: readonly string[];
  /** One sentence. */
  readonly help: string;
}

export interface PlainMetric<Known = Figures> extends Described {
  readonly type: 'gauge' | 'counter';
  samples(figures: Known): readonly Sample[];
}

export interface HistogramMetric<Known = Figures> extends Described {
  readonly type: 'histogram';
  samples(figures: Known): readonly { readonly labels: Labels; readonly value: Histogram }[];
}

/** `Known`: what its values are read from. */
export type Metric<Known = Figures> = PlainMetric<Known> | HistogramMetric<Known>;

export interface Sample {
  readonly labels: Labels;
  readonly value: number;
}

/** No label is called `instance`: Prometheus gives that name to the host it has scraped. */
export function instanceLabels({ name }: InstanceMetrics): Labels {
  return { vrrp_instance: name };
}

/** A sample for each instance; none where `read` finds nothing. */
export function eachInstance(
  read: (instance: InstanceMetrics) => number | null,
): PlainMetric['samples'] {
  return ({ vrrp }) =>
    (vrrp?.instances ?? []).flatMap((instance) => {
      const value = read(instance);
      return value === null ? [] : [{ labels: instanceLabels(instance), value }];
    });
}

/** Several samples for each instance, with labels of their own besides its name. */
export function ofInstances(
  read: (instance: InstanceMetrics, result: MetricsResult) => readonly Sample[],
): PlainMetric['samples'] {
  return several((result) =>
    result.instances.flatMap((instance) =>
      read(instance, result).map(({ labels, value }) => ({
        labels: { ...instanceLabels(instance), ...labels },
        value,
      })),
    ),
  );
}

/** Counts by kind, under the label `label`. */
export function byKind(label: string, counts: Readonly<Record<string, number>>): readonly Sample[] {
  return Object.entries(counts).map(([kind, value]) => ({ labels: { [label]: kind }, value }));
}

/** 1 for the one of `all` that is the case, 0 for the others. */
export function oneHot(label: string, all: readonly string[], actual: string): readonly Sample[] {
  return all.map((each) => ({ labels: { [label]: each }, value: each === actual ? 1 : 0 }));
}

export function ofScripts(
  read: (script: ScriptMetrics) => readonly Sample[],
): PlainMetric['samples'] {
  return ({ vrrp }) =>
    (vrrp?.scripts ?? []).flatMap((script) =>
      read(script).map(({ labels, value }) => ({
        labels: { ...scriptLabels(script), ...labels },
        value,
      })),
    );
}

export function scriptLabels({ name, kind }: ScriptMetrics): Labels {
  return { script: name, kind };
}

/** One sample without labels, where the VRRP process answered. */
export function single(read: (result: MetricsResult) => number | null): PlainMetric['samples'] {
  return several((result) => {
    const value = read(result);
    return value === null ? [] : [{ labels: {}, value }];
  });
}

export function several(
  read: (result: MetricsResult) => readonly Sample[],
): PlainMetric['samples'] {
  return ({ vrrp }) => (vrrp === undefined ? [] : read(vrrp));
}

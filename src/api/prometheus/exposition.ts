/** The metrics as text, in the format of Prometheus or in OpenMetrics. */
import { type Metric as LibraryMetric, Registry } from 'prom-client';
import type { Histogram } from '../metrics.ts';
import type { Figures, Labels, Metric } from './entry.ts';
import { CHILD_METRICS, HOST_METRICS } from './host-table.ts';
import { INSTANCE_METRICS } from './instance-table.ts';
import { KUBERNETES_METRICS, type KubernetesFigures } from './kubernetes-table.ts';
import { SERVER_METRICS } from './server-table.ts';

export const METRICS: readonly Metric[] = [...HOST_METRICS, ...INSTANCE_METRICS, ...SERVER_METRICS];

/** In a pod: without what only the control child knows, which does not run there. */
const POD_METRICS = METRICS.filter((metric) => !CHILD_METRICS.includes(metric));

export type Format = 'prometheus' | 'openmetrics';

export const CONTENT_TYPES = {
  prometheus: Registry.PROMETHEUS_CONTENT_TYPE,
  openmetrics: Registry.OPENMETRICS_CONTENT_TYPE,
} as const;

/** OpenMetrics where the scraper asks for it and does not like the other one better. */
export function negotiateFormat(accept: string | undefined): Format {
  const quality = (type: string): number =>
    Math.max(
      0,
      ...(accept ?? '').split(',').map((range) => {
        const [name = '', ...parameters] = range.split(';').map((part) => part.trim());
        if (name.toLowerCase() !== type) return 0;
        const q = parameters.find((each) => each.startsWith('q='))?.slice(2);
        const value = q === undefined ? 1 : Number(q);
        return Number.isFinite(value) ? value : 0;
      }),
    );
  const wished = quality('application/openmetrics-text');
  return wished > 0 && wished >= quality('text/plain') ? 'openmetrics' : 'prometheus';
}

interface Value {
  readonly metricName?: string;
  readonly labels: Labels;
  readonly value: number;
}

export async function renderMetrics(figures: Figures, format: Format): Promise<string> {
  return renderValues(valuesOfAll(METRICS, figures), format);
}

/** Of the process that speaks with a cluster, and of the daemon beside it. */
export async function renderPodMetrics(
  daemon: Omit<Figures, 'child'>,
  cluster: KubernetesFigures,
  format: Format,
): Promise<string> {
  const child = { residentBytes: 0, requests: [] };
  return renderValues(
    [
      ...valuesOfAll(KUBERNETES_METRICS, cluster),
      ...valuesOfAll(POD_METRICS, { ...daemon, child }),
    ],
    format,
  );
}

interface MetricValues extends Pick<Metric, 'name' | 'help' | 'type'> {
  readonly values: readonly Value[];
}

function valuesOfAll<Known>(metrics: readonly Metric<Known>[], figures: Known): MetricValues[] {
  return metrics.map((metric) => ({ ...metric, values: valuesOf(metric, figures) }));
}

/**
 * The library's own counters and histograms count by themselves; ours are counted elsewhere, so each
 * metric is given to its registry with its values.
 */
async function renderValues(metrics: readonly MetricValues[], format: Format): Promise<string> {
  const registry = new Registry<'text/plain; version=0.0.4; charset=utf-8'>();
  if (format === 'openmetrics') {
    registry.setContentType(
      CONTENT_TYPES.openmetrics as unknown as typeof CONTENT_TYPES.prometheus,
    );
  }
  for (const { name, help, type, values } of metrics) {
    // OpenMetrics names the family of a counter without `_total`, which the library strips and adds.
    const given = {
      name,
      help,
      type,
      get: async () => ({ name: given.name, help, type, values, aggregator: 'sum' }),
    };
    registry.registerMetric(given as unknown as LibraryMetric<string>);
  }
  return registry.metrics();
}

function valuesOf<Known>(metric: Metric<Known>, figures: Known): readonly Value[] {
  if (metric.type !== 'histogram') return metric.samples(figures);
  return metric
    .samples(figures)
    .flatMap(({ labels, value }) => histogramValues(metric.name, labels, value));
}

function histogramValues(name: string, labels: Labels, histogram: Histogram): readonly Value[] {
  const { boundsUs, counts, sumUs } = histogram;
  const values: Value[] = [];
  let count = 0;
  for (const [index, own] of counts.entries()) {
    count += own;
    const bound = boundsUs[index];
    const le = bound === undefined ? '+Inf' : boundText(bound / 1e6);
    values.push({ metricName: `${name}_bucket`, labels: { le, ...labels }, value: count });
  }
  values.push({ metricName: `${name}_sum`, labels, value: sumUs / 1e6 });
  values.push({ metricName: `${name}_count`, labels, value: count });
  return values;
}

/** As OpenMetrics writes floats, in both formats: a series keeps its name when the format changes. */
function boundText(seconds: number): string {
  return Number.isInteger(seconds) ? `${seconds}.0` : String(seconds);
}

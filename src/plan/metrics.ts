/** What collects the metrics of the holders: annotations, a Service, a ServiceMonitor of the operator of Prometheus. */
import { stringify } from 'yaml';
import type { PlannedFile } from './files.ts';
import { podLabels } from './labels.ts';
import type { Site } from './site.ts';

/** The name of the port, which the Service and the ServiceMonitor look for. */
export const METRICS = 'metrics';
const NAMESPACE = 'kube-system';
const SCRAPE_SECONDS = 15;

/** For a Prometheus that follows the annotations which its documentation uses in its examples. */
export function scrapeAnnotations(port: number | undefined): Record<string, string> {
  if (port === undefined) return {};
  return {
    'prometheus.io/scrape': 'true',
    'prometheus.io/port': String(port),
    'prometheus.io/path': '/metrics',
  };
}

/** Nothing where no metrics are served, or where there is no Kubernetes to give it to. */
export function metricsManifests(site: Site): readonly PlannedFile[] {
  const { cluster } = site;
  if (cluster.metricsPort === undefined || cluster.purpose !== 'kubernetes') return [];
  return [
    manifest('metrics-service.yaml', serviceOf(site, cluster.metricsPort)),
    manifest('service-monitor.yaml', [monitorOf(site)]),
  ];
}

function manifest(path: string, documents: readonly unknown[]): PlannedFile {
  const text = documents.map((document) => stringify(document)).join('---\n');
  return { path, text: `# Made by holdfast plan: kubectl apply -f ${path}\n${text}`, mode: 0o644 };
}

/** Without an address of its own: each holder is asked for itself. */
function serviceOf({ cluster, holders }: Site, port: number): readonly unknown[] {
  const metadata = metadataOf(cluster.name);
  const ports = [{ name: METRICS, port, protocol: 'TCP' }];
  const service = { apiVersion: 'v1', kind: 'Service', metadata };
  const spec = { clusterIP: 'None', ports };
  if (cluster.deployment === 'static-pod') {
    return [{ ...service, spec: { ...spec, selector: podLabels('keepalived', cluster.name) } }];
  }
  // No pod stands behind it: the hosts are named.
  const addresses = holders.map(({ host }) => ({ ip: host.address }));
  const endpoints = { apiVersion: 'v1', kind: 'Endpoints', metadata };
  return [
    { ...service, spec },
    { ...endpoints, subsets: [{ addresses, ports }] },
  ];
}

function monitorOf({ cluster }: Site): unknown {
  return {
    apiVersion: 'monitoring.coreos.com/v1',
    kind: 'ServiceMonitor',
    metadata: metadataOf(cluster.name),
    spec: {
      selector: { matchLabels: metadataOf(cluster.name).labels },
      endpoints: [{ port: METRICS, path: '/metrics', interval: `${SCRAPE_SECONDS}s` }],
    },
  };
}

interface Metadata {
  readonly name: string;
  readonly namespace: string;
  readonly labels: Readonly<Record<string, string>>;
}

/** The name of a Service is a DNS label (RFC 1035), which the name of a cluster need not be. */
function metadataOf(cluster: string): Metadata {
  const name = `holdfast-${cluster.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-')}`.slice(0, 63);
  return { name, namespace: NAMESPACE, labels: podLabels('holdfast-metrics', cluster) };
}

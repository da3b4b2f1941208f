import { stringify } from 'yaml';
import { type ConfigMarks, type HostFile, MARK, PATHS } from './files.ts';
import { imagesOf } from './images.ts';
import { podLabels } from './labels.ts';
import { METRICS, scrapeAnnotations } from './metrics.ts';
import type { Site } from './site.ts';

const MANIFESTS = '/etc/kubernetes/manifests';

/** The static pods of one holder: the kubelet starts them before there is an API server. */
export function staticPods(site: Site, marks: ConfigMarks): readonly HostFile[] {
  const images = imagesOf(site.cluster);
  const haproxy = pod('haproxy', site, marks, {
    image: images.haproxy,
    args: ['haproxy', '-W', '-db', '-f', PATHS.haproxy],
    securityContext: capabilities(['NET_BIND_SERVICE']),
    volumeMounts: [{ name: 'config', mountPath: '/etc/haproxy', readOnly: true }],
    livenessProbe: {
      tcpSocket: { host: '127.0.0.1', port: site.cluster.frontPort },
      initialDelaySeconds: 10,
      periodSeconds: 10,
      failureThreshold: 6,
    },
  });
  const keepalived = pod('keepalived', site, marks, {
    image: images.keepalived,
    args: ['keepalived', '--dont-fork', '--log-console', '--log-detail', '-f', PATHS.keepalived],
    securityContext: capabilities(['NET_ADMIN', 'NET_RAW', 'NET_BIND_SERVICE']),
    ...metricsPorts(site),
    volumeMounts: [{ name: 'config', mountPath: '/etc/keepalived', readOnly: true }],
  });
  return [
    { path: `${MANIFESTS}/haproxy.yaml`, text: haproxy, mode: 0o600 },
    { path: `${MANIFESTS}/keepalived.yaml`, text: keepalived, mode: 0o600 },
  ];
}

/** A pod on the host's network listens there whatever is said here; who scrapes finds the port by its name. */
function metricsPorts({ cluster: { metricsPort: port } }: Site): Record<string, unknown> {
  if (port === undefined) return {};
  return { ports: [{ name: METRICS, containerPort: port, hostPort: port, protocol: 'TCP' }] };
}

function capabilities(add: readonly string[]): unknown {
  return { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'], add } };
}

function pod(
  name: keyof ConfigMarks,
  { cluster }: Site,
  marks: ConfigMarks,
  container: Record<string, unknown>,
): string {
  const manifest = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name,
      namespace: 'kube-system',
      labels: podLabels(name, cluster.name),
      // The kubelet starts a pod anew when its manifest changes, and knows nothing of what it mounts.
      annotations: {
        [MARK]: marks[name],
        ...(name === 'keepalived' && scrapeAnnotations(cluster.metricsPort)),
      },
    },
    spec: {
      hostNetwork: true,
      priorityClassName: 'system-node-critical',
      containers: [{ name, ...container }],
      volumes: [{ name: 'config', hostPath: { path: `/etc/${name}`, type: 'Directory' } }],
    },
  };
  return `# Made by holdfast plan.\n${stringify(manifest)}`;
}

import { stringify } from 'yaml';
import type { PlannedFile } from './files.ts';
import type { Site } from './site.ts';

/** What kubeadm has to know: where clients come, and the names that certificates hold for. */
export function kubeadmConfig(site: Site): PlannedFile {
  const sans = [
    ...site.vips.map(({ address }) => address),
    ...site.servers.flatMap(({ address, name }) => [address, name]),
    '127.0.0.1',
  ];
  const document = {
    apiVersion: 'kubeadm.k8s.io/v1beta3',
    kind: 'ClusterConfiguration',
    clusterName: site.cluster.name,
    controlPlaneEndpoint: site.endpoint,
    apiServer: { certSANs: [...new Set(sans)] },
  };
  const text = `# Made by holdfast plan: kubeadm init --config kubeadm.yaml --upload-certs
${stringify(document)}`;
  return { path: 'kubeadm.yaml', text, mode: 0o644 };
}

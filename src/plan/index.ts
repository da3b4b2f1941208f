/** From what follows from a cluster to all files of all its hosts. The same site gives the same bytes. */
import type { Deployment } from '../config/model/cluster.ts';
import { clusterYaml } from './cluster-yaml.ts';
import { composeFile, dockerScript } from './containers.ts';
import { type ConfigMarks, type HostFile, type PlannedFile, placeOnHost } from './files.ts';
import { fingerprint } from './fingerprint.ts';
import { guide } from './guide.ts';
import { haproxyCfg } from './haproxy-cfg.ts';
import { checkScript, keepalivedConf } from './keepalived-conf.ts';
import { kubeadmConfig } from './kubeadm.ts';
import { metricsManifests } from './metrics.ts';
import { staticPods } from './pods.ts';
import type { Site } from './site.ts';
import { systemdUnits } from './units.ts';

const STARTERS: Readonly<
  Record<Deployment, (site: Site, marks: ConfigMarks) => readonly HostFile[]>
> = {
  'static-pod': staticPods,
  compose: (site, marks) => [composeFile(site, marks)],
  docker: (site) => [dockerScript(site)],
  systemd: systemdUnits,
};

export function planFiles(site: Site): readonly PlannedFile[] {
  const { cluster } = site;
  const files = site.holders.flatMap((holder) => {
    const conf = keepalivedConf(site, holder);
    const check = checkScript(site);
    const proxy = haproxyCfg(site);
    const marks = {
      keepalived: fingerprint([conf.text, check.text]),
      haproxy: fingerprint([proxy.text]),
    };
    const own = [conf, check, proxy, ...STARTERS[cluster.deployment](site, marks)];
    return own.map((file) => placeOnHost(holder.host.name, file));
  });
  if (cluster.purpose === 'kubernetes') files.push(kubeadmConfig(site));
  files.push(...metricsManifests(site), clusterYaml(site));
  return [guide(site, files), ...files];
}

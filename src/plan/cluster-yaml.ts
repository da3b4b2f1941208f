import { stringify } from 'yaml';
import type { Cluster } from '../config/model/cluster.ts';
import type { PlannedFile } from './files.ts';
import type { Site } from './site.ts';

/** The cluster as it was understood, with what was derived: reading it again gives the same plan. */
export function clusterYaml(site: Site): PlannedFile {
  const text = `# Made by holdfast plan. Change this, and plan again from it.\n${stringify(describe(site))}`;
  return { path: 'cluster.yaml', text, mode: 0o644 };
}

function describe({ cluster, holders, vrid }: Site): unknown {
  const { purpose, deployment, frontPort, backPort, advertIntervalS, metricsPort } = cluster;
  return {
    cluster: cluster.name,
    purpose,
    deployment,
    vip: oneOrMany(cluster.vips.map(describeVip)),
    frontPort,
    backPort,
    ...(cluster.interface !== undefined && { interface: cluster.interface }),
    vrid,
    advertInterval: advertIntervalS,
    ...(metricsPort !== undefined && { metricsPort }),
    ...describeImages(cluster),
    hosts: cluster.hosts.map((host) => {
      const holder = holders.find((each) => each.host === host);
      const roles = [...(holder ? ['vip'] : []), ...(host.isServer ? ['server'] : [])];
      return {
        name: host.name,
        address: host.address,
        roles,
        ...(host.interface !== undefined && { interface: host.interface }),
        ...(holder !== undefined && { priority: holder.priority, state: holder.state }),
      };
    }),
  };
}

function describeVip({ address, prefixLength }: Cluster['vips'][number]): string {
  return prefixLength === undefined ? address : `${address}/${prefixLength}`;
}

function describeImages({ images }: Cluster): { images?: Record<string, string> } {
  const given = Object.entries(images).filter((entry) => entry[1] !== undefined);
  return given.length === 0 ? {} : { images: Object.fromEntries(given) as Record<string, string> };
}

function oneOrMany<Value>(values: readonly Value[]): Value | readonly Value[] | undefined {
  return values.length === 1 ? values[0] : values;
}

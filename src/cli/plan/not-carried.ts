import { createRng } from '../../base/rng.ts';
import type { NodeFiles } from '../../config/cluster/from-nodes.ts';
import type { Report } from '../../config/cluster/report.ts';
import { readKeepalivedConfig } from '../../config/keepalived/index.ts';
import { createMemoryFiles } from '../../config/keepalived/memory-files.ts';
import type { Cluster } from '../../config/model/cluster.ts';
import type { Model } from '../../config/model/model.ts';
import type { VrrpInstanceModel } from '../../config/model/vrrp.ts';
import { keepalivedConf } from '../../plan/keepalived-conf.ts';
import { type ClusterSecrets, deriveSite } from '../../plan/site.ts';

/** What a plan decides by itself, and says on its page. */
const DERIVED: ReadonlySet<keyof VrrpInstanceModel> = new Set([
  ...(['name', 'transport', 'source', 'trackSource', 'trackedScripts', 'checksum'] as const),
  ...(['announcements', 'authentication'] as const),
]);

/** Names what the instance of a host has, and a plan of the cluster would not write. */
export function notCarried(
  cluster: Cluster,
  secrets: ClusterSecrets,
  nodes: readonly NodeFiles[],
  report: Report,
): void {
  const site = deriveSite(cluster, secrets);
  for (const { name, keepalived } of nodes) {
    const holder = site.holders.find(({ host }) => host.name === name);
    const before = keepalived.model.instances[0];
    const after = holder && reread(keepalivedConf(site, holder).text).instances[0];
    if (before === undefined || after === undefined) continue;
    const at = { file: keepalived.file, line: 1, column: 1 };
    for (const key of differing(before, after)) {
      const message = `${key} of vrrp_instance ${before.name} is not what a plan would write`;
      report.add('not-carried', at, message, 'compare the two files before you change over');
    }
  }
}

function differing(before: VrrpInstanceModel, after: VrrpInstanceModel): readonly string[] {
  const keys = new Set([...Object.keys(before), ...Object.keys(after)]) as Set<
    keyof VrrpInstanceModel
  >;
  return [...keys].filter((key) => {
    return !DERIVED.has(key) && JSON.stringify(before[key]) !== JSON.stringify(after[key]);
  });
}

function reread(text: string): Model {
  return readKeepalivedConfig('/planned.conf', {
    files: createMemoryFiles({ '/planned.conf': text }),
    environment: { get: () => undefined },
    rng: createRng(1),
    hostName: '',
  }).model;
}

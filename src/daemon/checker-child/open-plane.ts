/** The data plane that a configuration asks for and the kernel has. */
import type { LoadBalancingSettings } from '../../config/model/virtual-server.ts';
import { openIpvsPlane } from '../../linux/ipvs/ipvs-plane.ts';
import type { DataPlane } from '../../ports/data-plane.ts';
import { isSysError, type SysError } from '../../ports/sys-error.ts';

export interface PlaneOwner {
  /** The pid file of the daemon: its name stands in what is made. */
  readonly owner: string;
}

export function openDataPlane(
  kind: LoadBalancingSettings['dataPlane'],
  { namespace }: LoadBalancingSettings,
  { owner }: PlaneOwner,
): DataPlane | SysError {
  const place = namespace === undefined ? {} : { namespace: namespacePath(namespace) };
  const ipvs =
    kind === 'nftables'
      ? undefined
      : openIpvsPlane({ list: `${owner.replace(/\.pid$/, '')}.ipvs`, ...place });
  if (ipvs !== undefined && (!isSysError(ipvs) || kind === 'ipvs')) return ipvs;
  return ipvs ?? notYet();
}

/** `initial`: that of process 1. */
function namespacePath(namespace: string): string {
  return namespace === 'initial' ? '/proc/1/ns/net' : `/run/netns/${namespace}`;
}

function notYet(): SysError {
  const message = 'balancing by nftables is not there yet';
  return { kind: 'sys-error', call: 'data_plane', errno: 95, code: 'EOPNOTSUPP', message };
}

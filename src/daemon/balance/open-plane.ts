/** The data plane that a configuration asks for and the kernel has. */
import type { LoadBalancingSettings } from '../../config/model/virtual-server.ts';
import type { Masquerading } from '../../core/balance/nft/frame.ts';
import { withNetworkNamespace } from '../../linux/ffi/netns.ts';
import type { DataPlane } from '../../ports/data-plane.ts';
import type { LogSink } from '../../ports/log.ts';
import { isSysError, type SysError } from '../../ports/sys-error.ts';
import { besidePidFile } from '../instance-names.ts';
import { openIpvsDataPlane } from './ipvs-plane.ts';
import { openNftDataPlane } from './nft-plane.ts';

export interface PlaneOwner {
  /** The pid file of the daemon: its name stands in what is made. */
  readonly owner: string;
  readonly log: LogSink;
  /** Of nftables; absent: where it is needed for sure. */
  readonly masquerading?: Masquerading;
}

export function openDataPlane(
  kind: LoadBalancingSettings['dataPlane'],
  { namespace }: LoadBalancingSettings,
  { owner, log, masquerading }: PlaneOwner,
): DataPlane | SysError {
  const nft = { owner, log, ...(masquerading !== undefined && { masquerading }) };
  const open = (): DataPlane | SysError => {
    if (kind === 'nftables') return openNftDataPlane(nft);
    const ipvs = openIpvsDataPlane(besidePidFile(owner, 'ipvs'));
    if (!isSysError(ipvs) || kind === 'ipvs') return ipvs;
    log.write({ level: 'info', text: `no IPVS here (${ipvs.message}): nftables balances` });
    return openNftDataPlane(nft);
  };
  return namespace === undefined ? open() : withNetworkNamespace(namespacePath(namespace), open);
}

/** `initial`: that of process 1. */
function namespacePath(namespace: string): string {
  return namespace === 'initial' ? '/proc/1/ns/net' : `/run/netns/${namespace}`;
}

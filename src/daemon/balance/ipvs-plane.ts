import { serverId, serviceId } from '../../core/balance/plane.ts';
import { planService } from '../../core/kernel/ipvs-ledger.ts';
import { openIpvsPlane } from '../../linux/ipvs/ipvs-plane.ts';
import type { DataPlane } from '../../ports/data-plane.ts';
import type { SysError } from '../../ports/sys-error.ts';

/** The data plane of IPVS, in the network namespace that the caller is in; `list`: of what is ours. */
export function openIpvsDataPlane(list: string): DataPlane | SysError {
  return openIpvsPlane({ list, brain: { plan: planService, serviceId, serverId } });
}

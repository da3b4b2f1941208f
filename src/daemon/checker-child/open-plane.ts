/** The data plane that a configuration asks for and the kernel has. */
import type { LoadBalancingSettings } from '../../config/model/virtual-server.ts';
import type { DataPlane } from '../../ports/data-plane.ts';
import type { SysError } from '../../ports/sys-error.ts';

export interface PlaneOwner {
  /** The pid file of the daemon: its name stands in what is made. */
  readonly owner: string;
}

export function openDataPlane(
  _kind: LoadBalancingSettings['dataPlane'],
  _settings: LoadBalancingSettings,
  _owner: PlaneOwner,
): DataPlane | SysError {
  return {
    kind: 'sys-error',
    call: 'data_plane',
    errno: 95,
    code: 'EOPNOTSUPP',
    message: 'this program cannot balance yet',
  };
}

import type { Variable } from './variable.ts';

/** The images with VIP and VRID, as dtdream/keepalived has them. */
export const VIP_VARIABLES: readonly Variable[] = [
  { name: 'VIP', becomes: 'virtual_ipaddress', note: 'needed' },
  { name: 'VRID', becomes: 'virtual_router_id', note: 'needed' },
  { name: 'INTERFACE', becomes: 'interface', note: 'needed' },
  { name: 'PRIORITY', default: '100', becomes: 'priority' },
  {
    name: 'REAL_IP',
    becomes: 'real_server',
    note: 'where port 3306 is asked; a failure moves the address',
  },
];

/** Names that relatives of that image have for the same. */
export const VIP_ALIASES: ReadonlyMap<string, readonly string[]> = new Map([
  ['VIP', ['VIRTUAL_IP']],
  ['VRID', ['VROUTERID', 'VIRTUAL_ROUTER_ID']],
  ['INTERFACE', ['ETH']],
]);

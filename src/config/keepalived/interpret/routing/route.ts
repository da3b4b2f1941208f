import type { IpFamily } from '../../../../base/ip.ts';
import type { Encapsulation } from './encap.ts';
import type { Network, NumberOrName } from './option-line.ts';

export const ROUTE_TYPES = [
  'unicast',
  'local',
  'broadcast',
  'multicast',
  'throw',
  'unreachable',
  'prohibit',
  'blackhole',
  'nat',
] as const;

export type RouteType = (typeof ROUTE_TYPES)[number];

/** What the kernel keeps of the traffic over a route; `locked` ones it does not learn anew. */
export interface RouteMetric {
  readonly value: number;
  readonly locked: boolean;
}

export interface NextHop {
  readonly gateway?: string;
  readonly interface?: string;
  readonly weight?: number;
  readonly onLink: boolean;
  readonly encapsulation?: Encapsulation;
  readonly realms?: string;
}

/** A line of static_routes or virtual_routes. */
export interface Route {
  readonly type: RouteType;
  readonly destination: Network | 'any';
  /** Absent where nothing on the line has one. */
  readonly family?: IpFamily;
  readonly source?: Network;
  readonly from?: Network;
  readonly gateway?: string;
  readonly interface?: string;
  readonly table?: NumberOrName;
  readonly protocol?: NumberOrName;
  readonly scope?: NumberOrName;
  readonly tos?: NumberOrName;
  readonly priority?: number;
  readonly realms?: string;
  readonly expiresSeconds?: number;
  readonly preference?: 'low' | 'medium' | 'high';
  readonly congestionControl?: { readonly name: string; readonly locked: boolean };
  readonly ttlPropagate?: 'enabled' | 'disabled';
  readonly ecn: boolean;
  readonly onLink: boolean;
  /** By their words, such as `mtu`; times in milliseconds. */
  readonly metrics: Readonly<Record<string, RouteMetric>>;
  readonly encapsulation?: Encapsulation;
  readonly nextHops: readonly NextHop[];
  readonly mode: 'replace' | 'add' | 'append' | 'prepend';
  /** Whether the instance gives way when somebody removes it. */
  readonly tracked: boolean;
  readonly trackGroup?: string;
  readonly vrf?: string;
}

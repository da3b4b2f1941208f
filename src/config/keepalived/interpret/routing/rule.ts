import type { IpFamily } from '../../../../base/ip.ts';
import type { Network, NumberOrName } from './option-line.ts';

export type RuleAction =
  | { readonly kind: 'table'; readonly table: NumberOrName }
  | { readonly kind: 'goto'; readonly target: number }
  | { readonly kind: 'l3mdev' | 'nop' | 'blackhole' | 'unreachable' | 'prohibit' };

/** A line of static_rules or virtual_rules. */
export interface Rule {
  readonly family: IpFamily;
  readonly inverted: boolean;
  readonly from?: Network | 'any';
  readonly to?: Network | 'any';
  readonly priority?: number;
  readonly tos?: NumberOrName;
  readonly mark?: { readonly value: number; readonly mask?: number };
  readonly realms?: string;
  readonly suppressPrefixLength?: number;
  readonly suppressGroup?: NumberOrName;
  readonly incoming?: string;
  readonly outgoing?: string;
  readonly tunnelId?: number;
  readonly users?: Range;
  readonly protocol?: number;
  readonly ipProtocol?: NumberOrName;
  readonly sourcePorts?: Range;
  readonly destinationPorts?: Range;
  readonly action: RuleAction;
  readonly tracked: boolean;
  readonly trackGroup?: string;
}

export interface Range {
  readonly first: number;
  readonly last: number;
}

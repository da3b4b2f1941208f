/** What a host's engine leaves to the program that takes over from this one: plain data. */
import type { IpAddress } from '../base/ip.ts';
import type { Micros } from '../base/time.ts';
import type { ChecksState } from './track/checks.ts';
import type { ProxiesState } from './track/proxies.ts';
import type { ScriptsState } from './track/scripts.ts';
import type { RouterState } from './vrrp/router-state.ts';
import type { LinkState } from './vrrp/types.ts';

export interface NodeState {
  /** Absent before the start. */
  readonly listenFrom?: Micros | undefined;
  readonly links: readonly (readonly [name: string, LinkState])[];
  readonly addresses: readonly (readonly [name: string, readonly IpAddress[]])[];
  readonly routers: readonly (readonly [name: string, RouterState])[];
  readonly scripts: ScriptsState;
  /** Absent from a program that knew none. */
  readonly checks?: ChecksState;
  readonly proxies?: ProxiesState;
  readonly drained: boolean;
  readonly strays: { readonly undecodable: number; readonly unknownVrids: number };
}

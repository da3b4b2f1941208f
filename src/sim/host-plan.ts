/** What a simulated host is made of, and what it needs of the world. */
import type { IpAddress } from '../base/ip.ts';
import type { Rng } from '../base/rng.ts';
import type { Micros } from '../base/time.ts';
import type { Model } from '../config/model/model.ts';
import type { SyncGroupModel } from '../config/model/sync-group.ts';
import type { SimHost } from './host.ts';
import type { SimNetwork } from './network.ts';
import type { Step } from './types.ts';

export interface HostPlan {
  readonly name: string;
  readonly model: Model;
  /** Addresses of its own, by interface. */
  readonly addresses: Readonly<Record<string, readonly IpAddress[]>>;
  /** Signs its side messages. */
  readonly key?: string;
  /** Groups whose members change state together; the daemon forms none, keepalived does. */
  readonly syncGroups?: readonly SyncGroupModel[];
  /** Whether it tells its peers where else it can be reached. */
  readonly otherPaths?: 'told' | 'none';
}

/** What a host needs from the world. */
export interface HostWorld {
  readonly rng: Rng;
  /** Whether a step tells how its routers were before and are after. */
  readonly views: 'each-step' | 'on-demand';
  now(): Micros;
  network(): SimNetwork;
  schedule(delay: Micros, run: () => void): void;
  observe(step: Step): void;
  observeAnswers(host: SimHost): void;
}

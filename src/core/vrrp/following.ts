/** Whom a virtual router takes for the master, and what it has learned from it. */
import type { IpAddress } from '../../base/ip.ts';
import type { Micros } from '../../base/time.ts';
import type { VrrpInstanceModel } from '../../config/model/vrrp.ts';
import type { ReceivedAdvert } from '../../wire/vrrp-types.ts';
import type { Cause, Outranked } from './types.ts';

/** For the program that takes over from this one. */
export interface FollowingState {
  readonly master?: IpAddress | undefined;
  readonly masterPriority: number;
  readonly advertInterval: Micros;
  readonly heardPriorityZero: boolean;
  readonly preemptWait: 'none' | 'waiting' | 'over';
  readonly outranked?: Outranked | undefined;
}

export class Following {
  master: IpAddress | undefined;
  masterPriority = 0;
  advertInterval: Micros;
  /** The master has said by priority 0 that it leaves. */
  heardPriorityZero = false;
  preemptWait: 'none' | 'waiting' | 'over' = 'none';
  /** A backup has heard it and waits on. */
  outranked: Outranked | undefined;
  /**
   * What a backup has heard last, where hearing the same once more can do nothing but put its instant
   * off. Whatever else happens to the router takes this back.
   */
  routine: ReceivedAdvert | undefined;

  constructor(advertInterval: Micros) {
    this.advertInterval = advertInterval;
  }

  /** Accepts the sender as master; returns what has changed by it. */
  accept(
    advert: ReceivedAdvert,
    version: VrrpInstanceModel['version'],
  ): {
    readonly master: { readonly from: IpAddress | undefined; readonly to: IpAddress } | undefined;
    readonly interval: { readonly from: Micros; readonly to: Micros } | undefined;
  } {
    const { source: to, advertInterval } = advert;
    const from = this.master;
    const before = this.advertInterval;
    this.heardPriorityZero = false;
    this.outranked = undefined;
    this.masterPriority = advert.priority;
    this.master = to;
    // RFC 9568 §6.4.2: a backup takes over the master's interval.
    const learns = version === 3 && advertInterval !== before && advertInterval !== 0;
    if (learns) this.advertInterval = advertInterval;
    return {
      master: from === to ? undefined : { from, to },
      interval: learns ? { from: before, to: advertInterval } : undefined,
    };
  }

  /** Nobody was heard for long enough: why we become master. */
  silence(lateUs: number): Cause {
    const { master: lastMaster, heardPriorityZero: afterPriorityZero, outranked } = this;
    const heard = outranked === undefined ? {} : { outranked };
    return { kind: 'masterDown', lastMaster, afterPriorityZero, lateUs, ...heard };
  }

  exportState(): FollowingState {
    const { master, masterPriority, advertInterval } = this;
    const { heardPriorityZero, preemptWait, outranked } = this;
    return { master, masterPriority, advertInterval, heardPriorityZero, preemptWait, outranked };
  }

  importState(state: FollowingState): void {
    this.master = state.master;
    this.masterPriority = state.masterPriority;
    this.advertInterval = state.advertInterval;
    this.heardPriorityZero = state.heardPriorityZero;
    this.preemptWait = state.preemptWait;
    this.outranked = state.outranked;
  }

  /** A new state: what was said to the old one does not count any more. */
  beginAnew(): void {
    this.heardPriorityZero = false;
    this.preemptWait = 'none';
    this.outranked = undefined;
    this.routine = undefined;
  }

  forget(ownInterval: Micros): void {
    this.master = undefined;
    this.masterPriority = 0;
    this.advertInterval = ownInterval;
  }
}

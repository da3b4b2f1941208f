/** The words that the VRRP engine speaks: inputs are facts, effects are orders, events say why. */
import type { IpAddress } from '../../base/ip.ts';
import type { Micros } from '../../base/time.ts';
import type { ChecksumPolicy, VirtualAddress, VrrpInstanceModel } from '../../config/model/vrrp.ts';
import type { ReceivedAdvert } from '../../wire/vrrp-types.ts';

/** `init`: not started, stopped, or waiting for the first result of a tracker. */
export type VrrpState = 'init' | 'backup' | 'master' | 'fault';

export type LinkState = 'up' | 'down' | 'missing';
export type TrackerVerdict = 'unknown' | 'up' | 'down';

/** Why a tracker changed, in words for people. */
export interface TrackerReport {
  readonly kind: 'script' | 'interface';
  readonly name: string;
  readonly verdict: TrackerVerdict;
  readonly detail: string;
}

export type VrrpInput =
  | { readonly kind: 'start'; readonly listenFrom: Micros }
  | { readonly kind: 'advertReceived'; readonly advert: ReceivedAdvert }
  | { readonly kind: 'linkChanged'; readonly state: LinkState }
  | { readonly kind: 'sourceChanged'; readonly source: IpAddress | undefined }
  | { readonly kind: 'trackerChanged'; readonly report: TrackerReport }
  /** Something else removed an address that we hold. */
  | { readonly kind: 'addressLost'; readonly address: IpAddress }
  | { readonly kind: 'reconfigured'; readonly model: VrrpInstanceModel }
  | { readonly kind: 'stopRequested'; readonly reason: StopReason };

/** `removed`: a reload dropped the instance; `replaced`: it dropped it for another of the same name. */
export type StopReason = 'shutdown' | 'removed' | 'replaced';

export type NotifyState =
  | 'MASTER'
  | 'BACKUP'
  | 'FAULT'
  | 'STOP'
  | 'DELETED'
  | 'MASTER_RX_LOWER_PRI';

export type VrrpEffect =
  | {
      readonly kind: 'sendAdvert';
      readonly instance: string;
      readonly priority: number;
      readonly source: IpAddress;
      /** How it is summed now: `detect` may have become `old-unicast`. */
      readonly checksum: ChecksumPolicy;
    }
  | {
      readonly kind: 'addAddresses';
      readonly instance: string;
      readonly addresses: readonly VirtualAddress[];
    }
  | {
      readonly kind: 'removeAddresses';
      readonly instance: string;
      readonly addresses: readonly VirtualAddress[];
    }
  /** Gratuitous ARP or unsolicited neighbour advertisements, once the addresses are there. */
  | {
      readonly kind: 'announce';
      readonly instance: string;
      readonly addresses: readonly VirtualAddress[];
      readonly repeat: number;
    }
  | { readonly kind: 'announceSource'; readonly instance: string; readonly source: IpAddress }
  | {
      readonly kind: 'notify';
      readonly instance: string;
      readonly state: NotifyState;
      readonly priority: number;
    }
  | { readonly kind: 'record'; readonly event: VrrpEvent };

/** Why a virtual router changed its state. */
export type Cause =
  | { readonly kind: 'startup' }
  /** All faults are gone. */
  | { readonly kind: 'recovered' }
  /** Another host claims priority 255 too and does not give way. */
  | { readonly kind: 'otherOwner'; readonly from: IpAddress }
  /** Nothing was heard for the Master_Down_Interval. `lateUs`: how long after its time the timer ran. */
  | {
      readonly kind: 'masterDown';
      readonly lastMaster: IpAddress | undefined;
      readonly afterPriorityZero: boolean;
      readonly lateUs: number;
    }
  | {
      readonly kind: 'advert';
      readonly from: IpAddress;
      readonly priority: number;
      readonly ownPriority: number;
    }
  | { readonly kind: 'interface'; readonly name: string; readonly state: LinkState }
  | { readonly kind: 'noSource'; readonly wanted: IpAddress | undefined }
  | { readonly kind: 'tracker'; readonly report: TrackerReport }
  | { readonly kind: 'addressLost'; readonly address: IpAddress }
  | { readonly kind: 'operator'; readonly action: StopReason | 'reload' };

/** Why an advertisement was refused; keepalived's counters carry the same distinctions. */
export type RefusalReason =
  | 'length'
  | 'ttl'
  | 'version'
  | 'auth-type-invalid'
  | 'auth-type-mismatch'
  | 'auth-failure'
  | 'interval'
  | 'type'
  | 'checksum'
  | 'transport'
  | 'owner'
  | 'not-a-peer';

export type VrrpEvent =
  | {
      readonly kind: 'transition';
      readonly instance: string;
      readonly at: Micros;
      readonly from: VrrpState;
      readonly to: VrrpState;
      readonly cause: Cause;
      readonly priority: number;
    }
  | {
      readonly kind: 'priorityChanged';
      readonly instance: string;
      readonly at: Micros;
      readonly from: number;
      readonly to: number;
      readonly cause: Cause;
    }
  /** Reported once per kind until the instance changes its state or its master. */
  | {
      readonly kind: 'advertRefused';
      readonly instance: string;
      readonly at: Micros;
      readonly from: IpAddress;
      readonly reason: RefusalReason;
      readonly detail: string;
    }
  | {
      readonly kind: 'advertNoted';
      readonly instance: string;
      readonly at: Micros;
      readonly from: IpAddress;
      readonly priority: number;
      readonly ownPriority: number;
      readonly note: AdvertNote;
    }
  | {
      readonly kind: 'masterChanged';
      readonly instance: string;
      readonly at: Micros;
      readonly from: IpAddress | undefined;
      readonly to: IpAddress;
    }
  | {
      readonly kind: 'intervalLearned';
      readonly instance: string;
      readonly at: Micros;
      readonly from: Micros;
      readonly to: Micros;
    }
  | {
      readonly kind: 'faultChanged';
      readonly instance: string;
      readonly at: Micros;
      readonly faults: readonly string[];
    };

export type AdvertNote =
  /** A master heard a lower one, and answers. */
  | 'lower-priority'
  /** A backup heard a lower one, and lets its own timer run out. */
  | 'discarded'
  | 'preempt-delay-started'
  | 'priority-zero'
  | 'own-address'
  | 'address-list'
  | 'old-checksum'
  | 'two-owners';

/** keepalived's counters (`stats` of its JSON dump), plus what it does not count. */
export interface VrrpStatistics {
  advertsReceived: number;
  advertsSent: number;
  becameMaster: number;
  releasedMaster: number;
  lengthErrors: number;
  intervalErrors: number;
  ttlErrors: number;
  typeErrors: number;
  addressListErrors: number;
  authTypeInvalid: number;
  authTypeMismatch: number;
  authFailures: number;
  priorityZeroReceived: number;
  priorityZeroSent: number;
  versionErrors: number;
  checksumErrors: number;
  transportErrors: number;
  notAPeer: number;
}

export function newStatistics(): VrrpStatistics {
  return {
    advertsReceived: 0,
    advertsSent: 0,
    becameMaster: 0,
    releasedMaster: 0,
    lengthErrors: 0,
    intervalErrors: 0,
    ttlErrors: 0,
    typeErrors: 0,
    addressListErrors: 0,
    authTypeInvalid: 0,
    authTypeMismatch: 0,
    authFailures: 0,
    priorityZeroReceived: 0,
    priorityZeroSent: 0,
    versionErrors: 0,
    checksumErrors: 0,
    transportErrors: 0,
    notAPeer: 0,
  };
}

/** The words that the VRRP engine speaks: inputs are facts, effects are orders, events say why. */
import type { IpAddress } from '../../base/ip.ts';
import type { MacAddress } from '../../base/mac.ts';
import type { Micros } from '../../base/time.ts';
import type { ChecksumPolicy, VirtualAddress, VrrpInstanceModel } from '../../config/model/vrrp.ts';
import type { PeerMessage, ReceivedPeerMessage } from '../../wire/peer-types.ts';
import type { ReceivedAdvert } from '../../wire/vrrp-types.ts';

/** `init`: not started, stopped, or waiting for the first result of a tracker. */
export type VrrpState = 'init' | 'backup' | 'master' | 'fault';

export type LinkState = 'up' | 'down' | 'missing';
export type TrackerVerdict = 'unknown' | 'up' | 'down';

/** Why a tracker changed, in words for people. */
export interface TrackerReport {
  readonly kind: 'script' | 'interface' | 'check' | 'proxy';
  readonly name: string;
  readonly verdict: TrackerVerdict;
  readonly detail: string;
}

export interface HeardAdvert {
  readonly advert: ReceivedAdvert;
  /** When it came last, where it is told of later than that. */
  readonly heardAt?: Micros;
  /** How often it came; once where absent. */
  readonly times?: number;
}

export type VrrpInput =
  | { readonly kind: 'start'; readonly listenFrom: Micros }
  | ({ readonly kind: 'advertReceived' } & HeardAdvert)
  | { readonly kind: 'linkChanged'; readonly state: LinkState }
  | { readonly kind: 'sourceChanged'; readonly source: IpAddress | undefined }
  | { readonly kind: 'trackerChanged'; readonly report: TrackerReport }
  /** Something else removed an address that we hold. */
  | { readonly kind: 'addressLost'; readonly address: IpAddress }
  | { readonly kind: 'reconfigured'; readonly model: VrrpInstanceModel; readonly guard: Guard }
  /** Another host says on the wire (ARP, neighbour discovery) that it has the address. */
  | { readonly kind: 'addressClaimed'; readonly address: IpAddress; readonly mac: MacAddress }
  /** Another host listens to the group: it may be a backup that never says a word. */
  | { readonly kind: 'listenerSeen'; readonly from: IpAddress }
  /** Decoded and authentic; whether it is new is for the engine to judge. */
  | { readonly kind: 'peerMessageReceived'; readonly message: ReceivedPeerMessage }
  | { readonly kind: 'ordered'; readonly order: OperatorOrder }
  | Synced
  | {
      readonly kind: 'stopRequested';
      readonly reason: StopReason;
      /** `at-once`: nobody waits for a successor. */
      readonly pace: 'planned' | 'at-once';
    };

/**
 * Its sync group has decided: all members are ready to take over, or one of them has yielded. The daemon
 * acts on no sync group yet; the simulator does for its keepalived hosts.
 */
export interface Synced {
  readonly kind: 'synced';
  readonly to: 'master' | 'backup';
  readonly group: string;
  /** The instance that was the last to be ready, or the first to yield. */
  readonly after: string;
}

/** What an operator asks of one virtual router while it runs. */
export type OperatorOrder =
  /** Somebody else shall be master; this host takes over again only when nobody else serves. */
  | { readonly kind: 'handover' }
  /** Gives up and takes nothing until `undrain`. */
  | { readonly kind: 'drain' }
  | { readonly kind: 'undrain' }
  /** In place of the configured priority, 1..254; the configured one again where absent. */
  | { readonly kind: 'priority'; readonly priority: number | undefined };

/** How the kernel takes addresses away from a daemon that renews them no more (ADR 0004). */
export type Guard =
  | { readonly kind: 'none' }
  /** Each address has a valid lifetime of whole seconds. */
  | { readonly kind: 'lifetime'; readonly seconds: number }
  /** One element of an nftables set, with a timeout of `validity`, stands for all its addresses. */
  | { readonly kind: 'firewall'; readonly validity: Micros };

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
      readonly guard: Guard;
    }
  /** Everything the instance holds is ours for another while. */
  | { readonly kind: 'renewGuard'; readonly instance: string; readonly guard: Guard }
  /** Something else removed them: they are to be put back, and announced. */
  | {
      readonly kind: 'restoreAddresses';
      readonly instance: string;
      readonly addresses: readonly VirtualAddress[];
    }
  | {
      readonly kind: 'sendPeerMessage';
      readonly instance: string;
      /** The adapter adds the session, the counter and where else this host can be reached. */
      readonly message: Omit<PeerMessage, 'session' | 'counter' | 'alternates'>;
    }
  /** Asks the segment who has these addresses (RFC 5227 §2.1.1, RFC 4861 §7.2): `addressClaimed` answers. */
  | {
      readonly kind: 'inquire';
      readonly instance: string;
      readonly addresses: readonly IpAddress[];
      /** `neighbour`: another host's own address, whose hardware address is wanted. */
      readonly about: 'virtual' | 'neighbour';
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

export interface Outranked {
  readonly from: IpAddress;
  readonly priority: number;
  readonly ownPriority: number;
}

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
      /** Who was heard meanwhile, and counts for less than we do. */
      readonly outranked?: Outranked;
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
  /** By its own clock the guard ran out: nobody may rely on the addresses any more. */
  | { readonly kind: 'overslept'; readonly forUs: number }
  /** The master that leaves has named us (ADR 0005). */
  | {
      readonly kind: 'named';
      readonly by: IpAddress;
      readonly why: 'stopping' | 'lowered';
      readonly ownPriority: number;
    }
  | { readonly kind: 'synced'; readonly group: string; readonly after: string }
  | { readonly kind: 'operator'; readonly action: OperatorAction };

export type OperatorAction = StopReason | 'reload' | OperatorOrder['kind'];

/** Why a master hands over. */
export type DepartureReason = StopReason | 'handover' | 'drain' | 'priority';

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
    }
  /** A master has said that it leaves and serves until its successor does. */
  | {
      readonly kind: 'handoverBegan';
      readonly instance: string;
      readonly at: Micros;
      readonly why: DepartureReason;
      /** Whom it named; undefined where VRRP alone decides. */
      readonly successor: IpAddress | undefined;
    }
  | {
      readonly kind: 'handoverEnded';
      readonly instance: string;
      readonly at: Micros;
      /** `nobody`: no successor came in time; `cut-short`: a fault or a second order came in between. */
      readonly outcome: 'taken-over' | 'nobody' | 'cut-short';
      readonly to: IpAddress | undefined;
      readonly afterUs: number;
    }
  /** Something else removed an address of ours; it is put back. */
  | {
      readonly kind: 'addressRestored';
      readonly instance: string;
      readonly at: Micros;
      readonly address: IpAddress;
    }
  /** Told once: it happens again and again. */
  | {
      readonly kind: 'addressContested';
      readonly instance: string;
      readonly at: Micros;
      readonly address: IpAddress;
      /** Removals within `withinUs`. */
      readonly removals: number;
      readonly withinUs: number;
      readonly policy: 'restore' | 'reelect';
    }
  /** Another host holds what this master holds, or speaks as if it did. Told once a host and kind. */
  | {
      readonly kind: 'rivalSeen';
      readonly instance: string;
      readonly at: Micros;
      /** `answers`: it answers for a virtual address; `adverts`: it advertises what we must refuse. */
      readonly how: 'answers' | 'adverts';
      /** The virtual address that it answers for, or the source of its adverts. */
      readonly address: IpAddress;
      /** Undefined where it did not answer the question who it is. */
      readonly mac: MacAddress | undefined;
      readonly detail: string;
    }
  | {
      readonly kind: 'peerChanged';
      readonly instance: string;
      readonly at: Micros;
      readonly peer: IpAddress;
      readonly change: 'found' | 'lost' | 'restarted';
      readonly priority: number;
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
  /** Removed by something else and put back. */
  addressesRestored: number;
  /** Sightings of another host that acts as master. */
  rivalSightings: number;
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
    addressesRestored: 0,
    rivalSightings: 0,
  };
}

import type { IpAddress, IpFamily } from '../../base/ip.ts';
import type { Secret } from '../../base/secret.ts';
import type { Micros } from '../../base/time.ts';

/** A virtual router as it shall run; every default filled in, every rule of the language applied. */
export interface VrrpInstanceModel {
  readonly name: string;
  readonly family: IpFamily;
  /** Name of the network interface; the node waits in fault while it is missing. */
  readonly interface: string;
  readonly version: VrrpVersion;
  /** Virtual router identifier, 1..255. */
  readonly vrid: number;
  /** Configured priority, 1..255; 255 is the address owner. */
  readonly priority: number;
  /** `state MASTER` counts only for an owner: it lets the first election begin at once. */
  readonly initialState: 'master' | 'backup';
  /** v2: whole seconds; v3: whole centiseconds, at most 40.95 s. */
  readonly advertInterval: Micros;
  /** Factor of the Master_Down_Interval, 1..100. */
  readonly downTimerAdverts: number;
  readonly preempt: 'preempt' | 'nopreempt';
  readonly preemptDelay: Micros;
  readonly strict: boolean;
  readonly transport: VrrpTransport;
  /** Source of our adverts; the first usable address of the interface where absent. */
  readonly source?: IpAddress;
  /** Written by the operator; a configured source that is missing is always a fault. */
  readonly trackSource: boolean;
  /** Whether the state of the instance's own interface counts (`dont_track_primary` turns it off). */
  readonly trackInterface: boolean;
  readonly authentication: VrrpAuthentication;
  readonly checksum: ChecksumPolicy;
  /** Skip the comparison of address lists while the sender stays the same. */
  readonly skipCheckAdvertAddresses: boolean;
  /** A master does not answer adverts of lower priority. */
  readonly lowerPriorityNoAdvert: boolean;
  /** A master sends one last advert before it yields to a higher priority. */
  readonly higherPrioritySendAdvert: boolean;
  /** An owner ignores every advert. */
  readonly ownerIgnoreAdverts: boolean;
  /** Advertised addresses, in configured order, all of `family`. */
  readonly addresses: readonly VirtualAddress[];
  /** Held like the others but not advertised; either family. */
  readonly excludedAddresses: readonly VirtualAddress[];
  readonly announcements: AnnouncementPolicy;
  readonly trackedInterfaces: readonly Tracking[];
  readonly trackedScripts: readonly Tracking[];
  /** `track_check`: what the checker process finds of them. */
  readonly trackedChecks: readonly Tracking[];
  /** `track_proxy`: what the proxy's own process says of it. */
  readonly trackedProxies?: readonly TrackedProxy[];
  /**
   * It becomes master when its sync group orders it, not when it has waited for long enough: until then it
   * waits on. No file sets it, as the daemon acts on no sync group yet; the simulator does.
   */
  readonly syncGroup?: string;
  readonly notify: NotifyScripts;
  /** Written to pipes also when only the effective priority changes. */
  readonly tellsPriorityChanges?: boolean;
  /** What is told when a reload removes the instance: `fault`, where absent. */
  readonly deletionIsTold?: 'deleted';
  /** `smtp_alert`: mail is sent when its state changes. */
  readonly isMailed?: boolean;
  /** A master that leaves in order goes on answering until its successor does (ADR 0003). */
  readonly plannedHandover: 'on' | 'off';
  /** Whether holdfasts of the group tell each other who takes over (ADR 0005). */
  readonly fastTakeover: 'on' | 'off';
  /** `missing`: nothing can be signed, so holdfasts of the group say nothing to each other. */
  readonly peerKey?: 'missing';
  readonly onAddressLoss: AddressLossPolicy;
}

/**
 * What becomes of an address that something else removes: it is put back (`restore`), put back until
 * that has happened often (`reelect`), or the group elects anew at the first loss, as keepalived does.
 */
export type AddressLossPolicy = 'restore' | 'reelect' | 'reelect-at-once';

export type VrrpVersion = 2 | 3;

export type VrrpTransport =
  | { readonly kind: 'multicast'; readonly group: IpAddress }
  | {
      readonly kind: 'unicast';
      readonly peers: readonly UnicastPeer[];
      /** TTL or hop limit of our adverts, 0..255. */
      readonly ttl: number;
      /** Drop adverts whose sender is not a peer. */
      readonly checkSource: boolean;
    };

export interface UnicastPeer {
  readonly address: IpAddress;
  /** Accepted TTL range of what this peer sends; unchecked where absent. */
  readonly minTtl?: number;
  readonly maxTtl?: number;
}

export type VrrpAuthentication =
  | { readonly kind: 'none' }
  /** RFC 2338 §5.3.6.2: at most 8 bytes in clear. */
  | { readonly kind: 'simple'; readonly password: Secret };

/**
 * How a v3 advert over IPv4 is summed: with the RFC 5798 pseudo header, or without (RFC 9568, v2).
 * `old-unicast`: with the multicast group in the pseudo header, as keepalived up to 1.3.6 did;
 * `detect`: `pseudo-header`, until a unicast peer turns out to use the old way.
 */
export type ChecksumPolicy = 'detect' | 'pseudo-header' | 'old-unicast' | 'plain';

export interface VirtualAddress {
  readonly address: IpAddress;
  readonly prefixLength: number;
  /** Interface to put it on; the instance's own where absent. */
  readonly interface?: string;
  readonly label?: string;
  /** rt_scopes number: 0 global, 200 site, 253 link, 254 host. */
  readonly scope: number;
  readonly broadcast?: IpAddress;
  readonly peer?: IpAddress;
  /** Preferred lifetime in seconds; `forever` where undefined. 0 keeps an address from being chosen as source. */
  readonly preferredLifetimeSeconds?: number;
  /** IFA_F_* flags other than NODAD, which holdfast sets on IPv6 unless `duplicateAddressDetection`. */
  readonly home?: boolean;
  readonly manageTempAddress?: boolean;
  readonly noPrefixRoute?: boolean;
  readonly autoJoin?: boolean;
  readonly duplicateAddressDetection?: boolean;
  /** Its removal by others does not concern the instance. */
  readonly noTrack?: boolean;
}

/** Gratuitous ARP and unsolicited neighbour advertisements. */
export interface AnnouncementPolicy {
  /** Packets per address when becoming master, at least 1. */
  readonly repeat: number;
  /** Time until the second set; 0: none. */
  readonly delay: Micros;
  /** Period of refreshing; 0: off. */
  readonly refresh: Micros;
  readonly refreshRepeat: number;
  /** After an advert of lower priority was heard. */
  readonly lowerPriorityRepeat: number;
  readonly lowerPriorityDelay: Micros;
  /** Least time between two gratuitous ARPs on one interface; 0: no limit. */
  readonly arpInterval: Micros;
  readonly naInterval: Micros;
}

/** One line of track_interface or track_script. */
export interface Tracking {
  readonly name: string;
  /** 0: a failure is a fault; otherwise added to the priority while up (>0) or while down (<0). */
  readonly weight: number;
  /** `reverse` swaps up and down. */
  readonly sense: 'normal' | 'reverse';
}

/** Its name is what tells it from others of this instance: `api`, `api min 2`. */
export interface TrackedProxy extends Tracking {
  /** A frontend, a backend, or both. */
  readonly proxy: string;
  /** So many of its servers must be up, where it has servers; 0: they do not matter. */
  readonly min: number;
}

export interface NotifyScripts {
  readonly master?: ScriptCommand;
  readonly backup?: ScriptCommand;
  readonly fault?: ScriptCommand;
  readonly stop?: ScriptCommand;
  readonly deleted?: ScriptCommand;
  readonly masterRxLowerPriority?: ScriptCommand;
  /** Gets `INSTANCE name STATE priority` as extra arguments. */
  readonly any?: ScriptCommand;
}

/** A program to run; no shell is involved. */
export interface ScriptCommand {
  /** Path and arguments, at least one word. */
  readonly argv: readonly string[];
  /** User and group by name or number as configured; the daemon's own where absent. */
  readonly user?: string;
  readonly group?: string;
}

export interface VrrpScriptModel {
  readonly name: string;
  readonly command: ScriptCommand;
  readonly interval: Micros;
  readonly timeout: Micros;
  /** Successes in a row until it is up, failures in a row until it is down; at least 1. */
  readonly rise: number;
  readonly fall: number;
  /** `failed`: counts as failed until the first result (`init_fail`); `unknown`: holds its instances back. */
  readonly initialResult: 'unknown' | 'failed';
}

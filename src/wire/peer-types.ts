/**
 * What holdfasts of one group say to each other beside VRRP (docs/peer-protocol.md). It only ever makes
 * faster what the election would decide.
 */
import type { IpAddress, IpFamily } from '../base/ip.ts';

export interface PeerMessage {
  readonly family: IpFamily;
  readonly vrid: number;
  /** Source address of the sender's adverts for this virtual router: its name in the group. */
  readonly sender: IpAddress;
  /** Drawn when the sender's process started: 16 hexadecimal digits. */
  readonly session: string;
  /** Grows with each message of a session. */
  readonly counter: number;
  readonly state: PeerState;
  /** Effective priority, 1..255. */
  readonly priority: number;
  /** Whether it would take over from a master of lower priority now, were it ahead of all others. */
  readonly preempts: 'yes' | 'no';
  /** Sessions of the others that the sender has heard lately: what is old names none that runs. */
  readonly heard: readonly { readonly peer: IpAddress; readonly session: string }[];
  /** Where else the sender can be reached when the interface of the virtual router is cut off. */
  readonly alternates: readonly IpAddress[];
  /** Present where the sender, a master, leaves. */
  readonly resignation?: PeerResignation;
}

/** `drained`: holds nothing and takes nothing. */
export type PeerState = 'init' | 'backup' | 'master' | 'fault' | 'drained';

export interface PeerResignation {
  /** `stopping`: as an advert of priority 0; `lowered`: as an advert of a priority below the successor's. */
  readonly why: 'stopping' | 'lowered';
  /** Who is ahead of all others that the sender knows. */
  readonly successor: IpAddress;
}

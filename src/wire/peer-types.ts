/**
 * What holdfasts of one group say to each other beside VRRP (docs/peer-protocol.md). It only ever makes
 * faster what the election would decide.
 */
import type { IpAddress, IpFamily } from '../base/ip.ts';
import type { Micros } from '../base/time.ts';

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
  /** What the sender has heard of the others lately: an echo of ours proves that it is no recording. */
  readonly heard: readonly PeerEcho[];
  /** Where else the sender can be reached when the interface of the virtual router is cut off. */
  readonly alternates: readonly IpAddress[];
  /** Present where the sender, a master, leaves. */
  readonly resignation?: PeerResignation;
}

/** The last message of a session that somebody has heard. */
export interface PeerEcho {
  readonly peer: IpAddress;
  readonly session: string;
  readonly counter: number;
}

/** An authentic one, with what its echo of ours proves. */
export interface ReceivedPeerMessage extends PeerMessage {
  /**
   * When we sent the last of our messages that the sender had heard: this one was written later.
   * Undefined where it has heard nothing that we said lately; then it may be a recording.
   */
  readonly provenSince: Micros | undefined;
}

/** `drained`: holds nothing and takes nothing. */
export type PeerState = 'init' | 'backup' | 'master' | 'fault' | 'drained';

export interface PeerResignation {
  /** `stopping`: as an advert of priority 0; `lowered`: as an advert of a priority below the successor's. */
  readonly why: 'stopping' | 'lowered';
  /** Who is ahead of all others that the sender knows. */
  readonly successor: IpAddress;
}

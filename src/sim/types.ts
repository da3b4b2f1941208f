/** The words of the simulator: what a host is told, what it did, who watches. */
import type { IpAddress } from '../base/ip.ts';
import type { Micros } from '../base/time.ts';
import type { NodeEffect, NodeInput } from '../core/node.ts';
import type { VrrpSnapshot } from '../core/vrrp/snapshot.ts';
import type { RefusalReason } from '../core/vrrp/types.ts';
import type { PeerMessage } from '../wire/peer-types.ts';
import type { ReceivedAdvert } from '../wire/vrrp-types.ts';
import type { SimHost } from './host.ts';

/** One IP packet of protocol 112 on its way. */
export interface Datagram {
  readonly interface: string;
  readonly source: IpAddress;
  readonly destination: IpAddress;
  readonly ttl: number;
  readonly pdu: Uint8Array;
  /** Decoded once for all its receivers; absent where that fails. */
  readonly advert: ReceivedAdvert | undefined;
  /** Present on packets that no host of the group has sent. */
  readonly forged?: AdvertForgery;
}

/** A side message on its way. */
export interface Letter {
  readonly interface: string;
  /** Which key has signed it. */
  readonly key: string;
  readonly message: PeerMessage;
  readonly sentAt: Micros;
  readonly destinations: readonly IpAddress[];
  /** Where it goes as well when the interface of the virtual router may be what fails. */
  readonly alternates: readonly IpAddress[];
  readonly forged?: LetterForgery;
}

/** What a receiver must make of a forged packet. */
export type AdvertForgery = RefusalReason | 'undecodable' | 'unknown-vrid';

/** `replay`: recorded a while ago; `reflection`: one's own message of a moment ago. */
export type LetterForgery = 'replay' | 'reflection';

export type Forgery = AdvertForgery | LetterForgery;

export type Stimulus = NodeInput | { readonly kind: 'expire' };

/** A router as it was at one moment; the counters are copies. */
export type RouterView = VrrpSnapshot;

/** One call of the engine and what came of it. */
export interface Step {
  readonly host: SimHost;
  readonly now: Micros;
  readonly stimulus: Stimulus;
  readonly forged: Forgery | undefined;
  /** How long the host slept before this, beyond its deadline. */
  readonly lateUs: number;
  readonly before: ReadonlyMap<string, RouterView>;
  readonly after: ReadonlyMap<string, RouterView>;
  readonly effects: readonly NodeEffect[];
}

/** Watches every step for what must never happen; reports by throwing a `Violation`. */
export interface Checker {
  onStep(step: Step): void;
  /** The host lost power, or its process was killed: whatever it was doing is over. */
  onCrash?(host: SimHost): void;
  /** Which addresses a host answers for may have changed. */
  onAnswers?(host: SimHost): void;
}

/** What must never happen did. */
export class Violation extends Error {
  override readonly name = 'Violation';
  readonly checker: string;

  constructor(checker: string, message: string) {
    super(`${checker}: ${message}`);
    this.checker = checker;
  }
}

export function routerKey(host: SimHost, instance: string): string {
  return `${host.name} ${instance}`;
}

/** A router that was stopped or dropped, of which something may still answer. */
export function isEnding({ departure, state, lastCause }: RouterView): boolean {
  if (departure === 'removed' || departure === 'shutdown') return true;
  return state === 'init' && lastCause?.kind === 'operator';
}

/** The words that a host's engine speaks with the world: facts in, orders out, events for people. */
import type { IpAddress, IpFamily } from '../base/ip.ts';
import type { MacAddress } from '../base/mac.ts';
import type { Micros } from '../base/time.ts';
import type { Model } from '../config/model/model.ts';
import type { VrrpInstanceModel } from '../config/model/vrrp.ts';
import type { ReceivedPeerMessage } from '../wire/peer-types.ts';
import type { AdvertDecodeFailure } from '../wire/vrrp-types.ts';
import type { ProxyFacts } from './track/proxies.ts';
import type { ScriptEffect, ScriptInput } from './track/script.ts';
import type { HeardAdvert, LinkState, OperatorOrder, Synced, VrrpEffect } from './vrrp/types.ts';

export type NodeInput =
  /** Everything known of links and addresses has been said; adverts count from `listenFrom` on. */
  | { readonly kind: 'start'; readonly listenFrom: Micros }
  | ({
      readonly kind: 'advertReceived';
      readonly interface: string;
      readonly family: IpFamily;
    } & HeardAdvert)
  | {
      readonly kind: 'advertUndecodable';
      readonly interface: string;
      readonly reason: AdvertDecodeFailure;
    }
  | { readonly kind: 'linkChanged'; readonly interface: string; readonly state: LinkState }
  /** The addresses of an interface, in the kernel's order; tentative ones left out. */
  | {
      readonly kind: 'addressesChanged';
      readonly interface: string;
      readonly addresses: readonly IpAddress[];
    }
  /** Something else removed an address that `instance` holds. */
  | { readonly kind: 'addressLost'; readonly instance: string; readonly address: IpAddress }
  | {
      readonly kind: 'scriptExited';
      readonly script: string;
      readonly result: Extract<ScriptInput, { kind: 'scriptExited' }>['result'];
      readonly detail: string;
    }
  /** The checker process says what has become of a `track_check`. */
  | {
      readonly kind: 'checkJudged';
      readonly check: string;
      readonly verdict: 'up' | 'down';
      readonly detail: string;
    }
  /** The proxy says how those are that instances track; all of them, each time. */
  | { readonly kind: 'proxiesReported'; readonly proxies: readonly ProxyFacts[] }
  /** Nobody can say so any more: its process has ended, or does not answer. */
  | { readonly kind: 'proxyLost'; readonly detail: string }
  | { readonly kind: 'reconfigured'; readonly model: Model }
  /** Another host says by ARP or neighbour discovery that it has an address. */
  | {
      readonly kind: 'addressClaimed';
      readonly interface: string;
      readonly address: IpAddress;
      readonly mac: MacAddress;
    }
  /** Another host has joined the group of our adverts on this interface (IGMP, MLD). */
  | {
      readonly kind: 'listenerSeen';
      readonly interface: string;
      readonly group: IpAddress;
      readonly from: IpAddress;
    }
  /** The adapter has found out by the key, and on an alternate path by the echo, whom it concerns. */
  | {
      readonly kind: 'peerMessageReceived';
      readonly instance: string;
      readonly message: ReceivedPeerMessage;
    }
  | ({ readonly instance: string } & Synced)
  /** `instance` undefined: all of them, and those that come later (drain). */
  | {
      readonly kind: 'ordered';
      readonly instance: string | undefined;
      readonly order: OperatorOrder;
    }
  | { readonly kind: 'stopRequested'; readonly pace: 'planned' | 'at-once' };

export type NodeEffect =
  | VrrpEffect
  | Extract<ScriptEffect, { kind: 'runScript' | 'killScript' }>
  | { readonly kind: 'record'; readonly event: NodeEvent }
  /** Before anything else of the instance: its sockets are wanted. */
  | { readonly kind: 'openInstance'; readonly model: VrrpInstanceModel }
  /** After everything else of the instance. */
  | { readonly kind: 'closeInstance'; readonly instance: string };

export type NodeEvent =
  | {
      readonly kind: 'scriptJudged';
      readonly script: string;
      readonly at: Micros;
      readonly outcome: 'succeeded' | 'failed' | 'timed_out';
      readonly detail: string;
    }
  | { readonly kind: 'scriptOverrun'; readonly script: string; readonly at: Micros }
  | {
      readonly kind: 'checkJudged';
      readonly check: string;
      readonly at: Micros;
      readonly verdict: 'up' | 'down';
      readonly detail: string;
    }
  | {
      readonly kind: 'proxyJudged';
      /** What is tracked, as `TrackedProxy` names it. */
      readonly proxy: string;
      readonly at: Micros;
      readonly verdict: 'up' | 'down';
      readonly detail: string;
    }
  | {
      readonly kind: 'unknownVrid';
      readonly interface: string;
      readonly at: Micros;
      readonly vrid: number;
      readonly from: IpAddress;
    }
  | {
      readonly kind: 'linkChanged';
      readonly interface: string;
      readonly at: Micros;
      readonly state: LinkState;
    }
  | { readonly kind: 'drainChanged'; readonly at: Micros; readonly state: 'drained' | 'serving' };

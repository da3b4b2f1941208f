/**
 * What one process says to the other holdfasts and hears from them, as the daemon's peer side does it:
 * numbers and proofs are the production code's, keys are words, and only who has the same word listens.
 */
import { type IpAddress, ipFamily } from '../base/ip.ts';
import type { Rng } from '../base/rng.ts';
import { type Micros, seconds } from '../base/time.ts';
import type { VrrpInstanceModel } from '../config/model/vrrp.ts';
import type { NodeEffect, NodeInput } from '../core/node.ts';
import { PeerProof } from '../core/vrrp/peer-proof.ts';
import type { PeerMessage } from '../wire/peer-types.ts';
import type { Letter } from './types.ts';

/** For so long it is known where else a peer can be reached. */
const ALTERNATES_VALID = seconds(4);
/** Who signs with another key is told of so often. */
const OUTSIDER_AGAIN = seconds(60);

/** `on-link`: the way of the adverts. */
export type LetterPath = 'on-link' | 'other';

export class PeerPost {
  readonly #key: string;
  readonly #proof: PeerProof;
  readonly #alternates = new Map<IpAddress, Micros>();
  readonly #outsiders = new Map<IpAddress, Micros>();

  constructor(key: string, rng: Rng) {
    this.#key = key;
    const half = (): string => rng.integer(0, 0xffff_ffff).toString(16).padStart(8, '0');
    this.#proof = new PeerProof(half() + half());
  }

  /** `elsewhere`: where else this host can be reached. */
  write(
    now: Micros,
    model: VrrpInstanceModel,
    order: Extract<NodeEffect, { kind: 'sendPeerMessage' }>,
    elsewhere: readonly IpAddress[],
  ): Letter {
    const { session, counter } = this.#proof.stamp(now, model.name);
    const message = { session, counter, alternates: elsewhere, ...order.message };
    const { transport } = model;
    const destinations =
      transport.kind === 'multicast'
        ? [transport.group]
        : transport.peers.map(({ address }) => address);
    const others =
      message.resignation === undefined
        ? []
        : [...this.#alternates].filter(([, at]) => now - at <= ALTERNATES_VALID);
    return {
      interface: model.interface,
      key: this.#key,
      message,
      sentAt: now,
      destinations,
      alternates: others.map(([address]) => address),
    };
  }

  /** What the engine is told of a letter; nothing where it concerns no router here. */
  read(
    now: Micros,
    letter: Letter,
    { path, routers }: { path: LetterPath; routers: Iterable<VrrpInstanceModel> },
  ): NodeInput | undefined {
    const { message } = letter;
    for (const model of routers) {
      if (model.vrid !== message.vrid || model.family !== message.family) continue;
      if (model.fastTakeover === 'off') continue;
      if (letter.key !== this.#key) return this.#noteOutsider(now, model, message);
      const received = this.#proof.examine(model.name, message);
      const isProven = received.provenSince !== undefined;
      if (!isProven && path === 'other' && !isPeerOf(model, message)) continue;
      if (isProven) for (const address of message.alternates) this.#alternates.set(address, now);
      return { kind: 'peerMessageReceived', instance: model.name, message: received };
    }
    return undefined;
  }

  #noteOutsider(
    now: Micros,
    { transport, interface: name }: VrrpInstanceModel,
    { sender: from }: PeerMessage,
  ): NodeInput | undefined {
    if (transport.kind !== 'multicast' || ipFamily(from) !== ipFamily(transport.group)) return;
    const told = this.#outsiders.get(from);
    if (told !== undefined && now - told < OUTSIDER_AGAIN) return;
    this.#outsiders.set(from, now);
    return { kind: 'listenerSeen', interface: name, group: transport.group, from };
  }
}

function isPeerOf({ transport }: VrrpInstanceModel, { sender }: PeerMessage): boolean {
  return transport.kind === 'unicast' && transport.peers.some(({ address }) => address === sender);
}

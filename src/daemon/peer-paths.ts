/** By what other addresses the peers of each router can be reached, as they have proved to say. */
import type { IpAddress } from '../base/ip.ts';
import { type Micros, seconds } from '../base/time.ts';
import type { PeerMessage } from '../wire/peer-types.ts';

/** A resignation proves what it is for no longer. */
const VALID = seconds(4);
const PEERS_MAX = 32;

interface Paths {
  readonly alternates: readonly IpAddress[];
  readonly at: Micros;
}

export class OtherPaths {
  readonly #byInstance = new Map<string, Map<IpAddress, Paths>>();

  note(instance: string, { sender, alternates }: PeerMessage, now: Micros): void {
    const peers = this.#byInstance.get(instance) ?? new Map<IpAddress, Paths>();
    this.#byInstance.set(instance, peers);
    for (const [peer, { at }] of peers) if (now - at > VALID) peers.delete(peer);
    if (peers.has(sender) || peers.size < PEERS_MAX) peers.set(sender, { alternates, at: now });
  }

  of(instance: string, now: Micros): readonly IpAddress[] {
    const found = new Set<IpAddress>();
    for (const { alternates, at } of this.#byInstance.get(instance)?.values() ?? []) {
      if (now - at > VALID) continue;
      for (const address of alternates) found.add(address);
    }
    return [...found];
  }

  forget(instance: string): void {
    this.#byInstance.delete(instance);
  }
}

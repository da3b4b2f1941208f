/** Everything between "send an advert" and the sockets: which are open, what is sent on them. */
import type { IpAddress } from '../base/ip.ts';
import type { VrrpInstanceModel } from '../config/model/vrrp.ts';
import type { VrrpEffect } from '../core/vrrp/types.ts';
import type { LogSink } from '../ports/log.ts';
import type { AdvertLinkOptions } from '../ports/network.ts';
import { AdvertLinks, type AdvertLinksParts, type RouterOnWire } from './advert-links.ts';
import { AdvertSender } from './advert-sender.ts';
import type { Complaints } from './complaints.ts';

/** Links that could not be opened are tried again after this time. */
const REOPEN_MS = 1000;

export interface AdvertSideParts extends Omit<AdvertLinksParts, 'onOpenFailed'> {
  readonly log: LogSink;
  readonly complaints: Complaints;
  /** The routers that need a socket now. */
  routers(): readonly RouterOnWire[];
  isLocal(address: IpAddress): boolean;
}

export class AdvertSide {
  readonly #parts: AdvertSideParts;
  readonly #links: AdvertLinks;
  readonly #senders = new Map<string, AdvertSender>();
  #state: 'current' | 'stale' = 'current';
  #reopenTimer: NodeJS.Timeout | undefined;

  constructor(parts: AdvertSideParts) {
    this.#parts = parts;
    this.#links = new AdvertLinks({
      ...parts,
      onOpenFailed: (name, error) =>
        parts.log.write({
          level: 'error',
          text: `cannot open a VRRP socket on ${name}: ${error.message}`,
        }),
    });
  }

  /** A router, an interface or a source came or changed; sockets may be missing. */
  markStale(): void {
    this.#state = 'stale';
  }

  openIfStale(): void {
    if (this.#state === 'current') return;
    this.#state = 'current';
    if (this.#links.open(this.#parts.routers()) === 'complete') return;
    clearTimeout(this.#reopenTimer);
    this.#reopenTimer = setTimeout(() => {
      this.markStale();
      this.openIfStale();
    }, REOPEN_MS);
  }

  /** What lies unread is told of before this returns. */
  readWaiting(): void {
    this.#links.readWaiting();
  }

  /** The sockets that the routers have, for the program that takes over from this one. */
  links(): readonly AdvertLinkOptions[] {
    return this.#links.list(this.#parts.routers());
  }

  /** Closes sockets that nobody needs any more, after the last adverts went out. */
  closeUnneeded(ended: Iterable<string>): void {
    for (const name of ended) this.#senders.delete(name);
    this.#links.close(this.#parts.routers());
  }

  send(model: VrrpInstanceModel, effect: Extract<VrrpEffect, { kind: 'sendAdvert' }>): void {
    const { instance, priority, source, checksum } = effect;
    this.openIfStale();
    const link = this.#links.find({ model, source });
    if (link === undefined) return;
    let sender = this.#senders.get(instance);
    if (sender === undefined) {
      sender = new AdvertSender((address) => this.#isOwnPeer(instance, address));
      this.#senders.set(instance, sender);
    }
    const error = sender.send(link, { model, source, checksum }, priority);
    const { complaints } = this.#parts;
    if (error === undefined) complaints.forget(`send ${instance} `);
    else {
      complaints.tell(
        `send ${instance} ${error.code}`,
        `(${instance}) cannot send adverts: ${error.message}`,
      );
    }
  }

  close(): void {
    clearTimeout(this.#reopenTimer);
    this.#links.close([]);
  }

  #isOwnPeer(instance: string, address: IpAddress): boolean {
    if (!this.#parts.isLocal(address)) return false;
    this.#parts.complaints.tell(
      `own peer ${instance} ${address}`,
      `(${instance}) unicast_peer ${address} is this host itself - ignoring it`,
    );
    return true;
  }
}

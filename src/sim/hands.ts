/** What the engine of one host orders, done to its kernel and on the network. */
import type { Micros } from '../base/time.ts';
import type { VrrpInstanceModel } from '../config/model/vrrp.ts';
import type { NodeEffect } from '../core/node.ts';
import type { SimHost } from './host.ts';
import type { SimNetwork } from './network.ts';
import type { PeerPost } from './peer-post.ts';
import { TRACKED_INTERFACE } from './plan.ts';
import { AdvertFactory } from './sender.ts';

/** What concerns one instance. */
export type InstanceOrder = Exclude<
  Extract<NodeEffect, { instance: string }>,
  { kind: 'closeInstance' }
>;

export interface HandsParts {
  readonly otherPaths: 'told' | 'none';
  now(): Micros;
  network(): SimNetwork;
  post(): PeerPost | undefined;
}

export class Hands {
  readonly #host: SimHost;
  readonly #parts: HandsParts;
  readonly #factories = new Map<string, AdvertFactory>();

  constructor(host: SimHost, parts: HandsParts) {
    this.#host = host;
    this.#parts = parts;
  }

  carryOut(model: VrrpInstanceModel, order: InstanceOrder): void {
    const { kernel, ears } = this.#host;
    const network = this.#parts.network();
    switch (order.kind) {
      case 'sendAdvert':
        for (const datagram of this.#factoryOf(model).make(model, order)) {
          network.send(this.#host, datagram);
        }
        return;
      case 'addAddresses':
        for (const { address } of order.addresses) kernel.add(model.name, address, order.guard);
        return;
      case 'restoreAddresses':
        for (const { address } of order.addresses) kernel.restore(model.name, address);
        return;
      case 'removeAddresses':
        for (const { address } of order.addresses) kernel.remove(model.name, address);
        return;
      case 'renewGuard':
        kernel.renew(model.name, order.guard);
        return;
      case 'announce':
        // What is not there yet is announced when it is.
        kernel.whenDone(() => {
          const there = order.addresses.filter(({ address }) => kernel.present.has(address));
          network.announce(
            this.#host,
            model.interface,
            there.map(({ address }) => address),
          );
        });
        return;
      case 'inquire':
        ears.expectAnswers();
        network.inquire(this.#host, model.interface, order.addresses);
        return;
      case 'sendPeerMessage':
        this.#write(model, order);
        return;
      default:
        return;
    }
  }

  #write(
    model: VrrpInstanceModel,
    order: Extract<InstanceOrder, { kind: 'sendPeerMessage' }>,
  ): void {
    const { now, network, post, otherPaths } = this.#parts;
    const isTold = otherPaths === 'told' && this.#host.linkState(TRACKED_INTERFACE) === 'up';
    const elsewhere = isTold ? this.#host.addressesOf(TRACKED_INTERFACE) : [];
    const letter = post()?.write(now(), model, order, elsewhere);
    if (letter !== undefined) network().sendLetter(this.#host, letter);
  }

  #factoryOf({ name }: VrrpInstanceModel): AdvertFactory {
    const factory = this.#factories.get(name) ?? new AdvertFactory();
    this.#factories.set(name, factory);
    return factory;
  }
}

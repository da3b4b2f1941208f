/** What becomes of links and addresses, as inputs of the engine. */
import type { IpAddress } from '../base/ip.ts';
import type { AddressLedger } from '../core/kernel/address-ledger.ts';
import type { NodeInput } from '../core/node.ts';
import type { LinkFacts, NetworkEvent, NetworkMonitor } from '../ports/network.ts';
import { linkStateOf, usableAddresses } from './kernel-facts.ts';

export interface NetworkNewsParts {
  readonly monitor: Pick<NetworkMonitor, 'links' | 'addresses'>;
  readonly ledger: AddressLedger;
  feed(input: NodeInput): void;
  /** Something else has removed an address of an instance. */
  onAddressLost(instance: string): void;
  /** By whomever. */
  onAddressGone(name: string, address: IpAddress): void;
  onLinkChanged(): void;
  /** Of the host's own addresses, after all of them have been fed. */
  onAddressesChanged(): void;
}

export class NetworkNews {
  readonly #parts: NetworkNewsParts;
  #localAddresses: ReadonlySet<IpAddress> = new Set();

  constructor(parts: NetworkNewsParts) {
    this.#parts = parts;
  }

  isLocal(address: IpAddress): boolean {
    return this.#localAddresses.has(address);
  }

  /** All that is known now. */
  tellAll(): void {
    for (const link of this.#parts.monitor.links()) {
      this.#parts.feed({ kind: 'linkChanged', interface: link.name, state: linkStateOf(link) });
      this.#feedAddresses(link);
    }
  }

  tell(events: readonly NetworkEvent[]): void {
    const { ledger, monitor, feed } = this.#parts;
    /** Interfaces whose addresses are to be told anew. */
    const changed = new Map<number, LinkFacts>();
    const links = new Map(monitor.links().map((link) => [link.index, link]));
    for (const event of events) {
      switch (event.kind) {
        case 'linkChanged':
          this.#onLink(event.link, changed);
          break;
        case 'linkRemoved':
          this.#parts.onLinkChanged();
          feed({ kind: 'linkChanged', interface: event.name, state: 'missing' });
          break;
        case 'resynchronised':
          ledger.forgetExpectations();
          for (const link of links.values()) this.#onLink(link, changed);
          this.#findLost(links);
          break;
        default: {
          const link = links.get(event.address.interfaceIndex);
          if (link === undefined) break;
          const { address } = event.address;
          // Our own additions and removals come back as events too, by the thousand.
          if (!ledger.isOurs(link.name, address)) changed.set(link.index, link);
          if (event.kind === 'addressRemoved') this.lost(link.name, address);
        }
      }
    }
    if (changed.size === 0) return;
    for (const link of changed.values()) this.#feedAddresses(link);
    this.#parts.onAddressesChanged();
  }

  /** Events were lost; what we hold and the kernel has no more was in them. */
  #findLost(links: ReadonlyMap<number, LinkFacts>): void {
    const { ledger, monitor } = this.#parts;
    const there = new Set(
      monitor.addresses().map((one) => `${links.get(one.interfaceIndex)?.name} ${one.address}`),
    );
    for (const { interface: name, address } of ledger.held()) {
      if (!there.has(`${name} ${address.address}`)) this.lost(name, address.address);
    }
  }

  /** The kernel has an address no more. */
  lost(name: string, address: IpAddress): void {
    for (const instance of this.#parts.ledger.removed(name, address)) {
      this.#parts.onAddressLost(instance);
      this.#parts.feed({ kind: 'addressLost', instance, address });
    }
    this.#parts.onAddressGone(name, address);
  }

  #onLink(link: LinkFacts, changed: Map<number, LinkFacts>): void {
    this.#parts.onLinkChanged();
    changed.set(link.index, link);
    this.#parts.ledger.retry(link.name);
    this.#parts.feed({ kind: 'linkChanged', interface: link.name, state: linkStateOf(link) });
  }

  #feedAddresses(link: LinkFacts): void {
    const all = this.#parts.monitor.addresses();
    this.#localAddresses = new Set(all.map(({ address }) => address));
    const addresses = usableAddresses(all, link.index);
    this.#parts.feed({ kind: 'addressesChanged', interface: link.name, addresses });
  }
}

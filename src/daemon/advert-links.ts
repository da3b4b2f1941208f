/**
 * The sockets on which adverts are sent and heard, one per interface, family and group or unicast
 * source, shared by all routers that need it. Opened and closed by what the routers need now: an
 * interface may come back with another index, a source address may change.
 */
import type { IpAddress, IpFamily } from '../base/ip.ts';
import type { VrrpInstanceModel } from '../config/model/vrrp.ts';
import type {
  AdvertLink,
  AdvertLinkOptions,
  AdvertNetwork,
  AdvertUrgency,
  LateFacts,
  LinkFacts,
  ReceivedDatagram,
} from '../ports/network.ts';
import { isSysError, type SysError } from '../ports/sys-error.ts';

export interface AdvertLinksParts {
  readonly network: AdvertNetwork;
  link(name: string): LinkFacts | undefined;
  onDatagram(
    name: string,
    family: IpFamily,
    datagram: ReceivedDatagram,
    late: LateFacts | undefined,
  ): void;
  /** How soon adverts on the interface are wanted. */
  urgency(name: string): AdvertUrgency;
  onOpenFailed(name: string, error: SysError): void;
}

export interface RouterOnWire {
  readonly model: VrrpInstanceModel;
  readonly source: IpAddress | undefined;
}

export class AdvertLinks {
  readonly #parts: AdvertLinksParts;
  readonly #open = new Map<string, AdvertLink>();
  readonly #failed = new Set<string>();
  /** By what each was found: many adverts a second ask for the same. */
  #found = new WeakMap<VrrpInstanceModel, Found>();

  constructor(parts: AdvertLinksParts) {
    this.#parts = parts;
  }

  /** Opens what `routers` need and is not open. Says whether something could not be opened. */
  open(routers: Iterable<RouterOnWire>): 'complete' | 'incomplete' {
    let outcome: 'complete' | 'incomplete' = 'complete';
    for (const router of routers) {
      const options = this.#options(router);
      if (options === undefined) continue;
      const key = linkKey(options);
      if (this.#open.has(key)) continue;
      const { interfaceName, family } = options;
      const link = this.#parts.network.open(
        options,
        (datagram, late) => this.#parts.onDatagram(interfaceName, family, datagram, late),
        () => this.#parts.urgency(interfaceName),
      );
      if (isSysError(link)) {
        outcome = 'incomplete';
        // Once per trouble: it is tried again every second.
        if (!this.#failed.has(key)) this.#parts.onOpenFailed(options.interfaceName, link);
        this.#failed.add(key);
      } else {
        this.#failed.delete(key);
        this.#open.set(key, link);
      }
    }
    return outcome;
  }

  readWaiting(): void {
    for (const link of this.#open.values()) link.readWaiting();
  }

  /** Closes what none of `routers` needs. */
  close(routers: Iterable<RouterOnWire>): void {
    const needed = new Set<string>();
    for (const router of routers) {
      const options = this.#options(router);
      if (options !== undefined) needed.add(linkKey(options));
    }
    for (const [key, link] of this.#open) {
      if (needed.has(key)) continue;
      link.close();
      this.#open.delete(key);
      this.#found = new WeakMap();
    }
  }

  /** What is open now, and heard. */
  list(routers: Iterable<RouterOnWire>): readonly AdvertLinkOptions[] {
    const found = new Map<string, AdvertLinkOptions>();
    for (const router of routers) {
      const options = this.#options(router);
      if (options !== undefined) found.set(linkKey(options), options);
    }
    return [...found.values()];
  }

  find(router: RouterOnWire): AdvertLink | undefined {
    const { model, source } = router;
    const facts = this.#parts.link(model.interface);
    const found = this.#found.get(model);
    if (found !== undefined && found.facts === facts && found.source === source) return found.link;
    const options = optionsOf(router, facts);
    const link = options && this.#open.get(linkKey(options));
    if (link !== undefined) this.#found.set(model, { facts, source, link });
    return link;
  }

  #options(router: RouterOnWire): AdvertLinkOptions | undefined {
    return optionsOf(router, this.#parts.link(router.model.interface));
  }
}

interface Found {
  readonly facts: LinkFacts | undefined;
  readonly source: IpAddress | undefined;
  readonly link: AdvertLink;
}

function optionsOf(
  { model, source }: RouterOnWire,
  facts: LinkFacts | undefined,
): AdvertLinkOptions | undefined {
  if (facts === undefined) return undefined;
  const { transport } = model;
  if (transport.kind === 'unicast' && source === undefined) return undefined;
  return {
    interfaceIndex: facts.index,
    interfaceName: facts.name,
    family: model.family,
    transport:
      transport.kind === 'multicast'
        ? { kind: 'multicast', group: transport.group }
        : { kind: 'unicast', source: source as IpAddress },
  };
}

function linkKey({ interfaceIndex, family, transport }: AdvertLinkOptions): string {
  const end = transport.kind === 'multicast' ? transport.group : `from ${transport.source}`;
  return `${interfaceIndex} ${family} ${end}`;
}

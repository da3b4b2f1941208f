/**
 * Who listens to the groups of our adverts: hosts that may take over and have perhaps never sent an
 * advert. Reports come when a host joins, and when a router asks, so it is listened from the start on.
 */
import { type IpAddress, ipFamily } from '../base/ip.ts';
import type { Micros } from '../base/time.ts';
import type { VrrpInstanceModel } from '../config/model/vrrp.ts';
import type { NodeInput } from '../core/node-types.ts';
import type { Clock } from '../ports/clock.ts';
import type { ListenerWatch, NeighbourWatch } from '../ports/neighbour-watch.ts';
import type { LinkFacts, NetworkMonitor } from '../ports/network.ts';
import { isSysError, type SysError } from '../ports/sys-error.ts';
import { canBeAsked } from './inquirer.ts';
import type { ReviewOutcome } from './watch-side.ts';

/** Hosts report at least twice; nobody needs to know more often that one is there. */
const TOLD_AGAIN_US = 60_000_000;
const HOSTS_MAX = 64;

export interface ListenerSideParts {
  readonly clock: Clock;
  readonly watch: NeighbourWatch;
  readonly monitor: Pick<NetworkMonitor, 'addresses'>;
  link(name: string): LinkFacts | undefined;
  onHeard(input: Extract<NodeInput, { kind: 'listenerSeen' }>): void;
  onOpenFailed(name: string, error: SysError): void;
}

interface Place {
  readonly interface: string;
  readonly group: IpAddress;
  readonly watch: ListenerWatch;
  /** Host → when the engine was told. */
  readonly hosts: Map<IpAddress, Micros>;
  /** Instances that were there when hosts were told of. */
  instances: ReadonlySet<string>;
}

interface WantedPlace extends Pick<Place, 'interface' | 'group'> {
  readonly link: LinkFacts;
  readonly instances: Set<string>;
}

export class ListenerSide {
  readonly #parts: ListenerSideParts;
  readonly #places = new Map<string, Place>();

  constructor(parts: ListenerSideParts) {
    this.#parts = parts;
  }

  /** Listens where `models` need it, and nowhere else; opens so many sockets at most. */
  review(models: Iterable<VrrpInstanceModel>, openingsMax: number): ReviewOutcome {
    const wanted = this.#placesOf(models);
    for (const [key, place] of this.#places) {
      if (wanted.has(key)) continue;
      place.watch.close();
      this.#places.delete(key);
    }
    let outcome: ReviewOutcome = 'complete';
    let openings = 0;
    for (const [key, place] of wanted) {
      const open = this.#places.get(key);
      if (open !== undefined) this.#tellNewcomers(open, place.instances);
      else if (openings++ >= openingsMax) return 'more';
      else if (this.#open(key, place) === 'failed') outcome = 'failed';
    }
    return outcome;
  }

  close(): void {
    for (const { watch } of this.#places.values()) watch.close();
    this.#places.clear();
  }

  #placesOf(models: Iterable<VrrpInstanceModel>): Map<string, WantedPlace> {
    const places = new Map<string, WantedPlace>();
    for (const { name, interface: interfaceName, transport } of models) {
      const link = this.#parts.link(interfaceName);
      if (transport.kind !== 'multicast' || link === undefined || !canBeAsked(link)) continue;
      const { group } = transport;
      const key = `${link.index} ${group}`;
      const place = places.get(key);
      if (place !== undefined) place.instances.add(name);
      else places.set(key, { interface: link.name, group, link, instances: new Set([name]) });
    }
    return places;
  }

  #open(key: string, { link, group, instances }: WantedPlace): 'opened' | 'failed' {
    // What is lost then are reports of hosts beyond the few that are remembered.
    const onFlood = (): void => {};
    const where = { interfaceIndex: link.index, interfaceName: link.name, onFlood };
    const watch = this.#parts.watch.openListeners(
      { ...where, family: ipFamily(group), group },
      (host) => this.#onListener(key, host),
    );
    if (isSysError(watch)) {
      this.#parts.onOpenFailed(link.name, watch);
      return 'failed';
    }
    const hosts = new Map<IpAddress, Micros>();
    this.#places.set(key, { interface: link.name, group, watch, hosts, instances });
    return 'opened';
  }

  #onListener(key: string, host: IpAddress): void {
    const place = this.#places.get(key);
    if (place === undefined) return;
    // Our own kernel's reports come back to us, also those that it sends without an address.
    if (host === '0.0.0.0' || host === '::') return;
    const now = this.#parts.clock.now();
    const toldAt = place.hosts.get(host);
    if (toldAt !== undefined && now - toldAt < TOLD_AGAIN_US) return;
    if (toldAt === undefined && place.hosts.size >= HOSTS_MAX) return;
    if (this.#parts.monitor.addresses().some(({ address }) => address === host)) return;
    place.hosts.set(host, now);
    this.#tell(place, host);
  }

  #tellNewcomers(place: Place, instances: ReadonlySet<string>): void {
    const isNew = [...instances].some((name) => !place.instances.has(name));
    place.instances = instances;
    if (isNew) for (const host of place.hosts.keys()) this.#tell(place, host);
  }

  #tell({ interface: name, group }: Place, from: IpAddress): void {
    this.#parts.onHeard({ kind: 'listenerSeen', interface: name, group, from });
  }
}

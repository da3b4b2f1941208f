/**
 * What a plan before this one was made of. A cluster of a thousand Services changes in one of them at a time: what
 * comes of the others is the same object as before. Nothing of a plan depends on it but that.
 */
import type { Diagnosis, NodeObject, ServiceObject, ServicePort, SliceObject } from './objects.ts';
import type { VirtualServer } from './plan.ts';
import type { Entries, EntriesSource, LastGood } from './read-entries.ts';
import type { ServiceSettings } from './service-settings.ts';

/** All that a virtual server follows from; compared by identity. */
export interface ServerSource {
  readonly service: ServiceObject;
  readonly port: ServicePort;
  readonly slices: readonly SliceObject[];
  readonly settings: ServiceSettings;
  readonly method: string;
  readonly carrier: 'kernel' | 'proxy';
  readonly onNode: string | undefined;
}

interface KnownEntries {
  readonly configMap: EntriesSource['configMap'];
  readonly lastGood: LastGood;
  readonly nodes: readonly NodeObject[];
  readonly entries: Entries;
}

interface KnownServer {
  readonly source: ServerSource;
  readonly server: VirtualServer;
}

export interface KnownSettings {
  readonly settings: ServiceSettings;
  readonly diagnoses: readonly Diagnosis[];
}

/** Of one ConfigMap; one a controller. */
export class KnownParts {
  readonly #settings = new WeakMap<ServiceObject, KnownSettings>();
  #entries: KnownEntries | undefined;
  #servers = new Map<string, KnownServer>();
  /** Those of the plan that is being made. */
  #next = new Map<string, KnownServer>();

  entries(
    { configMap, lastGood, nodes }: Omit<KnownEntries, 'entries'>,
    make: () => Entries,
  ): Entries {
    const known = this.#entries;
    const isSame =
      known?.configMap === configMap &&
      known?.lastGood === lastGood &&
      known.nodes.length === nodes.length &&
      known.nodes.every((node, index) => node === nodes[index]);
    if (isSame && known !== undefined) return known.entries;
    const entries = make();
    this.#entries = { configMap, lastGood, nodes, entries };
    return entries;
  }

  settings(service: ServiceObject, make: () => KnownSettings): KnownSettings {
    const known = this.#settings.get(service) ?? make();
    this.#settings.set(service, known);
    return known;
  }

  /** `spot`: address, protocol and port, each once a plan. */
  server(spot: string, source: ServerSource, make: () => VirtualServer): VirtualServer {
    const before = this.#servers.get(spot);
    const known =
      before !== undefined && isSameSource(before.source, source)
        ? before
        : { source, server: make() };
    this.#next.set(spot, known);
    return known.server;
  }

  /** The plan is made: what it has not is forgotten. */
  finish(): void {
    this.#servers = this.#next;
    this.#next = new Map();
  }
}

function isSameSource(one: ServerSource, other: ServerSource): boolean {
  return (
    one.service === other.service &&
    one.port === other.port &&
    one.slices === other.slices &&
    one.settings === other.settings &&
    one.method === other.method &&
    one.carrier === other.carrier &&
    one.onNode === other.onNode
  );
}

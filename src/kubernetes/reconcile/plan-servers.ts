/** Services behind addresses: a virtual server for each port. */
import { type IpAddress, ipFamily } from '../../base/ip.ts';
import { selectBackends } from './backends.ts';
import type { KnownParts, ServerSource } from './known-parts.ts';
import { type Diagnosis, nameOf, type ServiceObject, type SliceObject } from './objects.ts';
import type { VirtualServer } from './plan.ts';
import { checkFor, readServiceSettings, type ServiceSettings } from './service-settings.ts';
import type { Method, ServiceTarget, VipEntry } from './vip-entry.ts';

export interface ServersQuery {
  readonly entries: readonly VipEntry[];
  readonly services: ReadonlyMap<string, ServiceObject>;
  /** By NAMESPACE/NAME of their Service. */
  readonly slices: ReadonlyMap<string, readonly SliceObject[]>;
  /** Keys of entries whose addresses are only where their Services' endpoints are. */
  readonly local: ReadonlySet<string>;
  readonly ownNode: string;
  /** Whether a proxy runs: it carries TCP, whatever an entry says. */
  readonly proxyMode: 'on' | 'off';
  readonly known: KnownParts;
}

export interface PlannedServers {
  readonly servers: readonly VirtualServer[];
  readonly diagnoses: readonly Diagnosis[];
}

export function planServers(query: ServersQuery): PlannedServers {
  const planner = new Planner(query);
  for (const entry of query.entries) {
    for (const target of entry.targets) planner.add(entry, target);
  }
  return { servers: planner.servers, diagnoses: planner.diagnoses };
}

const NONE: readonly SliceObject[] = [];

class Planner {
  readonly servers: VirtualServer[] = [];
  readonly diagnoses: Diagnosis[] = [];
  readonly #query: ServersQuery;
  /** Those of which it is told already what is wrong with their annotations. */
  readonly #told = new Set<ServiceObject>();
  /** Who has which address, protocol and port. */
  readonly #taken = new Map<string, string>();

  constructor(query: ServersQuery) {
    this.#query = query;
  }

  add(entry: VipEntry, target: ServiceTarget): void {
    const service = this.#query.services.get(nameOf(target));
    if (service === undefined) {
      this.#tell(target, 'ServiceMissing', `${entry.address} has no such Service to balance to`);
    } else if (service.type === 'ExternalName') {
      this.#tell(target, 'ExternalName', `${entry.address}: a name outside has no endpoints`);
    } else if (target.method === 'PROXY' && this.#query.proxyMode === 'off') {
      const message = `${entry.address}: PROXY takes --proxy-protocol-mode=true`;
      this.#tell(target, 'NoProxy', message);
    } else {
      this.#addPorts(entry, service, target.method);
    }
  }

  #addPorts(entry: VipEntry, service: ServiceObject, method: Method): void {
    const { address } = entry;
    const family = ipFamily(address);
    const slices = this.#query.slices.get(nameOf(service)) ?? NONE;
    const settings = this.#settingsOf(service);
    const onNode = this.#query.local.has(entry.key) ? this.#query.ownNode : undefined;
    for (const port of service.ports) {
      const spot = `${address} ${port.protocol} ${port.port}`;
      const other = this.#taken.get(spot);
      if (other !== undefined) {
        this.#tell(service, 'PortTaken', `${spot} is ${other}'s already; its own does not count`);
        continue;
      }
      this.#taken.set(spot, nameOf(service));
      const isProxied = this.#query.proxyMode === 'on' && port.protocol === 'TCP';
      const carrier = isProxied ? 'proxy' : 'kernel';
      const source = { service, port, slices, settings, method, carrier, onNode } as const;
      this.servers.push(
        this.#query.known.server(spot, source, () => makeServer(address, method, source)),
      );
    }
    if (slices.length > 0 && slices.every((slice) => slice.family !== family)) {
      this.#tell(service, 'OtherFamily', `${address}: its endpoints have no IPv${family} address`);
    }
  }

  #settingsOf(service: ServiceObject): ServiceSettings {
    const { settings, diagnoses } = this.#query.known.settings(service, () => {
      const found: Diagnosis[] = [];
      return { settings: readServiceSettings(service, found), diagnoses: found };
    });
    if (!this.#told.has(service)) this.diagnoses.push(...diagnoses);
    this.#told.add(service);
    return settings;
  }

  #tell(
    { namespace, name }: Pick<ServiceTarget, 'namespace' | 'name'>,
    reason: string,
    message: string,
  ) {
    this.diagnoses.push({ object: { kind: 'Service', namespace, name }, reason, message });
  }
}

/**
 * Connections to what is left out nftables lets go on, IPVS does not. But weight 0 does not keep persistent clients
 * away, so that those of nftables had better be without it; direct routing is IPVS in any case.
 */
function keepsDraining(method: Method, { persistenceSeconds }: ServiceSettings): boolean {
  return method === 'DR' || persistenceSeconds === 0;
}

function makeServer(
  address: IpAddress,
  method: Method,
  { service, port, slices, settings, carrier, onNode }: ServerSource,
): VirtualServer {
  const { scheduler, persistenceSeconds } = settings;
  const isKept = carrier === 'kernel' && keepsDraining(method, settings);
  const backends = selectBackends({
    ...{ slices, port, family: ipFamily(address), draining: isKept ? 'kept' : 'left out' },
    ...(onNode !== undefined && { onNode }),
    ...(settings.weights !== undefined && { weights: settings.weights }),
  });
  return {
    ...{ address, port: port.port, protocol: port.protocol, scheduler },
    method: method === 'PROXY' ? 'NAT' : method,
    ...(carrier === 'proxy' && { proxy: method === 'PROXY' ? 'header' : 'plain' }),
    check: checkFor(port.protocol, settings.check),
    ...{ persistenceSeconds, backends, portName: port.name },
    service: { namespace: service.namespace, name: service.name },
  };
}

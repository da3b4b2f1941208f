/** The endpoints of a port of a Service. */
import { compareIp, type IpAddress, type IpFamily } from '../../base/ip.ts';
import type { Endpoint, EndpointPort, ServicePort, SliceObject } from './objects.ts';

export interface Backend {
  readonly address: IpAddress;
  readonly port: number;
  /** It ends: it keeps its connections, and gets no new ones. */
  readonly drains?: true;
  /** Where it is not 1. */
  readonly weight?: number;
}

export interface BackendsQuery {
  readonly slices: readonly SliceObject[];
  readonly port: ServicePort;
  readonly family: IpFamily;
  /** Only those of this node. */
  readonly onNode?: string;
  /** By name of node; 1 where it has none. */
  readonly weights?: ReadonlyMap<string, number>;
  /** Whether those that still serve while they end stay, without new connections, beside ready ones. */
  readonly draining: 'kept' | 'left out';
}

/**
 * Those that are ready; where none is, those that still serve while they end, on the node alone where only that one
 * counts (KEP-1669). Each once, in the order of their addresses, whatever the order of the slices.
 */
export function selectBackends(query: BackendsQuery): Backend[] {
  const { slices, port, family, onNode } = query;
  const found = { ready: new Map<string, Backend>(), draining: new Map<string, Backend>() };
  for (const slice of slices) {
    if (slice.family !== family) continue;
    const target = matchingPort(slice.ports, port);
    if (target === undefined) continue;
    for (const { addresses, condition, nodeName } of slice.endpoints) {
      if (condition === 'unready' || (onNode !== undefined && nodeName !== onNode)) continue;
      // Further addresses of an endpoint are the same host.
      const [address] = addresses;
      if (address === undefined) continue;
      const weight = nodeName === undefined ? undefined : query.weights?.get(nodeName);
      found[condition].set(`${address} ${target}`, {
        ...{ address, port: target },
        ...(weight !== undefined && { weight }),
      });
    }
  }
  const { ready, draining } = found;
  const chosen = new Map(ready.size > 0 ? ready : draining);
  if (query.draining === 'kept') {
    for (const [key, backend] of draining)
      if (!chosen.has(key)) chosen.set(key, { ...backend, drains: true });
  }
  return [...chosen.values()].sort((a, b) => compareIp(a.address, b.address) || a.port - b.port);
}

/**
 * Ports have the name of the Service's port, whatever its target is called. Endpoints written by hand may have
 * none: there a number is as good.
 */
function matchingPort(ports: readonly EndpointPort[], wanted: ServicePort): number | undefined {
  const same = ports.filter(({ protocol }) => protocol === wanted.protocol);
  const byName = same.find(({ name }) => name === wanted.name);
  const number = typeof wanted.targetPort === 'number' ? wanted.targetPort : undefined;
  if (byName !== undefined) return byName.port ?? number ?? wanted.port;
  if (number === undefined) return undefined;
  return same.find(({ name, port }) => name === '' && port === number)?.port;
}

/** The nodes where a Service has an endpoint that is ready. */
export function nodesWithEndpoint(slices: readonly SliceObject[]): ReadonlySet<string> {
  const nodes = new Set<string>();
  const isReady = ({ condition }: Endpoint): boolean => condition === 'ready';
  for (const { endpoints } of slices)
    for (const { nodeName } of endpoints.filter(isReady)) {
      if (nodeName !== undefined) nodes.add(nodeName);
    }
  return nodes;
}

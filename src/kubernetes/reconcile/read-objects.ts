/** Objects as the API server sends them, trimmed; undefined where one is none of ours. */
import { type IpAddress, ipFamily, parseIp } from '../../base/ip.ts';
import {
  type Fields,
  fieldsOf,
  integerOf,
  listOf,
  parseInteger,
  textOf,
  textsOf,
} from '../../base/json-fields.ts';
import type {
  ConfigMapObject,
  Endpoint,
  EndpointPort,
  NodeObject,
  ObjectName,
  PodObject,
  Protocol,
  ServiceObject,
  ServicePort,
  SliceObject,
} from './objects.ts';

export const ANNOTATION_PREFIX = 'holdfast/';
const PORTS = [1, 65_535] as const;
const DEFAULT_AFFINITY_S = 10_800;
const AFFINITY_S = [1, 86_400] as const;
const PRIORITIES = [1, 254] as const;
const EXCLUDED = 'node.kubernetes.io/exclude-from-external-load-balancers';

export function readConfigMap(raw: unknown): ConfigMapObject | undefined {
  const name = readName(raw);
  return name && { ...name, data: textsOf(fieldsOf(raw).data) };
}

export function readPod(raw: unknown): PodObject | undefined {
  const name = readName(raw);
  const spec = fieldsOf(fieldsOf(raw).spec);
  const nodeName = textOf(spec.nodeName);
  return name && { ...name, nodeName, nodeSelector: textsOf(spec.nodeSelector) };
}

export function readService(raw: unknown): ServiceObject | undefined {
  const name = readName(raw);
  if (name === undefined) return undefined;
  const spec = fieldsOf(fieldsOf(raw).spec);
  const affinity = spec.sessionAffinity === 'ClientIP' ? affinityOf(spec) : undefined;
  return {
    ...name,
    type: textOf(spec.type) || 'ClusterIP',
    ports: listOf(spec.ports).flatMap(readServicePort),
    externalTrafficPolicy: spec.externalTrafficPolicy === 'Local' ? 'Local' : 'Cluster',
    annotations: ownAnnotations(raw),
    ...(affinity !== undefined && { affinitySeconds: affinity }),
  };
}

function affinityOf(spec: Fields): number {
  const config = fieldsOf(fieldsOf(spec.sessionAffinityConfig).clientIP);
  return integerOf(config.timeoutSeconds, AFFINITY_S) ?? DEFAULT_AFFINITY_S;
}

function readServicePort(raw: unknown): ServicePort[] {
  const { name, protocol, port, targetPort } = fieldsOf(raw);
  const number = integerOf(port, PORTS);
  if (number === undefined) return [];
  const target = integerOf(targetPort, PORTS) ?? (textOf(targetPort) || number);
  return [
    { name: textOf(name), protocol: readProtocol(protocol), port: number, targetPort: target },
  ];
}

/** An EndpointSlice of any version of its API. */
export function readSlice(raw: unknown): SliceObject | undefined {
  const name = readName(raw);
  const fields = fieldsOf(raw);
  const labels = textsOf(fieldsOf(fields.metadata).labels);
  const service = labels['kubernetes.io/service-name'] ?? '';
  const family = fields.addressType === 'IPv4' ? 4 : fields.addressType === 'IPv6' ? 6 : undefined;
  if (name === undefined || service === '' || family === undefined) return undefined;
  return {
    ...name,
    service,
    family,
    ports: listOf(fields.ports).map(readEndpointPort),
    endpoints: listOf(fields.endpoints).flatMap((one) => readEndpoint(one, family)),
  };
}

function readEndpointPort(raw: unknown): EndpointPort {
  const { name, protocol, port } = fieldsOf(raw);
  const number = integerOf(port, PORTS);
  return {
    name: textOf(name),
    protocol: readProtocol(protocol),
    ...(number !== undefined && { port: number }),
  };
}

function readEndpoint(raw: unknown, family: 4 | 6): Endpoint[] {
  const { addresses, conditions, nodeName, topology } = fieldsOf(raw);
  const usable = listOf(addresses).flatMap((text) => addressesOf(text, family));
  if (usable.length === 0) return [];
  // v1beta1 has the node among its topology.
  const node = textOf(nodeName) || (textsOf(topology)['kubernetes.io/hostname'] ?? '');
  const condition = readCondition(fieldsOf(conditions));
  return [{ addresses: usable, condition, ...(node !== '' && { nodeName: node }) }];
}

/**
 * What is not said of an endpoint is in its favour. One that ends may be ready all the same: so a Service with
 * `publishNotReadyAddresses` wants it.
 */
function readCondition({ ready, serving, terminating }: Fields): Endpoint['condition'] {
  if (ready !== false) return 'ready';
  return terminating === true && serving !== false ? 'draining' : 'unready';
}

/** Endpoints of old clusters: a slice for each subset and family. */
export function readEndpoints(raw: unknown): readonly SliceObject[] {
  const name = readName(raw);
  if (name === undefined) return [];
  return listOf(fieldsOf(raw).subsets).flatMap((subset) => {
    const { addresses, ports } = fieldsOf(subset);
    const read = listOf(ports).map(readEndpointPort);
    return ([4, 6] as const).flatMap((family) => {
      const endpoints = listOf(addresses).flatMap((one) => readAddress(one, family));
      if (endpoints.length === 0) return [];
      return [{ ...name, service: name.name, family, ports: read, endpoints }];
    });
  });
}

function readAddress(raw: unknown, family: 4 | 6): Endpoint[] {
  const { ip, nodeName } = fieldsOf(raw);
  const node = textOf(nodeName);
  const addresses = addressesOf(ip, family);
  if (addresses.length === 0) return [];
  return [{ addresses, condition: 'ready', ...(node !== '' && { nodeName: node }) }];
}

function addressesOf(raw: unknown, family: 4 | 6): IpAddress[] {
  const address = parseIp(textOf(raw));
  return address !== undefined && ipFamily(address) === family ? [address] : [];
}

export function readNode(raw: unknown): NodeObject | undefined {
  const fields = fieldsOf(raw);
  const { name, labels, creationTimestamp } = fieldsOf(fields.metadata);
  if (textOf(name) === '') return undefined;
  const priority = parseInteger(ownAnnotations(raw).priority ?? '', PRIORITIES);
  return {
    name: textOf(name),
    labels: textsOf(labels),
    addresses: listOf(fieldsOf(fields.status).addresses).flatMap(readNodeAddress),
    createdAt: textOf(creationTimestamp),
    standing: readStanding(fields),
    ...(priority !== undefined && { priority }),
  };
}

function readNodeAddress(raw: unknown): NodeObject['addresses'][number][] {
  const { type, address } = fieldsOf(raw);
  const parsed = parseIp(textOf(address));
  if (parsed === undefined || (type !== 'InternalIP' && type !== 'ExternalIP')) return [];
  return [{ type, address: parsed }];
}

function readStanding(node: Fields): NodeObject['standing'] {
  const { labels } = fieldsOf(node.metadata);
  const conditions = listOf(fieldsOf(node.status).conditions).map(fieldsOf);
  const ready = conditions.find(({ type }) => type === 'Ready');
  if (ready !== undefined && ready.status !== 'True') return 'not-ready';
  if (fieldsOf(node.spec).unschedulable === true) return 'cordoned';
  return EXCLUDED in fieldsOf(labels) ? 'excluded' : 'ready';
}

function readName(raw: unknown): ObjectName | undefined {
  const { namespace, name } = fieldsOf(fieldsOf(raw).metadata);
  if (textOf(name) === '' || textOf(namespace) === '') return undefined;
  return { namespace: textOf(namespace), name: textOf(name) };
}

function readProtocol(raw: unknown): Protocol {
  return raw === 'UDP' || raw === 'SCTP' ? raw : 'TCP';
}

function ownAnnotations(raw: unknown): Record<string, string> {
  const all = Object.entries(textsOf(fieldsOf(fieldsOf(raw).metadata).annotations));
  return Object.fromEntries(
    all.flatMap(([key, value]) =>
      key.startsWith(ANNOTATION_PREFIX) ? [[key.slice(ANNOTATION_PREFIX.length), value]] : [],
    ),
  );
}

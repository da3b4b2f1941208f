/**
 * What today's Kubernetes (1.35) publishes of two kinds in its OpenAPI: fields, types, what is required. As strict as
 * its servers are with `fieldValidation=Strict`.
 */
import { fieldsOf } from '../../../src/base/json-fields.ts';

export type Schema =
  | { readonly type: 'string'; readonly values?: readonly string[] }
  | { readonly type: 'integer' | 'boolean' | 'any' }
  | { readonly type: 'list' | 'map'; readonly of: Schema }
  | {
      readonly type: 'object';
      readonly fields: Readonly<Record<string, Schema>>;
      readonly required: readonly string[];
    };

const any: Schema = { type: 'any' };
const text: Schema = { type: 'string' };
const integer: Schema = { type: 'integer' };
const boolean: Schema = { type: 'boolean' };
const texts: Schema = { type: 'map', of: text };

function oneOf(...values: string[]): Schema {
  return { type: 'string', values };
}

function list(of: Schema): Schema {
  return { type: 'list', of };
}

function object(fields: Record<string, Schema>, ...required: string[]): Schema {
  return { type: 'object', fields, required };
}

const protocol = oneOf('TCP', 'UDP', 'SCTP');
const kind = { apiVersion: text, kind: text, metadata: any };
const named = list(object({ name: text }, 'name'));

const endpoint = object(
  {
    addresses: list(text),
    conditions: object({ ready: boolean, serving: boolean, terminating: boolean }),
    deprecatedTopology: texts,
    hints: object({ forNodes: named, forZones: named }),
    hostname: text,
    nodeName: text,
    targetRef: any,
    zone: text,
  },
  'addresses',
);

export const ENDPOINT_SLICE = object(
  {
    ...kind,
    addressType: oneOf('IPv4', 'IPv6', 'FQDN'),
    endpoints: list(endpoint),
    ports: list(object({ appProtocol: text, name: text, port: integer, protocol })),
  },
  'addressType',
  'endpoints',
);

const servicePort = object(
  { appProtocol: text, name: text, nodePort: integer, port: integer, protocol, targetPort: any },
  'port',
);

const ingress = object({
  hostname: text,
  ip: text,
  ipMode: oneOf('VIP', 'Proxy'),
  ports: list(object({ error: text, port: integer, protocol }, 'port', 'protocol')),
});

export const SERVICE = object({
  ...kind,
  spec: object({
    allocateLoadBalancerNodePorts: boolean,
    clusterIP: text,
    clusterIPs: list(text),
    externalIPs: list(text),
    externalName: text,
    externalTrafficPolicy: oneOf('Cluster', 'Local'),
    healthCheckNodePort: integer,
    internalTrafficPolicy: oneOf('Cluster', 'Local'),
    ipFamilies: list(oneOf('IPv4', 'IPv6')),
    ipFamilyPolicy: oneOf('SingleStack', 'PreferDualStack', 'RequireDualStack'),
    loadBalancerClass: text,
    loadBalancerIP: text,
    loadBalancerSourceRanges: list(text),
    ports: list(servicePort),
    publishNotReadyAddresses: boolean,
    selector: texts,
    sessionAffinity: oneOf('None', 'ClientIP'),
    sessionAffinityConfig: object({ clientIP: object({ timeoutSeconds: integer }) }),
    trafficDistribution: text,
    type: oneOf('ClusterIP', 'NodePort', 'LoadBalancer', 'ExternalName'),
  }),
  status: object({ conditions: list(any), loadBalancer: object({ ingress: list(ingress) }) }),
});

/** What of the value is not as the schema says; empty where all is. */
export function findViolations(value: unknown, schema: Schema, path = ''): string[] {
  // As servers do: null is absent.
  if (value === null || value === undefined || schema.type === 'any') return [];
  switch (schema.type) {
    case 'string':
      if (typeof value !== 'string') return [`${path}: not a string`];
      return schema.values === undefined || schema.values.includes(value)
        ? []
        : [`${path}: '${value}' is none of ${schema.values.join(', ')}`];
    case 'integer':
      return Number.isInteger(value) ? [] : [`${path}: not an integer`];
    case 'boolean':
      return typeof value === 'boolean' ? [] : [`${path}: not a boolean`];
    case 'list':
      return Array.isArray(value)
        ? value.flatMap((one, index) => findViolations(one, schema.of, `${path}[${index}]`))
        : [`${path}: not a list`];
    case 'map':
      return isObject(value)
        ? Object.entries(fieldsOf(value)).flatMap(([key, one]) =>
            findViolations(one, schema.of, `${path}.${key}`),
          )
        : [`${path}: not an object`];
    case 'object':
      return isObject(value)
        ? objectViolations(fieldsOf(value), schema, path)
        : [`${path}: not an object`];
  }
}

function objectViolations(
  value: Readonly<Record<string, unknown>>,
  { fields, required }: Extract<Schema, { type: 'object' }>,
  path: string,
): string[] {
  const missing = required.filter((name) => value[name] === undefined || value[name] === null);
  const wrong = Object.entries(value).flatMap(([name, one]) => {
    const schema = fields[name];
    const where = `${path}.${name}`;
    return schema === undefined ? [`${where}: unknown field`] : findViolations(one, schema, where);
  });
  return [...missing.map((name) => `${path}.${name}: required`), ...wrong];
}

function isObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/**
 * Objects as today's Kubernetes has them ↔ as an API server of 1.20 takes them. What that one lacks is kept in an
 * annotation, which nobody sees who comes by way of the shim.
 */
import { type Fields, fieldsOf, listOf, textOf, textsOf } from '../../../src/base/json-fields.ts';
import { ENDPOINT_SLICE, type Schema, SERVICE } from './schema.ts';

const KEPT = 'shim.holdfast.test/newer';
const HOST_LABEL = 'kubernetes.io/hostname';
const ZONE_LABEL = 'topology.kubernetes.io/zone';
const NEWER_SPEC = ['loadBalancerClass', 'internalTrafficPolicy', 'trafficDistribution'];

/** In the text of a patch of a Service. */
export const NEWER_FIELDS = new RegExp(`"(?:${[...NEWER_SPEC, 'ipMode'].join('|')})"`);

export interface NewerKind {
  readonly schema: Schema;
  /** As the server takes it. `stored`: as the server has it. `part`: which of its parts is written. */
  toOld(object: Fields, stored: Fields | undefined, part: 'all' | 'status'): Fields;
  toNew(object: Fields): Fields;
}

export const ENDPOINT_SLICES: NewerKind = {
  schema: ENDPOINT_SLICE,
  toOld: ({ metadata, endpoints, ...rest }) => ({
    ...rest,
    apiVersion: 'discovery.k8s.io/v1beta1',
    metadata: keep(metadata, { endpoints }),
    endpoints: listOf(endpoints).map(endpointToOld),
  }),
  toNew: ({ metadata, endpoints, ...rest }) => {
    const { kept, metadata: own } = unkeep(metadata);
    // Somebody may have written it by the older version meanwhile.
    const isKept = addressesOf(kept.endpoints) === addressesOf(endpoints);
    return {
      ...rest,
      apiVersion: 'discovery.k8s.io/v1',
      metadata: own,
      endpoints: isKept ? listOf(kept.endpoints) : listOf(endpoints).map(endpointToNew),
    };
  },
};

export const SERVICES: NewerKind = {
  schema: SERVICE,
  toOld: ({ metadata, spec, status, ...rest }, stored, part) => {
    const before = unkeep(fieldsOf(stored).metadata).kept;
    const all = Object.entries(fieldsOf(spec));
    const isNewer = ([name]: [string, unknown]): boolean => NEWER_SPEC.includes(name);
    const ingress = listOf(fieldsOf(fieldsOf(status).loadBalancer).ingress).map(fieldsOf);
    return {
      ...rest,
      metadata: keep(metadata, {
        spec: part === 'status' ? before.spec : Object.fromEntries(all.filter(isNewer)),
        ipModes:
          part === 'all'
            ? before.ipModes
            : Object.fromEntries(ingress.map(({ ip, ipMode }) => [ip, ipMode])),
      }),
      spec: Object.fromEntries(all.filter((pair) => !isNewer(pair))),
      status: { loadBalancer: { ingress: ingress.map(({ ipMode: _, ...one }) => one) } },
    };
  },
  toNew: ({ metadata, spec, status, ...rest }) => {
    const { kept, metadata: own } = unkeep(metadata);
    const modes = fieldsOf(kept.ipModes);
    const { loadBalancer } = fieldsOf(status);
    const ingress = listOf(fieldsOf(loadBalancer).ingress).map((one) => {
      const mode = modes[textOf(fieldsOf(one).ip)];
      return { ...fieldsOf(one), ...(mode !== undefined && { ipMode: mode }) };
    });
    return {
      ...rest,
      metadata: own,
      spec: { ...fieldsOf(spec), ...fieldsOf(kept.spec) },
      status: { loadBalancer: ingress.length === 0 ? {} : { ingress } },
    };
  },
};

function keep(metadata: unknown, newer: object): Fields {
  const annotations = { ...textsOf(fieldsOf(metadata).annotations), [KEPT]: JSON.stringify(newer) };
  return { ...fieldsOf(metadata), annotations };
}

function unkeep(metadata: unknown): { readonly kept: Fields; readonly metadata: Fields } {
  const { annotations, managedFields: _, ...rest } = fieldsOf(metadata);
  const { [KEPT]: kept = '{}', ...others } = textsOf(annotations);
  return {
    kept: fieldsOf(JSON.parse(kept)),
    metadata: { ...rest, ...(Object.keys(others).length > 0 && { annotations: others }) },
  };
}

function endpointToOld(raw: unknown): Fields {
  const { addresses, conditions, hostname, targetRef, nodeName, zone } = fieldsOf(raw);
  const topology = {
    ...(nodeName !== undefined && { [HOST_LABEL]: nodeName }),
    ...(zone !== undefined && { [ZONE_LABEL]: zone }),
  };
  const { ready } = fieldsOf(conditions);
  return { addresses, conditions: { ready }, hostname, targetRef, topology };
}

function endpointToNew(raw: unknown): Fields {
  const { topology, ...rest } = fieldsOf(raw);
  const { [HOST_LABEL]: nodeName, [ZONE_LABEL]: zone, ...others } = textsOf(topology);
  return {
    ...rest,
    ...(nodeName !== undefined && { nodeName }),
    ...(zone !== undefined && { zone }),
    ...(Object.keys(others).length > 0 && { deprecatedTopology: others }),
  };
}

function addressesOf(endpoints: unknown): string {
  return JSON.stringify(listOf(endpoints).map((one) => listOf(fieldsOf(one).addresses)));
}

/** RFC 7386. */
export function mergePatch(target: unknown, patch: unknown): unknown {
  if (typeof patch !== 'object' || patch === null || Array.isArray(patch)) return patch;
  const result: Record<string, unknown> = { ...fieldsOf(target) };
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete result[key];
    else result[key] = mergePatch(result[key], value);
  }
  return result;
}

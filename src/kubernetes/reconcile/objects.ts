/** What is known of a cluster: its objects, trimmed to what counts here. */
import type { IpAddress, IpFamily } from '../../base/ip.ts';

export type Protocol = 'TCP' | 'UDP' | 'SCTP';

export interface ObjectName {
  readonly namespace: string;
  readonly name: string;
}

export interface ConfigMapObject extends ObjectName {
  readonly data: Readonly<Record<string, string>>;
}

export interface ServicePort {
  /** '' where it has none. */
  readonly name: string;
  readonly protocol: Protocol;
  readonly port: number;
  readonly targetPort: number | string;
}

export interface ServiceObject extends ObjectName {
  readonly type: string;
  readonly ports: readonly ServicePort[];
  readonly externalTrafficPolicy: 'Cluster' | 'Local';
  /** Seconds for which a client stays with its server; undefined where it need not. */
  readonly affinitySeconds?: number;
  /** Those of ours, without their prefix. */
  readonly annotations: Readonly<Record<string, string>>;
}

export interface EndpointPort {
  readonly name: string;
  readonly protocol: Protocol;
  /** Undefined: any. */
  readonly port?: number;
}

export interface Endpoint {
  readonly addresses: readonly IpAddress[];
  readonly condition: 'ready' | 'draining' | 'unready';
  readonly nodeName?: string;
}

/** An EndpointSlice; of Endpoints, each subset and family. */
export interface SliceObject extends ObjectName {
  /** Name of the Service, in the same namespace. */
  readonly service: string;
  readonly family: IpFamily;
  readonly ports: readonly EndpointPort[];
  readonly endpoints: readonly Endpoint[];
}

export type NodeAddressType = 'InternalIP' | 'ExternalIP';

export interface NodeObject {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly addresses: readonly { readonly type: NodeAddressType; readonly address: IpAddress }[];
  /** ISO 8601, as text in the order of time. */
  readonly createdAt: string;
  readonly standing: 'ready' | 'cordoned' | 'not-ready' | 'excluded';
  /** By annotation, 1..254. */
  readonly priority?: number;
}

export interface PodObject extends ObjectName {
  readonly nodeName: string;
  readonly nodeSelector: Readonly<Record<string, string>>;
}

export function nameOf({ namespace, name }: ObjectName): string {
  return `${namespace}/${name}`;
}

/** What somebody has to know: it becomes an Event of the object. */
export interface Diagnosis {
  readonly object: ObjectName & { readonly kind: 'ConfigMap' | 'Service' | 'Node' };
  /** In UpperCamelCase, as Events have it. */
  readonly reason: string;
  readonly message: string;
}

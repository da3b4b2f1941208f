/** What a cluster comes to on one node: VRRP instances and virtual servers, as data. */
import type { IpAddress, IpFamily } from '../../base/ip.ts';
import type { Backend } from './backends.ts';
import type { GroupSettings } from './group-settings.ts';
import type { Diagnosis, ObjectName, Protocol } from './objects.ts';
import type { LastGood } from './read-entries.ts';
import type { Check } from './service-settings.ts';
import type { Method } from './vip-entry.ts';

export interface PlannedAddress {
  readonly address: IpAddress;
  readonly prefixLength: number;
  /** Where it is not that of the instance. */
  readonly interfaceName?: string;
}

export interface Instance {
  readonly name: string;
  readonly vrid: number;
  readonly family: IpFamily;
  readonly interfaceName: string;
  readonly priority: number;
  /** As the entries of its group say it; what they do not say is as kube-keepalived-vip has it. */
  readonly group?: GroupSettings;
  /** Undefined: multicast. */
  readonly unicast?: { readonly source: IpAddress; readonly peers: readonly IpAddress[] };
  readonly addresses: readonly PlannedAddress[];
  /** Those of the other family that move with them. */
  readonly excluded: readonly PlannedAddress[];
  /** Another node should rather hold it: to be handed over where it is held here. */
  readonly yields: boolean;
}

export interface VirtualServer {
  readonly address: IpAddress;
  readonly port: number;
  readonly protocol: Protocol;
  readonly method: Exclude<Method, 'PROXY'>;
  readonly scheduler: string;
  /** 0: none. */
  readonly persistenceSeconds: number;
  readonly check: Check;
  readonly backends: readonly Backend[];
  readonly service: ObjectName;
  /** Of the Service's port; '' where it has none. */
  readonly portName: string;
  /** It is not the kernel's: the proxy carries it, with or without a PROXY header. */
  readonly proxy?: 'header' | 'plain';
}

export interface Plan {
  readonly instances: readonly Instance[];
  readonly servers: readonly VirtualServer[];
  /** Addresses with nothing behind them. */
  readonly bare: readonly IpAddress[];
  readonly notify?: string;
  /** There is a proxy, and instances depend on it. */
  readonly hasProxy: boolean;
  /** What of the ConfigMap was right, for the next time. */
  readonly good: LastGood;
  readonly diagnoses: readonly Diagnosis[];
}

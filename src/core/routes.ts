/** Which facts about a host are the business of which virtual router. */
import { vipsOf } from '../config/model/virtual-addresses.ts';
import type { VrrpInstanceModel } from '../config/model/vrrp.ts';
import type { NodeInput } from './node-types.ts';
import type { LinkState, TrackerReport } from './vrrp/types.ts';

/** Whether an address, or a group, on an interface is any of this router's business. */
export function concerns(
  model: VrrpInstanceModel,
  fact: Extract<NodeInput, { kind: 'addressClaimed' | 'listenerSeen' }>,
): boolean {
  const { transport } = model;
  if (fact.kind === 'listenerSeen') {
    const isOurs = transport.kind === 'multicast' && transport.group === fact.group;
    return isOurs && model.interface === fact.interface;
  }
  return model.interface === fact.interface || vipsOf(model).includes(fact.address);
}

export function interfaceReport(name: string, state: LinkState): TrackerReport {
  return { kind: 'interface', name, verdict: state === 'up' ? 'up' : 'down', detail: state };
}

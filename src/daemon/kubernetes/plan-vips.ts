/** The addresses of a plan, and what is behind each. */
import type { ClusterPort, ClusterVip } from '../../api/cluster-report.ts';
import { nameOf } from '../../kubernetes/reconcile/objects.ts';
import type { Plan } from '../../kubernetes/reconcile/plan.ts';

export function vipsOf({ instances, servers }: Plan): readonly ClusterVip[] {
  const ports = new Map<string, ClusterPort[]>();
  for (const { address, port, protocol, service, backends } of servers) {
    const list = ports.get(address) ?? [];
    list.push({ service: nameOf(service), port, protocol, endpoints: backends.length });
    ports.set(address, list);
  }
  return instances.flatMap(({ name, interfaceName, addresses, excluded }) =>
    [...addresses, ...excluded].map((one) => ({
      address: one.address,
      instance: name,
      interface: one.interfaceName ?? interfaceName,
      ports: ports.get(one.address) ?? [],
    })),
  );
}

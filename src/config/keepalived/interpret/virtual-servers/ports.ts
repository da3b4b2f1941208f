import type { Forwarding, ServiceKey, VirtualServerGroup } from '../../../model/virtual-server.ts';
import type { Report } from '../../report.ts';
import type { ServerSketch } from './sketch.ts';

type Forwarded = ServerSketch & { readonly forwarding: Forwarding };

interface Service {
  readonly key: ServiceKey;
  readonly group: VirtualServerGroup | undefined;
}

/** Without address translation a packet keeps the port that it came to. */
export function reportPorts(
  servers: readonly Forwarded[],
  { key, group }: Service,
  report: Report,
): void {
  const ports = portsOf(key, group);
  for (const { forwarding, port, address, at } of servers) {
    if (forwarding.method === 'masquerade' || port === undefined) continue;
    if (key.kind === 'group' && group === undefined) continue;
    if (ports.length > 0 && ports.every((other) => other === port)) continue;
    const kept = ports.length === 0 ? 'is not used' : `must be ${ports.join(', ')}`;
    report.add(
      'port-mismatch',
      at,
      `packets keep their port with this lvs_method: port ${port} of ${address} ${kept}`,
      ports.length === 0 ? 'remove the port' : 'write the port of the virtual server',
    );
  }
}

/** Ports of the service; none for firewall marks, which say nothing of ports. */
function portsOf(key: ServiceKey, group: VirtualServerGroup | undefined): number[] {
  if (key.kind === 'address') return [key.port];
  const ports = (group?.entries ?? []).flatMap((entry) =>
    entry.kind === 'addresses' ? [entry.port] : [],
  );
  return [...new Set(ports)];
}

/** The port that a server is reached at. */
export function withForcedPort<Server extends Forwarded>(server: Server, key: ServiceKey): Server {
  const isKept = server.forwarding.method !== 'masquerade';
  if (key.kind === 'address' && (isKept || server.port === undefined)) {
    return { ...server, port: key.port };
  }
  return key.kind === 'mark' && isKept ? { ...server, port: 0 } : server;
}

/** `-a`: every address that comes or goes on this host, whoever is behind it. */
import type { LogSink } from '../ports/log.ts';
import type { NetworkEvent, NetworkMonitor } from '../ports/network.ts';

export function logAddressNews(
  events: readonly NetworkEvent[],
  monitor: Pick<NetworkMonitor, 'links'>,
  log: LogSink,
): void {
  for (const event of events) {
    if (event.kind !== 'addressAdded' && event.kind !== 'addressRemoved') continue;
    const { address, interfaceIndex } = event.address;
    const link = monitor.links().find(({ index }) => index === interfaceIndex);
    const name = link?.name ?? `interface ${interfaceIndex}`;
    const verb = event.kind === 'addressAdded' ? 'added to' : 'removed from';
    log.write({ level: 'info', text: `Netlink: address ${address} ${verb} ${name}` });
  }
}

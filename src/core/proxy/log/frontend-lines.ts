import type { LiveProxy } from '../live.ts';

/** What the log says, as a warning, when an operator has stopped a frontend or lets it go on. */
export function describeFrontendChange(
  { config, front, back }: LiveProxy,
  to: 'disabled' | 'enabled' | 'shutdown',
): string {
  if (to === 'disabled') return `Paused proxy ${config.name}.`;
  if (to === 'enabled') return `Resumed proxy ${config.name}.`;
  const fromClients = front?.counters.connections ?? 0;
  const toServers = back?.counters.sessions ?? 0;
  return `Proxy ${config.name} stopped (cumulated conns: FE: ${fromClients}, BE: ${toServers}).`;
}

/** Which time limit ends a connection that carries bytes, and whose it is. */
import { addMicros, type Micros } from '../../base/time.ts';
import type { ProxyTimeouts } from '../../config/model/proxy.ts';

export type Side = 'client' | 'server';

export interface RelayActivity {
  /** When bytes last moved, either way. */
  readonly activeAt: Micros;
  readonly ended: { readonly client: boolean; readonly server: boolean };
}

export interface RelayLimit {
  readonly at: Micros;
  readonly side: Side;
}

/**
 * The earliest of both sides' limits of inactivity; the client's first among equals. `tunnel` replaces
 * both; once a side has ended, its `-fin` replaces what else would hold for it.
 */
export function relayLimit(
  { activeAt, ended }: RelayActivity,
  front: ProxyTimeouts,
  back: ProxyTimeouts,
): RelayLimit | undefined {
  const tunnel = back.tunnel ?? front.tunnel;
  const client = (ended.client ? front.clientFin : undefined) ?? tunnel ?? front.client;
  const server = (ended.server ? back.serverFin : undefined) ?? tunnel ?? back.server;
  if (client === undefined && server === undefined) return undefined;
  const isClients = server === undefined || (client !== undefined && client <= server);
  return isClients
    ? { at: addMicros(activeAt, client ?? 0), side: 'client' }
    : { at: addMicros(activeAt, server ?? 0), side: 'server' };
}

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
 * The earlier of both sides' limits of inactivity; the client's first among equals. `tunnel` replaces
 * both. Once a side has ended only the other is waited for, and its `-fin` replaces what else would hold.
 */
export function relayLimit(
  { activeAt, ended }: RelayActivity,
  front: ProxyTimeouts,
  back: ProxyTimeouts,
): RelayLimit | undefined {
  const tunnel = back.tunnel ?? front.tunnel;
  const client = (ended.server ? front.clientFin : undefined) ?? tunnel ?? front.client;
  const server = (ended.client ? back.serverFin : undefined) ?? tunnel ?? back.server;
  const isOne = ended.client !== ended.server;
  const isClients = isOne
    ? ended.server
    : server === undefined || (client !== undefined && client <= server);
  const limit = isClients ? client : server;
  if (limit === undefined) return undefined;
  return { at: addMicros(activeAt, limit), side: isClients ? 'client' : 'server' };
}

/** How long a client may take: for a head, or between two requests. */
export function headLimit(
  { httpKeepAlive, httpRequest, client }: ProxyTimeouts,
  waitsFor: 'head' | 'between',
): Micros | undefined {
  const limit = httpRequest ?? client;
  return waitsFor === 'between' ? (httpKeepAlive ?? limit) : limit;
}

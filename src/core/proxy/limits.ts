/** Which time limit ends a connection that carries bytes, and whose it is. */
import { addMicros, type Micros, seconds } from '../../base/time.ts';
import type { ProxyTimeouts } from '../../config/model/proxy.ts';

export type Side = 'client' | 'server';

export interface RelayActivity {
  /** When bytes last came from a side, or went there. */
  readonly activeAt: Readonly<Record<Side, Micros>>;
  readonly ended: Readonly<Record<Side, boolean>>;
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
  const clientAt = client && addMicros(activeAt.client, client);
  const serverAt = server && addMicros(activeAt.server, server);
  const isOne = ended.client !== ended.server;
  const isClients = isOne
    ? ended.server
    : serverAt === undefined || (clientAt !== undefined && clientAt <= serverAt);
  const at = isClients ? clientAt : serverAt;
  return at === undefined ? undefined : { at, side: isClients ? 'client' : 'server' };
}

/**
 * For so long who has just asked may ask once more of a process that ends, and is told then to go elsewhere: a request
 * that crosses our end would be lost.
 */
const LAST_REQUEST = seconds(1);

/** How long a client may take: for a head, between two requests, or for the last one to a process that ends. */
export function headLimit(
  { httpKeepAlive, httpRequest, client }: ProxyTimeouts,
  waitsFor: 'head' | 'between' | 'last',
): Micros | undefined {
  const limit = httpRequest ?? client;
  if (waitsFor === 'head') return limit;
  const between = httpKeepAlive ?? limit;
  return waitsFor === 'last' && (between === undefined || between > LAST_REQUEST)
    ? LAST_REQUEST
    : between;
}

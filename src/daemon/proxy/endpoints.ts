import type { ListenAddress } from '../../config/model/proxy.ts';
import type { LiveServer } from '../../core/proxy/live.ts';
import type { Peer } from '../../core/proxy/samples/facts.ts';
import type { Endpoint } from '../../ports/streams.ts';
import type { ProxyAddresses } from '../../wire/proxy-protocol.ts';

export function isIpEndpoint(
  address: ListenAddress | Endpoint,
): address is Endpoint & { kind: 'ip' } {
  return address.kind === 'ip';
}

/** Undefined: a path has neither. */
export function asPeer(endpoint: Endpoint): Peer | undefined {
  return isIpEndpoint(endpoint) ? endpoint : undefined;
}

const known = new WeakMap<LiveServer, Endpoint & { readonly kind: 'ip' }>();

/** Where a server is for a client that connected to `local`; undefined where that is not known. */
export function serverEndpoint(server: LiveServer, local: () => Endpoint): Endpoint | undefined {
  const { address, port } = server.config;
  if (address.kind === 'unix' || address.kind === 'abstract') return address;
  if (address.kind !== 'client' && port.kind === 'port') return ownEndpoint(server);
  return endpointBy(server, local());
}

/** The same object as long as it is the same: who connects remembers what it has made of it. */
function ownEndpoint(server: LiveServer): Endpoint | undefined {
  const { ip, port } = server;
  if (ip === undefined || port === undefined) return undefined;
  const last = known.get(server);
  if (last?.ip === ip && last.port === port) return last;
  const endpoint = { kind: 'ip', ip, port } as const;
  known.set(server, endpoint);
  return endpoint;
}

function endpointBy(server: LiveServer, local: Endpoint): Endpoint | undefined {
  const { address, port } = server.config;
  const ip = address.kind === 'client' ? (isIpEndpoint(local) ? local.ip : undefined) : server.ip;
  const base = isIpEndpoint(local) ? local.port : undefined;
  const number = port.kind === 'port' ? server.port : offsetPort(base, port.offset);
  return ip === undefined || number === undefined ? undefined : { kind: 'ip', ip, port: number };
}

function offsetPort(base: number | undefined, offset: number): number | undefined {
  return base === undefined ? undefined : (base + offset) & 0xffff;
}

/** What a PROXY header says of a client; undefined where there are no addresses. */
export function proxyAddresses(client: Endpoint, local: Endpoint): ProxyAddresses | undefined {
  if (!isIpEndpoint(client) || !isIpEndpoint(local)) return undefined;
  return { source: client, destination: local };
}

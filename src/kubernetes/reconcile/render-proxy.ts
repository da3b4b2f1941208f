/** What the proxy carries, as a haproxy.cfg: connections that keep their clients' addresses by PROXY headers. */
import { nameOf } from './objects.ts';
import type { VirtualServer } from './plan.ts';

/** Whatever is carried: what instances follow, so that a proxy that is dead or hangs gives the addresses up. */
export const PROXY_ALIVE = 'holdfast-stats';

const HEAD = `global
  maxconn 100000

defaults
  mode tcp
  balance roundrobin
  option redispatch
  timeout connect 1s
  timeout queue 5s
  timeout client 1200s
  timeout server 1200s

listen ${PROXY_ALIVE}
  bind 127.0.0.1:1936
  mode http
  timeout http-request 5s
  stats enable
  stats uri /
`;

export function renderProxy(servers: readonly VirtualServer[]): string {
  const carried = servers.filter(
    ({ proxy, backends }) => proxy !== undefined && backends.length > 0,
  );
  return [HEAD, ...carried.map(renderListen)].join('\n');
}

function renderListen({ address, port, service, proxy, backends }: VirtualServer): string {
  const where = address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
  const header = proxy === 'header' ? ' send-proxy' : '';
  return [
    `# ${nameOf(service)}`,
    `listen ${service.namespace}-${service.name}-${address}-${port}`,
    // A backup listens as well: the address comes later.
    `  bind ${where} transparent`,
    ...backends.map((backend, index) => {
      const target = backend.address.includes(':') ? `[${backend.address}]` : backend.address;
      // The proxy has them up to 256.
      const weight = backend.weight === undefined ? '' : ` weight ${Math.min(256, backend.weight)}`;
      return `  server ${index + 1} ${target}:${backend.port}${weight} check inter 5000${header}`;
    }),
    '',
  ].join('\n');
}

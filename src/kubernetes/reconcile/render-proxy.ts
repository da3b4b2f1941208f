/** What the proxy carries, as a haproxy.cfg: connections that keep their clients' addresses by PROXY headers. */
import { nameOf } from './objects.ts';
import { type Listen, type ListenTable, slotWeight } from './proxy-slots.ts';

/** Whatever is carried: what instances follow, so that a proxy that is dead or hangs gives the addresses up. */
export const PROXY_ALIVE = 'holdfast-stats';

const DEFAULTS = `
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

/** `socket`: path where orders are taken; absent: nowhere. */
export function renderProxy(listens: ListenTable, socket?: string): string {
  const head = ['global', '  maxconn 100000'];
  if (socket !== undefined) head.push(`  stats socket '${socket}' mode 600 level admin`);
  const carried = [...listens].map(([name, listen]) => renderListen(name, listen));
  return [`${head.join('\n')}\n${DEFAULTS}`, ...carried].join('\n');
}

/** Nobody is there, and nobody is asked. */
const FREE = '127.0.0.1:9';

function renderListen(name: string, { server, slots }: Listen): string {
  const { address, port, service, proxy } = server;
  const where = address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
  const header = proxy === 'header' ? ' send-proxy' : '';
  return [
    `# ${nameOf(service)}`,
    `listen ${name}`,
    // A backup listens as well: the address comes later.
    `  bind ${where} transparent`,
    ...slots.map((backend, index) => {
      if (backend === undefined)
        return `  server ${index + 1} ${FREE} check inter 5000${header} disabled`;
      const target = backend.address.includes(':') ? `[${backend.address}]` : backend.address;
      const weighed = slotWeight(backend);
      const weight = weighed === undefined ? '' : ` weight ${weighed}`;
      return `  server ${index + 1} ${target}:${backend.port}${weight} check inter 5000${header}`;
    }),
    '',
  ].join('\n');
}

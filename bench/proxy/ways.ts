/** What is measured: protocols, the ways that traffic takes, and what the proxies are configured with. */
import { EXCHANGE_SERVERS } from '../balance/exchange.ts';
import { HTTP_PORT, SERVERS, VIP } from '../balance/hosts.ts';

/** `tls` is tcp mode and `https` http mode behind `bind … ssl`; the servers are asked in the clear. */
export const modes = ['tcp', 'http', 'tls', 'https'] as const;
export type Mode = (typeof modes)[number];

export const proxies = ['haproxy-1', 'holdfast-1', 'haproxy-2', 'holdfast-2'] as const;
/** Connections that the kernel carries, in tcp mode alone. */
export const OFFLOAD = 'offload';
export type ProxyName = (typeof proxies)[number] | typeof OFFLOAD;
export type Way = 'direct' | ProxyName;

export function waysOf(mode: Mode): readonly ProxyName[] {
  return mode === 'tcp' ? [...proxies, OFFLOAD] : proxies;
}

export const isEncrypted = (mode: Mode): boolean => mode === 'tls' || mode === 'https';

/** nginx's ports beside the plain one. */
export const TLS_PORT = 8443;

export function workersOf(proxy: ProxyName): number {
  return proxy === OFFLOAD ? 1 : Number(proxy.slice(-1));
}

/** wrk and nginx are most of what a new connection costs: beside them the kernel could do ten times what it does. */
export function leastOf(way: Way): readonly [string, number] {
  return [way === 'direct' ? EXCHANGE_SERVERS[0] : VIP, leastPort(way)];
}

/** The same at the servers as in front of them. */
function leastPort(way: Way): number {
  return 9100 + ['direct', ...waysOf('tcp')].indexOf(way);
}

/** Where a client asks. */
export function urlOf(mode: Mode, way: Way): string {
  const scheme = isEncrypted(mode) ? 'https' : 'http';
  if (way !== 'direct') return `${scheme}://${VIP}:${portOf(mode, way)}`;
  return `${scheme}://${SERVERS[0]}:${isEncrypted(mode) ? TLS_PORT : HTTP_PORT}`;
}

export function portOf(mode: Mode, proxy: ProxyName): number {
  return 9000 + 10 * waysOf('tcp').indexOf(proxy) + modes.indexOf(mode);
}

/**
 * Each way has ports of its own at the servers. What a server still remembers of a connection that is over
 * (TIME_WAIT) refuses the next one of the same addresses and ports where its timestamps are older, and those of
 * the client, which are seen through the kernel's translation, have nothing to do with those of a proxy.
 */
function serverPortOf(proxy: ProxyName): number {
  return HTTP_PORT + 1 + waysOf('tcp').indexOf(proxy);
}

export function proxyConfig(proxy: ProxyName, certificate: string): string {
  return `global
  maxconn 8000
  nbthread ${workersOf(proxy)}
defaults
  balance roundrobin
  timeout connect 5s
  timeout client 1m
  timeout server 1m
${modes
  .filter((mode) => waysOf(mode).includes(proxy))
  .map((mode) => listenSection(proxy, mode, certificate))
  .join('')}${leastSection(proxy)}`;
}

function leastSection(proxy: ProxyName): string {
  const port = leastPort(proxy);
  return listen(proxy, 'least', 'tcp', `${VIP}:${port}`, port, EXCHANGE_SERVERS);
}

function listenSection(proxy: ProxyName, mode: Mode, certificate: string): string {
  const ssl = isEncrypted(mode) ? ` ssl crt ${certificate}` : '';
  const kind = mode === 'tcp' || mode === 'tls' ? 'tcp' : 'http';
  return listen(proxy, mode, kind, `${VIP}:${portOf(mode, proxy)}${ssl}`, serverPortOf(proxy));
}

function listen(
  proxy: ProxyName,
  name: string,
  kind: string,
  bind: string,
  port: number,
  addresses: readonly string[] = SERVERS,
): string {
  const servers = addresses.map((address, index) => `  server s${index} ${address}:${port}\n`);
  return `listen ${name}
  mode ${kind}
${proxy === OFFLOAD ? '  option holdfast-offload\n' : ''}  bind ${bind}
${servers.join('')}`;
}

/** Answers a few bytes at `/`, and 256 MiB at `/bulk`. */
export function nginxConfig(folder: string, certificate: string): string {
  const ports = [HTTP_PORT, ...waysOf('tcp').map(serverPortOf)];
  const listens = ports.map((port) => `    listen ${port} backlog=4096;\n`);
  return `daemon off; worker_processes 1; pid ${folder}/web.pid; error_log /dev/null;
worker_rlimit_nofile 32768;
events { worker_connections 16384; }
http {
  access_log off; keepalive_requests 1000000000; keepalive_timeout 1h; sendfile on;
  server {
${listens.join('')}    listen ${TLS_PORT} ssl backlog=4096;
    ssl_certificate ${certificate}; ssl_certificate_key ${certificate};
    root ${folder}/files;
    location = / { return 200 "ok"; }
  }
}
`;
}

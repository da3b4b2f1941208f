/** What keeps a frontend from being carried by the kernel alone (`option holdfast-offload`). */
import { ipFamily } from '../../../base/ip.ts';
import type { Bind, ProxyConfig, ProxySection, Server } from '../../../config/model/proxy.ts';

export interface Obstacle {
  readonly line: number;
  /** What stands in the file, and why that needs user space. */
  readonly text: string;
}

/** Empty: the kernel can. All of them, so that they can be mended at once. */
export function offloadObstacles(config: ProxyConfig, front: ProxySection): readonly Obstacle[] {
  const back = backendOf(config, front);
  const here = (text: string): Obstacle => ({ line: front.line, text });
  const own = [
    front.mode !== 'tcp' && here("'mode http': requests are read"),
    front.switching.length > 0 && here("'use_backend' chooses anew for each connection"),
    front.maxconn > 0 &&
      here("'maxconn': the kernel counts no connections before it forwards them"),
    ...ruleObstacles(front, here),
    back === undefined && here('it has no backend'),
  ].filter(isObstacle);
  if (back === undefined) return own;
  const families = new Set(front.binds.flatMap(familiesOf));
  return [
    ...own,
    ...front.binds.flatMap(bindObstacles),
    ...(back === front ? [] : ruleObstacles(back, here)),
    ...balanceObstacles(back),
    ...back.servers.flatMap((server) => serverObstacles(server, families)),
    ...markedDownObstacles(back),
  ];
}

/** The one to which all go. */
export function backendOf(config: ProxyConfig, front: ProxySection): ProxySection | undefined {
  if (front.defaultBackend === undefined) return front.kind === 'listen' ? front : undefined;
  return config.proxies.find(
    ({ kind, name }) => kind !== 'frontend' && name === front.defaultBackend,
  );
}

function ruleObstacles(
  { tcpRules }: ProxySection,
  here: (text: string) => Obstacle,
): readonly Obstacle[] {
  return tcpRules.length === 0 ? [] : [here("'tcp-request' and 'tcp-response' judge connections")];
}

function bindObstacles({ line, addresses, ...bind }: Bind): readonly Obstacle[] {
  const isEverywhere = addresses.some(
    (address) => address.kind === 'ip' && /^(?:0\.0\.0\.0|::)$/.test(address.ip),
  );
  return [
    bind.tls !== undefined && "'ssl': the kernel does not decrypt",
    bind.acceptProxy && "'accept-proxy': the header is read",
    addresses.some(({ kind }) => kind !== 'ip') && 'a Unix socket or a descriptor is no address',
    isEverywhere && "'bind' without an address: write the one that clients ask",
    bind.interface !== undefined && "'interface'",
    bind.maxconn !== undefined && bind.maxconn > 0 && "'maxconn' of a bind",
  ]
    .filter((text) => text !== false)
    .map((text) => ({ line, text }));
}

const BALANCED: readonly string[] = ['roundrobin', 'static-rr', 'leastconn', 'source', 'random'];

function balanceObstacles({ balance, line }: ProxySection): readonly Obstacle[] {
  if (BALANCED.includes(balance.kind)) return [];
  return [{ line, text: `'balance ${balance.kind}': the kernel has ${BALANCED.join(', ')}` }];
}

function serverObstacles(server: Server, families: ReadonlySet<4 | 6>): readonly Obstacle[] {
  const { line, name, address, port } = server;
  const isOther = address.kind === 'ip' && [...families].some((it) => it !== ipFamily(address.ip));
  return [
    server.tls !== undefined && "'ssl': the kernel does not encrypt",
    server.sendProxy !== 'none' && "'send-proxy': a header is sent",
    server.maxconn > 0 && "'maxconn' needs a queue",
    server.maxqueue > 0 && "'maxqueue' needs a queue",
    server.source !== undefined && "'source'",
    server.observe !== 'none' && "'observe': the kernel tells of no failures",
    server.onMarkedUp !== 'keep' && "'on-marked-up shutdown-backup-sessions'",
    address.kind !== 'ip' && address.kind !== 'name' && 'its address is no IP address',
    port.kind === 'offset' && 'it has no port of its own',
    isOther && 'the kernel does not translate between IPv4 and IPv6',
  ]
    .filter((text) => text !== false)
    .map((text) => ({ line, text: `server ${name}: ${text}` }));
}

function markedDownObstacles({ servers, line }: ProxySection): readonly Obstacle[] {
  const ways = new Set(servers.map(({ onMarkedDown }) => onMarkedDown));
  const text = "'on-marked-down' differs between servers: the kernel has one way for all";
  return ways.size > 1 ? [{ line, text }] : [];
}

function familiesOf({ addresses }: Bind): readonly (4 | 6)[] {
  return addresses.flatMap((address) => (address.kind === 'ip' ? [ipFamily(address.ip)] : []));
}

function isObstacle(value: Obstacle | false): value is Obstacle {
  return value !== false;
}

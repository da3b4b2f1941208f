import type { IpAddress, IpFamily } from '../../src/base/ip.ts';
import type {
  DesiredServer,
  DesiredService,
  ServerId,
  ServiceMatch,
} from '../../src/core/balance/plane.ts';
import { serverId, serviceId } from '../../src/core/balance/plane.ts';
import type { DataPlane, ServerStatistics, ServiceStatistics } from '../../src/ports/data-plane.ts';
import { createTestNamespace, ip, succeeded, type TestNamespace } from '../linux/namespaces.ts';
import { type Host, startHost } from './host.ts';

export const VIPS = { 4: ip('10.1.0.100'), 6: ip('fd01::100') } as const;
/** Of the client: enough of them to see how they spread. */
export const CLIENTS = {
  4: Array.from({ length: 40 }, (_, index) => ip(`10.1.0.${index + 10}`)),
  6: [ip('fd01::10')],
} as const;
export const SERVER_PORT = 8080;
export const SERVERS = ['s1', 's2', 's3'] as const;

/**
 * A client, a director and three servers behind it, whose way back is the director:
 *
 *     client 10.1.0.10/24 ── 10.1.0.1 director 10.2.0.1 ── switch ── 10.2.0.11, .12, .13 s1, s2, s3
 */
export interface BalanceStage {
  readonly client: Host;
  /** Programs on the director. */
  readonly local: Host;
  readonly servers: readonly Host[];
  readonly director: TestNamespace;
  readonly clientSide: TestNamespace;
  readonly serverSides: readonly TestNamespace[];
  close(): Promise<void>;
}

export async function openBalanceStage(name: string): Promise<BalanceStage> {
  const made: TestNamespace[] = [];
  const make = (part: string): TestNamespace => {
    const namespace = createTestNamespace(`${name}-${part}`);
    made.push(namespace);
    namespace.exec('sysctl', '-qw', 'net.ipv6.conf.default.accept_dad=0');
    return namespace;
  };
  const director = make('d');
  const clientSide = make('c');
  const lan = make('l');
  director.exec('sysctl', '-qw', 'net.ipv4.ip_forward=1', 'net.ipv6.conf.all.forwarding=1');
  lan.ip('link add br0 type bridge');
  lan.ip('link set br0 up');
  plug(director, 'eth0', clientSide, 'eth0');
  plug(director, 'eth1', lan, 'director');
  lan.ip('link set dev director master br0');
  director.ip('addr add 10.1.0.1/24 dev eth0');
  director.ip('addr add fd01::1/64 dev eth0');
  director.ip('addr add 10.2.0.1/24 dev eth1');
  director.ip('addr add fd02::1/64 dev eth1');
  director.ip(`addr add ${VIPS[4]}/32 dev eth0`);
  director.ip(`addr add ${VIPS[6]}/128 dev eth0`);
  for (const address of CLIENTS[4]) clientSide.ip(`addr add ${address}/24 dev eth0`);
  for (const address of CLIENTS[6]) clientSide.ip(`addr add ${address}/64 dev eth0`);
  clientSide.ip('route add default via 10.1.0.1');
  clientSide.ip('route add default via fd01::1');
  const servers: Host[] = [];
  const serverSides: TestNamespace[] = [];
  for (const [index, each] of SERVERS.entries()) {
    const namespace = make(each);
    plug(namespace, 'eth0', lan, each);
    lan.ip(`link set dev ${each} master br0`);
    namespace.ip(`addr add ${addressOf(index, 4)}/24 dev eth0`);
    namespace.ip(`addr add ${addressOf(index, 6)}/64 dev eth0`);
    namespace.ip('route add default via 10.2.0.1');
    namespace.ip('route add default via fd02::1');
    const host = startHost(namespace.name);
    await host.serve(each, SERVER_PORT);
    servers.push(host);
    serverSides.push(namespace);
  }
  const client = startHost(clientSide.name);
  const local = startHost(director.name);
  return {
    client,
    local,
    servers,
    director,
    clientSide,
    serverSides,
    close: async () => {
      await Promise.all([client, local, ...servers].map((each) => each.close()));
      for (const each of made) each.remove();
    },
  };
}

export function addressOf(server: number, family: IpFamily): IpAddress {
  return ip(family === 4 ? `10.2.0.${server + 11}` : `fd02::${server + 11}`);
}

function plug(one: TestNamespace, link: string, other: TestNamespace, peer: string): void {
  one.ip(`link add ${link} type veth peer name ${peer} netns ${other.name}`);
  one.ip(`link set dev ${link} up`);
  other.ip(`link set dev ${peer} up`);
}

/** A service before all three servers, or before those that have a weight. */
export function service(
  match: ServiceMatch | number,
  options: Partial<Omit<DesiredService, 'servers'>> & {
    readonly weights?: readonly (number | undefined)[];
    readonly port?: number;
    readonly change?: Partial<DesiredServer>;
  } = {},
): DesiredService {
  const whole: ServiceMatch = typeof match === 'number' ? onPort(match) : match;
  const family = whole.kind === 'mark' ? whole.family : whole.address.includes(':') ? 6 : 4;
  const { weights = [1, 1, 1], port = SERVER_PORT, change = {}, ...rest } = options;
  return {
    id: serviceId(whole),
    match: whole,
    scheduler: 'rr',
    schedulerFlags: [],
    onePacket: false,
    removedConnections: 'drain',
    ...rest,
    servers: weights.flatMap((weight, index) => {
      if (weight === undefined) return [];
      const address = addressOf(index, family);
      const server: DesiredServer = {
        id: serverId(address, port),
        address,
        port,
        weight,
        forwarding: { method: 'masquerade' },
        upperThreshold: 0,
        lowerThreshold: 0,
        ...change,
      };
      return [server];
    }),
  };
}

export function onPort(
  port: number,
  { protocol = 'tcp', family = 4 }: { protocol?: 'tcp' | 'udp' | 'sctp'; family?: IpFamily } = {},
): ServiceMatch {
  return { kind: 'address', protocol, address: VIPS[family], port };
}

/** Realizes, and fails the test where the kernel refuses anything. */
export function realize(plane: DataPlane, ...desired: readonly DesiredService[]): void {
  const failures = plane.realize({ desired, removed: [] });
  for (const { service: id, error } of failures) {
    throw new Error(`${id}: ${error.call}: ${error.code} ${error.message}`);
  }
}

export function remove(plane: DataPlane, ...services: readonly DesiredService[]): void {
  const failures = plane.realize({ desired: [], removed: services.map(({ id }) => id) });
  for (const { error } of failures) throw new Error(`${error.call}: ${error.message}`);
}

export async function statisticsOf(
  plane: DataPlane,
  { id }: DesiredService,
): Promise<ServiceStatistics> {
  const all = succeeded(await plane.statistics());
  const own = all.find(({ service: each }) => each === id);
  if (own === undefined) throw new Error(`no statistics of ${id}`);
  return own;
}

export async function serverStatistics(
  plane: DataPlane,
  whole: DesiredService,
  server: number,
): Promise<ServerStatistics> {
  const id: ServerId | undefined = whole.servers[server]?.id;
  const { servers } = await statisticsOf(plane, whole);
  const own = servers.find((each) => each.server === id);
  if (own === undefined) throw new Error(`no statistics of ${id}`);
  return own;
}

export function tally(names: readonly string[]): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const name of [...names].sort()) counts[name] = (counts[name] ?? 0) + 1;
  return counts;
}

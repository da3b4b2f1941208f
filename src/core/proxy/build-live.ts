import type { Micros } from '../../base/time.ts';
import type { ProxyConfig, ProxySection, Server } from '../../config/model/proxy.ts';
import { createCounters } from './counters.ts';
import type {
  Averages,
  LiveBack,
  LiveConfig,
  LiveFront,
  LiveListener,
  LiveProxy,
  LiveServer,
  ServerHealth,
} from './live.ts';
import { RateMeter } from './rate-meter.ts';
import { servedByLead } from './workers/alone.ts';
import { ALONE, type Place } from './workers/place.ts';

/** The live graph of a configuration, as it is before anything has happened. */
export function buildLive(config: ProxyConfig, now: Micros, place: Place = ALONE): LiveConfig {
  const lone = servedByLead(config, place);
  const proxies = config.proxies.map((section) =>
    buildProxy(section, config, now, {
      place: lone.has(section.id) ? ALONE : place,
      accepts: place.index > 0 && lone.has(section.id) ? 'elsewhere' : 'here',
    }),
  );
  const byName = new Map<string, LiveProxy[]>();
  for (const proxy of proxies) {
    const same = byName.get(proxy.config.name);
    if (same === undefined) byName.set(proxy.config.name, [proxy]);
    else same.push(proxy);
  }
  const { maxconn } = config.global;
  return {
    config,
    proxies,
    byName,
    startedAt: now,
    // With fewer connections than processes the first has them all.
    place: maxconn !== undefined && maxconn < place.count ? ALONE : place,
    current: 0,
    connections: 0,
    requests: 0,
  };
}

/** The proxy of a name that has the side that is asked for: two of one name may each have one. */
export function findSide(
  live: LiveConfig,
  name: string,
  side: 'front' | 'back',
): LiveProxy | undefined {
  return live.byName.get(name)?.find((proxy) => proxy[side] !== undefined);
}

function buildProxy(
  section: ProxySection,
  config: ProxyConfig,
  now: Micros,
  { place, accepts }: Pick<LiveProxy, 'place' | 'accepts'>,
): LiveProxy {
  const proxy: LiveProxy & { front?: LiveFront; back?: LiveBack } = {
    config: section,
    place,
    accepts,
    state: section.disabled ? 'stopped' : 'open',
  };
  if (section.kind !== 'backend') proxy.front = buildFront(section, config);
  if (section.kind !== 'frontend') proxy.back = buildBack(proxy, now);
  return proxy;
}

function buildFront(section: ProxySection, { global }: ProxyConfig): LiveFront {
  const { maxconn } = section;
  return {
    counters: createCounters(),
    sessionRate: new RateMeter(),
    connectionRate: new RateMeter(),
    requestRate: new RateMeter(),
    maxconn: maxconn > 0 ? maxconn : (global.maxconn ?? 0),
    listeners: section.options.has('socket-stats') ? buildListeners(section) : [],
  };
}

function buildListeners({ binds }: ProxySection): LiveListener[] {
  const each = binds.flatMap((bind) => bind.addresses.map((address) => ({ bind, address })));
  return each.map(({ bind, address }, index) => ({
    id: index + 1,
    name: bind.name ?? `sock-${index + 1}`,
    address,
    maxconn: bind.maxconn ?? 0,
    counters: createCounters(),
  }));
}

function buildBack(proxy: LiveProxy, now: Micros): LiveBack {
  return {
    counters: createCounters(),
    sessionRate: new RateMeter(),
    averages: createAverages(),
    servers: proxy.config.servers.map((server) => buildServer(server, proxy, now)),
    lastChange: now,
    downtime: 0 as Micros,
    downs: 0,
  };
}

function buildServer(config: Server, proxy: LiveProxy, now: Micros): LiveServer {
  const { address, port } = config;
  return {
    config,
    proxy,
    counters: createCounters(),
    sessionRate: new RateMeter(),
    averages: createAverages(),
    health: buildHealth(config, now),
    userWeight: config.weight,
    maxconn: config.maxconn,
    ip: address.kind === 'ip' ? address.ip : undefined,
    port: port.kind === 'port' ? port.port : undefined,
  };
}

/** Up until the first check says otherwise, which then suffices. */
function buildHealth({ check, disabled, address, initState }: Server, now: Micros): ServerHealth {
  const rise = check?.rise ?? 1;
  const fall = check?.fall ?? 1;
  const initial = { 'fully-up': rise + fall - 1, up: rise, down: rise - 1, 'fully-down': 0 };
  const health = initial[initState];
  return {
    operational: health >= rise ? 'running' : 'stopped',
    admin: new Set([
      ...(disabled ? (['config-maint'] as const) : []),
      ...(address.kind === 'name' ? (['name'] as const) : []),
    ]),
    health,
    rise,
    fall,
    isChecking: false,
    last: {
      status: check === undefined ? 'UNK' : 'INI',
      code: -1,
      durationMs: -1,
      description: '',
    },
    lastChange: now,
    downtime: 0 as Micros,
    failures: 0,
    downs: 0,
    observedErrors: 0,
    throttle: 100,
  };
}

function createAverages(): Averages {
  return {
    queue: 0,
    connect: 0,
    response: 0,
    total: 0,
    maxQueue: 0,
    maxConnect: 0,
    maxResponse: 0,
    maxTotal: 0,
  };
}

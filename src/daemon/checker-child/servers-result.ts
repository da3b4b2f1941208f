/** The engine's state and the kernel's figures as `holdfast servers` is told them. */
import type {
  CheckStatus,
  ServerStatus,
  ServersResult,
  ServiceStatus,
  TrafficStatus,
} from '../../api/servers.ts';
import type { Micros } from '../../base/time.ts';
import type { Forwarding } from '../../config/model/virtual-server.ts';
import type { Director } from '../../core/balance/director.ts';
import type { ServerId, ServiceId } from '../../core/balance/plane.ts';
import { serverId } from '../../core/balance/plane.ts';
import type { Pool } from '../../core/balance/pool.ts';
import type { PoolServer } from '../../core/balance/real-server.ts';
import type { BoardEntry } from '../../core/check/check-board.ts';
import { checkId, describeCheck } from '../../core/check/identity.ts';
import { isAsking } from '../../core/check/requests.ts';
import type {
  ServerStatistics,
  ServiceStatistics,
  TrafficCounters,
} from '../../ports/data-plane.ts';
import { causeText } from './log-lines.ts';

export interface ResultSources {
  readonly director: Director;
  readonly plane: {
    readonly kind: ServersResult['dataPlane'];
    refusal(service: ServiceId): string | undefined;
  };
  wallMsAt(at: Micros): number;
}

const METHODS: Readonly<Record<Forwarding['method'], ServerStatus['method']>> = {
  masquerade: 'NAT',
  direct: 'DR',
  tunnel: 'TUN',
};

export function serversResult(
  sources: ResultSources,
  figures: readonly ServiceStatistics[],
): ServersResult {
  const { director, plane } = sources;
  const statistics = new Map(figures.map((one) => [one.service, one]));
  return {
    dataPlane: plane.kind,
    services: director.pools.flatMap((pool) =>
      pool.services.map(({ id }) => serviceStatus(pool, id, statistics.get(id), sources)),
    ),
    trackChecks: [...director.board.entries()].flatMap((entry) =>
      entry.users.flatMap((user) =>
        user.kind === 'track' ? { name: user.name, ...checkStatus(entry, sources) } : [],
      ),
    ),
  };
}

function serviceStatus(
  pool: Pool,
  service: ServiceId,
  statistics: ServiceStatistics | undefined,
  sources: ResultSources,
): ServiceStatus {
  const { scheduler, purpose, persistence, quorum, hysteresis, sorryServer } = pool.model;
  const refusal = purpose === 'balanced' ? (sources.plane.refusal(service) ?? null) : null;
  const figures = new Map(statistics?.servers.map((one) => [one.server, one]));
  return {
    service,
    scheduler,
    purpose: refusal === null ? purpose : 'refused',
    refusal,
    persistenceSeconds: persistence === undefined ? null : persistence.timeout / 1e6,
    quorum: { state: pool.quorum, weight: pool.liveWeight, quorum, hysteresis },
    suspended: pool.isSuspended,
    servers: pool.servers.map((server) => ({
      ...serverStatus(server, figures, sources),
      ...(purpose === 'checked' && { method: 'none' as const }),
    })),
    sorryServer:
      sorryServer === undefined
        ? null
        : {
            server: serverId(sorryServer.address, sorryServer.port),
            inUse: pool.usesSorryServer,
          },
    traffic: statistics === undefined ? null : trafficStatus(statistics),
  };
}

function serverStatus(
  server: PoolServer,
  figures: ReadonlyMap<ServerId, ServerStatistics>,
  sources: ResultSources,
): ServerStatus {
  const found = figures.get(server.id);
  return {
    server: server.id,
    method: METHODS[server.model.forwarding.method],
    state: server.disabled === undefined ? server.state : 'disabled',
    weight: { effective: server.weight, configured: server.model.weight },
    since: new Date(sources.wallMsAt(server.since)).toISOString(),
    reason: causeText(server.cause),
    checks: server.model.checks.map((check): CheckStatus => {
      const entry = isAsking(check) ? sources.director.board.entry(checkId(check)) : undefined;
      return entry === undefined
        ? toldStatus(describeCheck(check), server)
        : checkStatus(entry, sources);
    }),
    connections:
      found === undefined
        ? null
        : {
            active: found.activeConnections,
            inactive: found.inactiveConnections,
            persistent: found.persistentConnections,
          },
    traffic: found === undefined ? null : trafficStatus(found),
  };
}

function checkStatus<User>(
  { text, checker }: BoardEntry<User>,
  { wallMsAt }: ResultSources,
): CheckStatus {
  const { verdict, last, failures } = checker;
  return {
    check: text,
    verdict,
    lastAt: last === undefined ? null : new Date(wallMsAt(last.at)).toISOString(),
    latencyMs: last === undefined ? null : Math.round(last.latency / 100) / 10,
    detail: last?.detail ?? '',
    failures,
  };
}

/** A check that asks nobody. */
function toldStatus(check: string, { state }: PoolServer): CheckStatus {
  return { check, verdict: state, lastAt: null, latencyMs: null, detail: '', failures: 0 };
}

function trafficStatus(counters: TrafficCounters): TrafficStatus {
  const { connections, packetsIn, packetsOut, bytesIn, bytesOut } = counters;
  return {
    connections: Number(connections),
    packetsIn: Number(packetsIn),
    packetsOut: Number(packetsOut),
    bytesIn: Number(bytesIn),
    bytesOut: Number(bytesOut),
  };
}

import type { SessionList, SessionView } from '../../core/proxy/stats/session-list.ts';
import type { Session } from './traffic.ts';
import type { ProxyWorker } from './worker.ts';

/** The sessions that the stats socket shows. */
export function sessionList(worker: ProxyWorker): SessionList {
  return {
    *list() {
      const now = worker.clock.now();
      const own = [...worker.traffic.sessions.all()].sort((a, b) => a.acceptedAt - b.acceptedAt);
      for (const session of own) yield viewOf(session, now);
      yield* worker.team?.sessions() ?? [];
    },
  };
}

function viewOf(session: Session, now: number): SessionView {
  const { client, front, server, acceptedAt } = session;
  const { peer } = client;
  const deadline = session.nextDeadline();
  return {
    id: session.id,
    protocol: peer.kind !== 'ip' ? 'unix_stream' : peer.ip.includes(':') ? 'tcpv6' : 'tcpv4',
    source: peer.kind === 'ip' ? `${peer.ip}:${peer.port}` : `unix:${front.config.id}`,
    frontend: front.config.name,
    ...(server !== undefined && {
      backend: server.proxy.config.name,
      server: server.config.name,
    }),
    ageSeconds: Math.floor((now - acceptedAt) / 1e6),
    ...(deadline !== undefined && { expiresSeconds: Math.ceil((deadline - now) / 1e6) }),
    pendingToServer: 0,
    pendingToClient: 0,
    retries: 0,
  };
}

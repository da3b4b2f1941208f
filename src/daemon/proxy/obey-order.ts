import { describeFrontendChange } from '../../core/proxy/log/frontend-lines.ts';
import { clearCounters } from '../../core/proxy/stats/clear.ts';
import type { StatsOrder } from '../../core/proxy/stats/orders.ts';
import { proxyIn, serverIn } from '../../core/proxy/workers/merge.ts';
import type { ProxyWorker } from './worker.ts';

/** What an operator ordered by the socket or the page, done, in all processes. */
export function obeyOrder(worker: ProxyWorker, order: StatsOrder): void {
  const own = ofProcess(worker, order);
  obey(worker, own);
  worker.team?.obey(own);
  worker.offload?.spread();
  if (order.kind === 'frontend')
    worker.warn(order.proxy, describeFrontendChange(order.proxy, order.to));
}

/** Orders name what statistics show, which may be put together of what several processes know. */
function ofProcess({ live, team }: ProxyWorker, order: StatsOrder): StatsOrder {
  if (team === undefined) return order;
  if ('server' in order) return { ...order, server: serverIn(live, order.server) };
  if ('proxy' in order) return { ...order, proxy: proxyIn(live, order.proxy) };
  return order;
}

function obey(worker: ProxyWorker, order: StatsOrder): void {
  const { traffic, live } = worker;
  switch (order.kind) {
    case 'server':
      worker.feed({ kind: 'ordered', server: order.server, order: order.order });
      return;
    case 'serverMaxconn':
      order.server.maxconn = order.maxconn;
      worker.refresh(order.server.proxy);
      return;
    case 'serverAddress':
      order.server.ip = order.ip;
      order.server.port = order.port;
      worker.forgetConnections(order.server);
      return;
    case 'frontend':
      order.proxy.state = FRONTEND_STATES[order.to];
      if (order.to === 'shutdown') traffic.stopListening(order.proxy);
      else traffic.adjustListeners();
      return;
    case 'frontendMaxconn':
      if (order.proxy.front !== undefined) order.proxy.front.maxconn = order.maxconn;
      traffic.adjustListeners();
      return;
    case 'processMaxconn':
      traffic.maxconn = order.maxconn;
      traffic.adjustListeners();
      return;
    case 'shutdownSession':
      worker.sessionOf(order.id)?.kill('K');
      return;
    case 'shutdownSessions':
      traffic.killSessionsOf(order.server, 'K');
      return;
    case 'clearCounters':
      clearCounters(live, order.what);
      return;
    case 'clientTimeout':
  }
}

const FRONTEND_STATES = { disabled: 'paused', enabled: 'open', shutdown: 'stopped' } as const;

/** Who it is, what it has of sessions, and in which state it is. */
import { type Column, column, columnBy, everywhere, listeners, sides } from './column.ts';
import { fullconnOf } from './figures.ts';
import type { BackendRow } from './rows.ts';
import { isBackendUp, isUp, serverStatusText } from './server-state.ts';

export const identityColumns: readonly Column[] = [
  column('pxname', 'KNS', 'str', 'Name of the proxy', everywhere, (row) => row.proxy.config.name),
  columnBy('svname', 'KNS', 'str', 'FRONTEND, BACKEND, or name of the server or listener', {
    frontend: () => 'FRONTEND',
    listener: (row) => row.listener.name,
    server: (row) => row.server.config.name,
    backend: () => 'BACKEND',
  }),
];

export const sessionsColumns: readonly Column[] = [
  column('qcur', 'MGP', 'u32', 'Connections in the queue now', sides, (row) => row.counters.queued),
  column(
    'qmax',
    'MMP',
    'u32',
    'Most connections in the queue at once',
    sides,
    (row) => row.counters.mostQueued,
  ),
  column('scur', 'MGP', 'u32', 'Sessions now', everywhere, (row) => row.counters.current),
  column('smax', 'MMP', 'u32', 'Most sessions at once', everywhere, (row) => row.counters.most),
  columnBy('slim', 'CLP', 'u32', 'Limit of sessions (maxconn; fullconn of a backend)', {
    frontend: (row) => row.front.maxconn,
    listener: (row) => row.listener.maxconn,
    server: (row) => row.server.maxconn || undefined,
    backend: (row) => fullconnOf(row.live, row.proxy),
  }),
  column('stot', 'MCP', 'u64', 'Sessions so far', everywhere, (row) => row.counters.sessions),
  column('bin', 'MCP', 'u64', 'Bytes of requests', everywhere, (row) => row.counters.bytesIn),
  column('bout', 'MCP', 'u64', 'Bytes of responses', everywhere, (row) => row.counters.bytesOut),
  column(
    'dreq',
    'MCP',
    'u64',
    'Requests denied by a rule',
    ['frontend', 'listener', 'backend'],
    (row) => row.counters.deniedRequests,
  ),
  column(
    'dresp',
    'MCP',
    'u64',
    'Responses denied by a rule',
    everywhere,
    (row) => row.counters.deniedResponses,
  ),
  column(
    'ereq',
    'MCP',
    'u64',
    'Requests that could not be read',
    listeners,
    (row) => row.counters.badRequests,
  ),
  column(
    'econ',
    'MCP',
    'u64',
    'Connections to servers that failed',
    sides,
    (row) => row.counters.connectErrors,
  ),
  column(
    'eresp',
    'MCP',
    'u64',
    'Responses that could not be read, or broke off',
    sides,
    (row) => row.counters.responseErrors,
  ),
  column(
    'wretr',
    'MCP',
    'u64',
    'Tries to connect after the first',
    sides,
    (row) => row.counters.retries,
  ),
  column(
    'wredis',
    'MCP',
    'u64',
    'Requests sent to another server than the first',
    sides,
    (row) => row.counters.redispatches,
  ),
  columnBy(
    'status',
    'SGP',
    'str',
    'State: OPEN, STOP, FULL; UP, DOWN, NOLB, DRAIN, MAINT, no check',
    {
      frontend: ({ proxy, front }) =>
        frontendStatus(proxy.state, front.maxconn, front.counters.current),
      listener: ({ proxy, listener }) =>
        frontendStatus(proxy.state, listener.maxconn, listener.counters.current),
      server: (row) => serverStatusText(row.server),
      backend: backendStatus,
    },
  ),
];

function frontendStatus(state: string, maxconn: number, current: number): string {
  if (state !== 'open') return 'STOP';
  return maxconn > 0 && current >= maxconn ? 'FULL' : 'OPEN';
}

function backendStatus(row: BackendRow): string {
  const { proxy, back } = row;
  const text = isBackendUp(proxy, back) ? 'UP' : 'DOWN';
  if (row.showsUp === 'no') return text;
  const up = back.servers.filter(isUp).length;
  return `${text} (${up}/${back.servers.length})`;
}

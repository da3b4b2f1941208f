/**
 * The columns of statistics, in the order of haproxy 2.6: what each is called, what kind of figure it is, and where it
 * comes from. CSV, typed and JSON output and the metrics are made of this table.
 */
import type { Micros } from '../../../base/time.ts';
import { checkColumns } from './check-columns.ts';
import { type Column, column, columnBy, everywhere, fronts, listeners, sides } from './column.ts';
import { addressText, algorithmText, fullconnOf, secondsSince } from './figures.ts';
import { moduleColumns } from './module-columns.ts';
import { type BackendRow, rowId, rowTypes, type ServerRow, type StatsRow } from './rows.ts';
import {
  backendTotals,
  hasChecks,
  isBackendUp,
  serverStatusText,
  shownWeight,
} from './server-state.ts';

const identity: readonly Column[] = [
  column('pxname', 'KNS', 'str', 'Name of the proxy', everywhere, (row) => row.proxy.config.name),
  columnBy('svname', 'KNS', 'str', 'FRONTEND, BACKEND, or name of the server or listener', {
    frontend: () => 'FRONTEND',
    listener: (row) => row.listener.name,
    server: (row) => row.server.config.name,
    backend: () => 'BACKEND',
  }),
];

const sessions: readonly Column[] = [
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

const serving: readonly Column[] = [
  column(
    'weight',
    'MaP',
    'u32',
    'Weight now; of a backend: of the servers that are chosen among',
    sides,
    weightOf,
  ),
  columnBy(
    'act',
    'SGP',
    'u32',
    'Regular servers that are up',
    {
      server: (row) => (row.server.config.backup ? 0 : 1),
      backend: (row) => backendTotals(row.proxy, row.back).active,
    },
    { backend: 'MGP' },
  ),
  columnBy(
    'bck',
    'SGP',
    'u32',
    'Backup servers that are up',
    {
      server: (row) => (row.server.config.backup ? 1 : 0),
      backend: (row) => backendTotals(row.proxy, row.back).backup,
    },
    { backend: 'MGP' },
  ),
  column('chkfail', 'MCP', 'u64', 'Checks that failed', ['server'], ({ server }) =>
    ifChecked(server, server.health.failures),
  ),
  columnBy('chkdown', 'MCP', 'u64', 'Times it went from up to down', {
    server: ({ server }) => ifChecked(server, server.health.downs),
    backend: (row) => row.back.downs,
  }),
  column('lastchg', 'MAP', 'u32', 'Seconds since its state changed', sides, (row) =>
    secondsSince(
      row.kind === 'server' ? row.server.health.lastChange : row.back.lastChange,
      row.now,
    ),
  ),
  columnBy('downtime', 'MCP', 'u32', 'Seconds down', {
    server: ({ server, now }) => ifChecked(server, serverDowntime({ server, now })),
    backend: (row) => (row.back.servers.length === 0 ? undefined : backendDowntime(row)),
  }),
  column(
    'qlimit',
    'CLS',
    'u32',
    'Limit of its queue (maxqueue)',
    ['server'],
    ({ server }) => server.config.maxqueue || undefined,
  ),
  column('pid', 'KGP', 'u32', 'Number of the process: 1', everywhere, () => 1),
  column('iid', 'KGS', 'u32', 'Number of the proxy', everywhere, (row) => row.proxy.config.id),
  column(
    'sid',
    'KGS',
    'u32',
    'Number of the server or listener within its proxy',
    everywhere,
    rowId,
  ),
  column(
    'throttle',
    'MaP',
    'u32',
    'Percent of its weight during slowstart',
    ['server'],
    ({ server }) => (server.health.operational === 'starting' ? server.health.throttle : undefined),
  ),
  column('lbtot', 'MCP', 'u64', 'Times it was chosen', sides, (row) => row.counters.chosen),
  column(
    'tracked',
    'CNS',
    'str',
    'Server whose state it has',
    ['server'],
    ({
      server: {
        config: { track },
      },
    }) => (track === undefined ? undefined : `${track.proxy}/${track.server}`),
  ),
  column(
    'type',
    'CGS',
    'u32',
    '0 frontend, 1 backend, 2 server, 3 listener',
    everywhere,
    (row) => rowTypes[row.kind],
  ),
  columnBy(
    'rate',
    'MRP',
    'u32',
    'Sessions in the last second',
    {
      frontend: (row) => row.front.sessionRate.rate(row.now),
      server: (row) => row.server.sessionRate.rate(row.now),
      backend: (row) => row.back.sessionRate.rate(row.now),
    },
    { backend: 'MGP' },
  ),
  column('rate_lim', 'CLP', 'u32', 'Limit of sessions a second; 0: none', fronts, () => 0),
  columnBy(
    'rate_max',
    'MMP',
    'u32',
    'Most sessions in one second',
    {
      frontend: (row) => row.front.sessionRate.most,
      server: (row) => row.server.sessionRate.most,
      backend: (row) => row.back.sessionRate.most,
    },
    { backend: 'MGP' },
  ),
];

const responses: readonly Column[] = [
  ...[1, 2, 3, 4, 5].map((digit) =>
    column(
      `hrsp_${digit}xx`,
      'MCP',
      'u64',
      `Responses with a status of ${digit}00 to ${digit}99`,
      ['frontend', 'server', 'backend'],
      (row) => ifHttp(row, row.counters.responses[digit] ?? 0),
    ),
  ),
  column(
    'hrsp_other',
    'MCP',
    'u64',
    'Responses with another status',
    ['frontend', 'server', 'backend'],
    (row) => ifHttp(row, row.counters.responses[0] ?? 0),
  ),
  column('hanafail', 'MCP', 'u64', 'Failures seen in traffic', ['server'], ({ server }) =>
    server.config.observe === 'none' ? undefined : server.health.observedErrors,
  ),
  column('req_rate', 'MRP', 'u32', 'Requests in the last second', fronts, (row) =>
    row.front.requestRate.rate(row.now),
  ),
  column(
    'req_rate_max',
    'MMP',
    'u32',
    'Most requests in one second',
    fronts,
    (row) => row.front.requestRate.most,
  ),
  columnBy('req_tot', 'MCP', 'u64', 'Requests so far', {
    frontend: (row) => row.counters.requests,
    server: (row) => ifHttp(row, row.counters.requests),
    backend: (row) => ifHttp(row, row.counters.requests),
  }),
  column(
    'cli_abrt',
    'MCP',
    'u64',
    'Transfers that the client broke off',
    sides,
    (row) => row.counters.clientAborts,
  ),
  column(
    'srv_abrt',
    'MCP',
    'u64',
    'Transfers that the server broke off',
    sides,
    (row) => row.counters.serverAborts,
  ),
  ...['comp_in', 'comp_out', 'comp_byp', 'comp_rsp'].map((name) =>
    column(
      name,
      'MCP',
      'u64',
      'Compression of responses, which there is none of',
      ['frontend', 'backend'],
      () => 0,
    ),
  ),
  column('lastsess', 'MAP', 's32', 'Seconds since it was last chosen; -1: never', sides, (row) =>
    row.counters.chosen === 0 ? -1 : secondsSince(row.counters.lastChosenUs as Micros, row.now),
  ),
];

const averages: readonly Column[] = (
  [
    ['qtime', 'queue', 'Average time in the queue, milliseconds'],
    ['ctime', 'connect', 'Average time to connect, milliseconds'],
    ['rtime', 'response', 'Average time to the headers of the response, milliseconds'],
    ['ttime', 'total', 'Average time of a session, milliseconds'],
  ] as const
).map(([name, field, about]) =>
  column(name, 'MaP', 'u32', about, sides, (row) => Math.round(averagesOf(row)[field])),
);

const longest: readonly Column[] = (
  [
    ['qtime_max', 'maxQueue', 'Longest time in the queue, milliseconds'],
    ['ctime_max', 'maxConnect', 'Longest time to connect, milliseconds'],
    ['rtime_max', 'maxResponse', 'Longest time to the headers of the response, milliseconds'],
    ['ttime_max', 'maxTotal', 'Longest time of a session, milliseconds'],
  ] as const
).map(([name, field, about]) =>
  column(name, 'MMP', 'u32', about, sides, (row) => Math.round(averagesOf(row)[field])),
);

const connections: readonly Column[] = [
  columnBy('addr', 'CGS', 'str', 'Address and port', {
    listener: ({ legends, listener }) => (legends ? addressText(listener.address) : undefined),
    server: ({ legends, server }) => (legends ? addressText(server) : undefined),
  }),
  columnBy('cookie', 'CNS', 'str', "Cookie's value of a server", {
    server: ({ legends, server }) => (legends ? server.config.cookie : undefined),
  }),
  column('mode', 'CGS', 'str', 'Mode: tcp or http', everywhere, (row) => row.proxy.config.mode),
  column('algo', 'CGS', 'str', 'How servers are chosen', ['backend'], (row) =>
    row.legends ? algorithmText(row.proxy.config.balance) : undefined,
  ),
  column('conn_rate', 'MRP', 'u32', 'Connections in the last second', fronts, (row) =>
    row.front.connectionRate.rate(row.now),
  ),
  column(
    'conn_rate_max',
    'MMP',
    'u32',
    'Most connections in one second',
    fronts,
    (row) => row.front.connectionRate.most,
  ),
  column('conn_tot', 'MCP', 'u64', 'Connections so far', fronts, (row) => row.counters.connections),
  column('intercepted', 'MCP', 'u64', 'Requests answered by the proxy itself', fronts, (row) =>
    ifHttp(row, row.counters.intercepted),
  ),
  column(
    'dcon',
    'MCP',
    'u64',
    'Connections refused by a rule',
    listeners,
    (row) => row.counters.deniedConnections,
  ),
  column(
    'dses',
    'MCP',
    'u64',
    'Sessions refused by a rule',
    listeners,
    (row) => row.counters.deniedSessions,
  ),
  column(
    'wrew',
    'MCP',
    'u64',
    'Headers that could not be changed',
    everywhere,
    (row) => row.counters.failedRewrites,
  ),
  column('connect', 'MCP', 'u64', 'Connections to servers', sides, (row) => row.counters.connects),
  column(
    'reuse',
    'MCP',
    'u64',
    'Connections to servers that were used again',
    sides,
    (row) => row.counters.reuses,
  ),
  column(
    'cache_lookups',
    'MCP',
    'u64',
    'Look-ups in a cache, which there is none of',
    ['frontend', 'backend'],
    (row) => ifHttp(row, 0),
  ),
  column(
    'cache_hits',
    'MCP',
    'u64',
    'Hits in a cache, which there is none of',
    ['frontend', 'backend'],
    (row) => ifHttp(row, 0),
  ),
  column(
    'srv_icur',
    'MGP',
    'u32',
    'Idle connections to the server',
    ['server'],
    (row) => row.counters.idle,
  ),
  column('src_ilim', 'CLP', 'u32', 'Limit of idle connections; none', ['server'], () => undefined),
];

const rest: readonly Column[] = [
  column(
    'eint',
    'MCP',
    'u64',
    'Sessions that ended by a mistake of the proxy',
    everywhere,
    (row) => row.counters.internalErrors,
  ),
  column(
    'idle_conn_cur',
    'MGP',
    'u32',
    'Idle connections that may turn out to be closed',
    ['server'],
    (row) => row.counters.idle,
  ),
  column(
    'safe_conn_cur',
    'MGP',
    'u32',
    'Idle connections that have served more than one client',
    ['server'],
    () => 0,
  ),
  column(
    'used_conn_cur',
    'MGP',
    'u32',
    'Connections in use',
    ['server'],
    (row) => row.counters.current,
  ),
  column(
    'need_conn_est',
    'MGP',
    'u32',
    'Connections that it needs',
    ['server'],
    (row) => row.counters.current,
  ),
  column('uweight', 'MaP', 'u32', 'Weight without slowstart', sides, (row) =>
    row.kind === 'server' ? row.server.userWeight : backendTotals(row.proxy, row.back).weight,
  ),
  ...['agg_server_status', 'agg_server_check_status', 'agg_check_status'].map((name) =>
    column(name, 'MGP', 'u32', 'Only in metrics, by state', ['backend'], () => 0),
  ),
];

/** Those that are the same in all versions; then, after a column `-`, those of its modules. */
export const columns: readonly Column[] = [
  ...identity,
  ...sessions,
  ...serving,
  ...checkColumns.slice(0, 3),
  ...responses,
  ...checkColumns.slice(3, 5),
  ...averages,
  ...checkColumns.slice(5),
  ...connections,
  ...longest,
  ...rest,
];

export const allColumns: readonly Column[] = [...columns, ...moduleColumns];

function frontendStatus(state: string, maxconn: number, current: number): string {
  if (state !== 'open') return 'STOP';
  return maxconn > 0 && current >= maxconn ? 'FULL' : 'OPEN';
}

function backendStatus(row: BackendRow): string {
  const { proxy, back } = row;
  const text = isBackendUp(proxy, back) ? 'UP' : 'DOWN';
  if (!row.onlyUp) return text;
  const { active, backup } = backendTotals(proxy, back);
  return `${text} (${active + backup}/${back.servers.length})`;
}

function weightOf(row: ServerRow | BackendRow): number {
  return row.kind === 'server'
    ? shownWeight(row.server)
    : backendTotals(row.proxy, row.back).weight;
}

function averagesOf(row: ServerRow | BackendRow) {
  return row.kind === 'server' ? row.server.averages : row.back.averages;
}

function ifChecked(server: ServerRow['server'], value: number): number | undefined {
  return hasChecks(server) ? value : undefined;
}

function ifHttp(row: StatsRow, value: number): number | undefined {
  return row.proxy.config.mode === 'http' ? value : undefined;
}

function serverDowntime({ server, now }: { server: ServerRow['server']; now: Micros }): number {
  const { operational, lastChange, downtime } = server.health;
  const running = operational === 'stopped' ? now - lastChange : 0;
  return secondsSince(0 as Micros, (downtime + running) as Micros);
}

function backendDowntime({ proxy, back, now }: BackendRow): number {
  const running = isBackendUp(proxy, back) ? 0 : now - back.lastChange;
  return secondsSince(0 as Micros, (back.downtime + running) as Micros);
}

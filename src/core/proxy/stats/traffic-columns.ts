/** Requests, responses, times and connections. */
import type { Micros } from '../../../base/time.ts';
import { type Column, column, columnBy, everywhere, fronts, listeners, sides } from './column.ts';
import { addressText, algorithmText, secondsSince } from './figures.ts';
import type { BackendRow, ServerRow, StatsRow } from './rows.ts';
import { backendTotals } from './server-state.ts';

export const responsesColumns: readonly Column[] = [
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

export const averagesColumns: readonly Column[] = (
  [
    ['qtime', 'queue', 'Average time in the queue, milliseconds'],
    ['ctime', 'connect', 'Average time to connect, milliseconds'],
    ['rtime', 'response', 'Average time to the headers of the response, milliseconds'],
    ['ttime', 'total', 'Average time of a session, milliseconds'],
  ] as const
).map(([name, field, about]) =>
  column(name, 'MaP', 'u32', about, sides, (row) => Math.round(averagesOf(row)[field])),
);

export const longestColumns: readonly Column[] = (
  [
    ['qtime_max', 'maxQueue', 'Longest time in the queue, milliseconds'],
    ['ctime_max', 'maxConnect', 'Longest time to connect, milliseconds'],
    ['rtime_max', 'maxResponse', 'Longest time to the headers of the response, milliseconds'],
    ['ttime_max', 'maxTotal', 'Longest time of a session, milliseconds'],
  ] as const
).map(([name, field, about]) =>
  column(name, 'MMP', 'u32', about, sides, (row) => Math.round(averagesOf(row)[field])),
);

export const connectionsColumns: readonly Column[] = [
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

export const restColumns: readonly Column[] = [
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

function averagesOf(row: ServerRow | BackendRow) {
  return row.kind === 'server' ? row.server.averages : row.back.averages;
}

function ifHttp(row: StatsRow, value: number): number | undefined {
  return row.proxy.config.mode === 'http' ? value : undefined;
}

/** Weights, counts of servers, changes of state, rates. */
import type { Micros } from '../../../base/time.ts';
import { type Column, column, columnBy, everywhere, fronts, sides } from './column.ts';
import { secondsSince } from './figures.ts';
import { type BackendRow, rowId, rowTypes, type ServerRow } from './rows.ts';
import { backendTotals, hasChecks, isBackendUp, shownWeight } from './server-state.ts';

export const servingColumns: readonly Column[] = [
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
    'CGS',
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

function weightOf(row: ServerRow | BackendRow): number {
  return row.kind === 'server'
    ? shownWeight(row.server)
    : backendTotals(row.proxy, row.back).weight;
}

function ifChecked(server: ServerRow['server'], value: number): number | undefined {
  return hasChecks(server) ? value : undefined;
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

/** `http-request use-service prometheus-exporter`: the figures in Prometheus' text format. */
import { failed, ok, type Result } from '../../../../base/result.ts';
import type { CheckStatus } from '../../live.ts';
import type { Cell } from '../column.ts';
import { allColumns } from '../columns.ts';
import { infoFields } from '../info.ts';
import type { StatsMoment } from '../process-facts.ts';
import { everything, listRows, type RowKind, type StatsRow } from '../rows.ts';
import { hasChecks, isBackendUp, isChecked, serverState } from '../server-state.ts';
import { processFamilies, type RowFamily, rowFamilies } from './families.ts';

export interface MetricsAnswer {
  readonly status: 200 | 400;
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly body: string;
}

type Scope = 'global' | RowKind;

const scopes: readonly Scope[] = ['global', 'frontend', 'listener', 'backend', 'server'];

interface Wanted {
  readonly scopes: readonly Scope[];
  readonly noMaintenance: boolean;
  isMetricWanted(name: string): boolean;
}

export function answerMetrics(target: string, moment: StatsMoment): MetricsAnswer {
  const wanted = readQuery(target);
  if (!wanted.ok)
    return { status: 400, headers: [['content-type', 'text/plain']], body: wanted.reason };
  return {
    status: 200,
    headers: [
      ['cache-control', 'no-cache'],
      ['content-type', 'text/plain; version=0.0.4'],
    ],
    body: writeMetrics(moment, wanted.value),
  };
}

/** `scope=…` (several add up; `*`: all), `metrics=[-]name,…`, `no-maint`. */
function readQuery(target: string): Result<Wanted, string> {
  const [, query = ''] = /\?([^#]*)/.exec(target) ?? [];
  const parts = query.split('&').map((part) => part.replaceAll('%2C', ',').replaceAll('%2A', '*'));
  const wantedScopes = new Set<Scope>();
  let isRestricted = false;
  const metrics: string[] = [];
  for (const part of parts) {
    const [name, value = ''] = part.split('=', 2);
    if (name === 'metrics') metrics.push(...value.split(',').filter((word) => word !== ''));
    if (name !== 'scope') continue;
    isRestricted = true;
    const scope = scopes.find((known) => known === value);
    if (scope !== undefined) wantedScopes.add(scope);
    else if (value === '*') for (const known of scopes) wantedScopes.add(known);
    else if (value !== '' && value !== 'sticktable')
      return failed(`no scope is named so: ${value}\n`);
  }
  return ok({
    scopes: isRestricted ? scopes.filter((scope) => wantedScopes.has(scope)) : scopes,
    noMaintenance: parts.includes('no-maint'),
    isMetricWanted: metricFilter(metrics),
  });
}

/** Names with a minus are left out; if there are others, only those are shown. */
function metricFilter(words: readonly string[]): (name: string) => boolean {
  const excluded = new Set(words.filter((word) => word[0] === '-').map((word) => word.slice(1)));
  const included = new Set(words.filter((word) => word[0] !== '-'));
  return (name) => !excluded.has(name) && (included.size === 0 || included.has(name));
}

export function writeMetrics(moment: StatsMoment, wanted: Wanted): string {
  const { live, now } = moment;
  const filter = { ...everything, noMaintenance: wanted.noMaintenance, legends: false };
  const rows = listRows(live, now, filter);
  return wanted.scopes
    .map((scope) =>
      scope === 'global' ? processMetrics(moment, wanted) : rowMetrics(rows, scope, wanted),
    )
    .join('');
}

function processMetrics(moment: StatsMoment, { isMetricWanted }: Wanted): string {
  const byName = new Map(infoFields.map((field) => [field.name, field]));
  return processFamilies
    .map(([short, fieldName]) => {
      const name = `haproxy_process_${short}`;
      const field = byName.get(fieldName);
      if (field === undefined || !isMetricWanted(name)) return '';
      const isCounter = short.endsWith('_total') || short === 'failed_resolutions';
      const value = field.read(moment) ?? 'NaN';
      const series =
        short === 'build_info' ? [`{version="${escapeLabel(String(value))}"} 1`] : [` ${value}`];
      return writeFamily(name, isCounter ? 'counter' : 'gauge', field.about, series);
    })
    .join('');
}

const columnsByName = new Map(allColumns.map((column) => [column.name, column]));

function rowMetrics(rows: readonly StatsRow[], kind: RowKind, { isMetricWanted }: Wanted): string {
  const own = rows.filter((row) => row.kind === kind);
  return rowFamilies
    .filter(({ kinds }) => kinds.includes(kind))
    .map((family) => {
      const name = `haproxy_${kind}_${family.name}`;
      if (!isMetricWanted(name)) return '';
      const about = aboutForms[family.form] ?? columnsByName.get(family.column)?.about ?? '';
      const series = own
        .filter((row) => family.of === 'any' || row.proxy.config.mode === 'http')
        .flatMap((row) => seriesOf(family, row));
      return writeFamily(name, family.type, about, inOrder(family, series));
    })
    .join('');
}

const aboutForms: Readonly<Partial<Record<RowFamily['form'], string>>> = {
  status: '1 for the state it is in, else 0',
  check: '1 for the result of the last check, else 0',
  codes: 'Responses by the class of their status',
  'agg-servers': 'Servers in each state',
  'agg-checks': 'Servers by the result of their last check',
};

/** Responses stand together by class, everything else by proxy. */
function inOrder({ form }: RowFamily, series: readonly string[]): readonly string[] {
  if (form !== 'codes') return series;
  return codeColumns.flatMap(([code]) => series.filter((line) => line.includes(`code="${code}"`)));
}

/** Nothing at all where no row has it. */
function writeFamily(name: string, type: string, about: string, series: readonly string[]): string {
  if (series.length === 0) return '';
  const lines = series.map((line) => `${name}${line}\n`).join('');
  return `# HELP ${name} ${about}.\n# TYPE ${name} ${type}\n${lines}`;
}

const codeColumns = [
  ...[1, 2, 3, 4, 5].map((digit) => [`${digit}xx`, `hrsp_${digit}xx`] as const),
  ['other', 'hrsp_other'],
] as const;

function seriesOf(family: RowFamily, row: StatsRow): string[] {
  const labels = labelsOf(row);
  const each = (label: string, values: readonly (readonly [string, number])[]) =>
    values.map(([name, value]) => `{${labels},${label}="${name}"} ${value}`);
  switch (family.form) {
    case 'number':
    case 'milliseconds':
      return numberOf(family, row).map((value) => `{${labels}} ${value}`);
    case 'status':
      return each('state', statusStates(row));
    case 'check':
      if (row.kind !== 'server' || !isChecked(row.server)) return [];
      return each('state', oneOf(checkStates, row.server.health.last.status));
    case 'codes':
      return each(
        'code',
        codeColumns.map(([code, name]) => [code, Number(read(name, row) ?? 0)] as const),
      );
    case 'agg-servers':
      return row.kind === 'backend' && row.back.servers.length > 0
        ? each('state', countEach(serverStates, row.back.servers.map(stateLabel)))
        : [];
    case 'agg-checks':
      return row.kind === 'backend' && row.back.servers.length > 0
        ? each('state', countEach(checkStates, checkResults(row)))
        : [];
  }
}

function read(name: string, row: StatsRow): Cell {
  return columnsByName.get(name)?.read(row);
}

/** What a server has not is NaN; of one that is not checked there is nothing to say about checks. */
function numberOf({ column, form }: RowFamily, row: StatsRow): string[] {
  const value = read(column, row);
  if (column === 'check_code' || column === 'check_duration') {
    if (row.kind !== 'server' || !isChecked(row.server)) return [];
    return [form === 'milliseconds' ? inSeconds(value ?? 0) : String(value ?? 0)];
  }
  if (value === undefined) return ['NaN'];
  return [form === 'milliseconds' ? inSeconds(value) : String(value)];
}

function inSeconds(milliseconds: string | number): string {
  return (Number(milliseconds) / 1000).toFixed(6);
}

function labelsOf(row: StatsRow): string {
  const proxy = `proxy="${escapeLabel(row.proxy.config.name)}"`;
  if (row.kind === 'server') return `${proxy},server="${escapeLabel(row.server.config.name)}"`;
  if (row.kind === 'listener') return `${proxy},listener="${escapeLabel(row.listener.name)}"`;
  return proxy;
}

function escapeLabel(text: string): string {
  return text.replace(/["\\]/g, '\\$&').replaceAll('\n', '\\n');
}

const serverStates = ['DOWN', 'UP', 'MAINT', 'DRAIN', 'NOLB'] as const;

/** As the exporter orders and names them; the last ones are of checks by programs, which there are none of. */
const checkStates: readonly (CheckStatus | 'PROCERR' | 'PROCTOUT' | 'PROCOK')[] = [
  ...(['HANA', 'SOCKERR', 'L4OK', 'L4TOUT', 'L4CON', 'L6OK', 'L6TOUT', 'L6RSP'] as const),
  ...(['L7TOUT', 'L7RSP', 'L7OK', 'L7OKC', 'L7STS', 'PROCERR', 'PROCTOUT', 'PROCOK'] as const),
];

function statusStates(row: StatsRow): readonly (readonly [string, number])[] {
  switch (row.kind) {
    case 'frontend':
      return oneOf(['DOWN', 'UP'], row.proxy.state === 'open' ? 'UP' : 'DOWN');
    case 'listener':
      return oneOf(['WAITING', 'OPEN', 'FULL'], listenerState(String(read('status', row))));
    case 'server':
      return oneOf(serverStates, stateLabel(row.server));
    case 'backend':
      return oneOf(['DOWN', 'UP'], isBackendUp(row.proxy, row.back) ? 'UP' : 'DOWN');
  }
}

function listenerState(status: string): string {
  return status === 'STOP' ? 'WAITING' : status;
}

function stateLabel(server: Parameters<typeof serverState>[0]): (typeof serverStates)[number] {
  const labels = {
    maint: 'MAINT',
    down: 'DOWN',
    'going-up': 'DOWN',
    up: 'UP',
    'going-down': 'UP',
    nolb: 'NOLB',
    drain: 'DRAIN',
    'no-check': 'UP',
  } as const;
  return labels[serverState(server)];
}

function checkResults(row: Extract<StatsRow, { kind: 'backend' }>): CheckStatus[] {
  return row.back.servers.filter(hasChecks).map(({ health }) => health.last.status);
}

function oneOf(names: readonly string[], actual: string): readonly (readonly [string, number])[] {
  return names.map((name) => [name, name === actual ? 1 : 0] as const);
}

function countEach(
  names: readonly string[],
  found: readonly string[],
): readonly (readonly [string, number])[] {
  return names.map((name) => [name, found.filter((other) => other === name).length] as const);
}

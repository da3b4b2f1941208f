/** A request for the statistics of a proxy, answered. */
import type { StatsPage } from '../../../../config/model/proxy.ts';
import type { LiveProxy } from '../../live.ts';
import type { StatsOrder } from '../orders.ts';
import type { StatsMoment } from '../process-facts.ts';
import { everything, listRows, type StatsRow } from '../rows.ts';
import { schemaJson } from '../schema.ts';
import { rowsAsCsv, rowsAsJson, rowsAsTyped } from '../tables.ts';
import { isOwnForm, isWelcome } from './access.ts';
import { type FormResult, readAction } from './admin.ts';
import { writeDocument } from './document.ts';
import { type PageRequest, type PageView, readView, viewTarget } from './request.ts';

export interface PageAnswer {
  readonly status: 200 | 303 | 401;
  readonly headers: readonly (readonly [name: string, value: string])[];
  /** Text; goes out as UTF-8. Empty for HEAD. */
  readonly body: string;
  /** To be obeyed before the answer is sent. */
  readonly orders: readonly StatsOrder[];
}

const noCache = ['cache-control', 'no-cache'] as const;

const unauthorized =
  '<html><body><h1>401 Unauthorized</h1>\nYou need a valid user and password to access this content.\n</body></html>\n';

/** Undefined: it is not for the page, and goes on its way. */
export function answerPage(
  request: PageRequest,
  proxy: LiveProxy,
  moment: StatsMoment,
): PageAnswer | undefined {
  const settings = proxy.config.stats;
  if (settings === undefined || !['GET', 'HEAD', 'POST'].includes(request.method)) return undefined;
  const view = readView(request.target, settings);
  if (view === undefined) return undefined;
  if (!isWelcome(request, settings)) return askForPassword(request, settings);
  if (request.method === 'POST') return obey(request, { settings, proxy, moment }, view);
  const body = write(view, { settings, proxy, moment }, request.role);
  const headers: [string, string][] = [
    [...noCache],
    ['content-type', contentTypes[view.format]],
    ['x-content-type-options', 'nosniff'],
  ];
  if (view.format === 'html') {
    headers.push(['content-security-policy', policy]);
    if (view.refreshes === 'yes') headers.push(['refresh', String(settings.refreshSeconds)]);
  }
  return { status: 200, headers, body: request.method === 'HEAD' ? '' : body, orders: [] };
}

const contentTypes: Readonly<Record<PageView['format'], string>> = {
  html: 'text/html; charset=utf-8',
  csv: 'text/plain; charset=utf-8',
  typed: 'text/plain; charset=utf-8',
  json: 'application/json',
  'json-schema': 'application/json',
};

/** There is no script, and nothing comes from elsewhere. */
const policy =
  "default-src 'none'; style-src 'unsafe-inline'; img-src data:; form-action 'self'; frame-ancestors 'self'";

function askForPassword({ method }: PageRequest, { realm }: StatsPage): PageAnswer {
  const quoted = realm.replace(/["\\]/g, '\\$&').replace(/[\r\n]/g, ' ');
  return {
    status: 401,
    headers: [
      [...noCache],
      ['content-type', 'text/html'],
      ['www-authenticate', `Basic realm="${quoted}"`],
    ],
    body: method === 'HEAD' ? '' : unauthorized,
    orders: [],
  };
}

/** Always by way of the page, so that loading it anew does nothing again. */
function obey(request: PageRequest, of: Subject, view: PageView): PageAnswer {
  const { outcome, orders } = judge(request, of);
  const location = viewTarget(of.settings, { ...view, format: 'html' }, { outcome });
  return {
    status: 303,
    headers: [[...noCache], ['content-type', 'text/plain'], ['location', location]],
    body: '',
    orders,
  };
}

function judge(request: PageRequest, of: Subject): FormResult {
  if (request.role !== 'admin' || !isOwnForm(request)) return { outcome: 'DENY', orders: [] };
  if (request.body === undefined) return { outcome: 'EXCD', orders: [] };
  return readAction(request.body, of.moment.live, scopeOf(of));
}

interface Subject {
  readonly settings: StatsPage;
  readonly proxy: LiveProxy;
  readonly moment: StatsMoment;
}

function write(view: PageView, of: Subject, role: PageRequest['role']): string {
  if (view.format === 'json-schema') return schemaJson;
  const rows = rowsOf(view, of);
  switch (view.format) {
    case 'csv':
      return rowsAsCsv(rows);
    case 'typed':
      return rowsAsTyped(rows, { describe: 'names' });
    case 'json':
      return rowsAsJson(rows);
    case 'html':
      return writeDocument(of.moment, { settings: of.settings, view, role, rows });
  }
}

function rowsOf(view: PageView, of: Subject): StatsRow[] {
  const isInScope = scopeOf(of);
  return listRows(of.moment.live, of.moment.now, {
    ...everything,
    onlyUp: view.onlyUp,
    noMaintenance: view.noMaintenance,
    legends: of.settings.showLegends,
    isInScope: (name) => isInScope(name) && name.includes(view.search),
  });
}

/** `.` is the proxy with the page itself. */
function scopeOf({ settings, proxy }: Subject): (name: string) => boolean {
  const scope = settings.scope.map((name) => (name === '.' ? proxy.config.name : name));
  return (name) => scope.length === 0 || scope.includes(name);
}

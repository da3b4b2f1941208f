/** The table of one proxy: a row for each side, listener and server, in groups of columns. */
import { statusTexts } from '../../health/status-texts.ts';
import type { LiveProxy, LiveServer } from '../../live.ts';
import { checkStatusText, codeOf, durationOf } from '../check-columns.ts';
import type { Cell } from '../column.ts';
import { allColumns } from '../columns.ts';
import type { StatsRow } from '../rows.ts';
import { isChecked, type ServerState, serverState } from '../server-state.ts';
import { actions } from './admin.ts';
import { bigNumber, escapeHtml, humanTime, withTip } from './html.ts';
import { rowTip, sessionsTip } from './tips.ts';

const columnsByName = new Map(allColumns.map((column) => [column.name, column]));

export function figure(row: StatsRow, name: string): Cell {
  return columnsByName.get(name)?.read(row);
}

type CellWriter = (row: StatsRow) => string;

interface Group {
  readonly title: string;
  readonly cells: readonly (readonly [title: string, write: CellWriter])[];
}

/** Empty where there is no such thing. */
function count(name: string): CellWriter {
  return (row) => {
    const value = figure(row, name);
    return `<td>${typeof value === 'number' ? bigNumber(value) : ''}</td>`;
  };
}

/** `-`: no limit. */
function limit(name: string): CellWriter {
  return (row) => {
    const value = figure(row, name);
    const hasLimits = row.kind === 'server' || (value !== undefined && row.kind !== 'backend');
    if (typeof value === 'number' && value > 0) return `<td>${bigNumber(value)}</td>`;
    return `<td>${hasLimits ? '-' : ''}</td>`;
  };
}

const groups: readonly Group[] = [
  {
    title: 'Queue',
    cells: [
      ['Cur', count('qcur')],
      ['Max', count('qmax')],
      ['Limit', limit('qlimit')],
    ],
  },
  {
    title: 'Session rate',
    cells: [
      ['Cur', count('rate')],
      ['Max', count('rate_max')],
      ['Limit', limit('rate_lim')],
    ],
  },
  {
    title: 'Sessions',
    cells: [
      ['Cur', count('scur')],
      ['Max', count('smax')],
      ['Limit', limit('slim')],
      [
        'Total',
        (row) => `<td>${withTip(bigNumber(Number(figure(row, 'stot'))), sessionsTip(row))}</td>`,
      ],
      ['LbTot', count('lbtot')],
      ['Last', lastSession],
    ],
  },
  {
    title: 'Bytes',
    cells: [
      ['In', count('bin')],
      ['Out', count('bout')],
    ],
  },
  {
    title: 'Denied',
    cells: [
      ['Req', count('dreq')],
      ['Resp', count('dresp')],
    ],
  },
  {
    title: 'Errors',
    cells: [
      ['Req', count('ereq')],
      ['Conn', count('econ')],
      ['Resp', responseErrors],
    ],
  },
  {
    title: 'Warnings',
    cells: [
      ['Retr', count('wretr')],
      ['Redis', count('wredis')],
    ],
  },
  {
    title: 'Server',
    cells: [
      ['Status', status],
      ['LastChk', lastCheck],
      ['Wght', weight],
      ['Act', yesOrCount('act')],
      ['Bck', yesOrCount('bck')],
      ['Chk', count('chkfail')],
      ['Dwn', count('chkdown')],
      ['Dwntme', downtime],
      ['Thrtle', throttle],
    ],
  },
];

export interface TableOptions {
  readonly legends: boolean;
  /** With boxes to choose servers, and a form. */
  readonly role: 'admin' | 'reader';
  /** Where the form goes. */
  readonly target: string;
}

export function proxyTable(
  proxy: LiveProxy,
  rows: readonly StatsRow[],
  options: TableOptions,
): string {
  const { name, description, kind, mode, id } = proxy.config;
  const hasForm = options.role === 'admin' && rows.some((row) => row.kind === 'server');
  const tip = options.legends ? [`${kind}, mode ${mode}, id ${id}`] : [];
  const about =
    description === undefined ? '' : `<span class="about">${escapeHtml(description)}</span>`;
  const anchor = escapeHtml(name);
  const title = `<h3 id="${anchor}">${withTip(`<a href="#${anchor}">${anchor}</a>`, tip)}</h3>${about}`;
  const body = rows.map((row) => tableRow(row, options.legends, hasForm)).join('\n');
  const table = `<table>\n<thead>${headLines(hasForm)}</thead>\n<tbody>\n${body}\n</tbody></table>`;
  return `<section>${title}\n${hasForm ? inForm(table, id, options.target) : table}</section>\n`;
}

function headLines(hasForm: boolean): string {
  const over = groups.map(({ title, cells }) => `<th colspan="${cells.length}">${title}</th>`);
  const titles = groups.flatMap(({ cells }) => cells.map(([title]) => `<th>${title}</th>`));
  const box = hasForm ? '<th rowspan="2"></th>' : '';
  return `<tr>${box}<th rowspan="2"></th>${over.join('')}</tr>\n<tr>${titles.join('')}</tr>`;
}

function tableRow(row: StatsRow, legends: boolean, hasForm: boolean): string {
  const cells = groups.flatMap((group) => group.cells.map(([, write]) => write(row)));
  const label = labelOf(row);
  // A listener may be called as a server is.
  const mark = row.kind === 'listener' ? '+' : '';
  const anchor = escapeHtml(`${row.proxy.config.name}/${mark}${label}`);
  const link = `<a id="${anchor}" href="#${anchor}">${escapeHtml(label)}</a>`;
  const name = `<td class="c">${withTip(link, legends ? rowTip(row) : [])}</td>`;
  return `<tr class="${rowClass(row)}">${hasForm ? boxOf(row) : ''}${name}${cells.join('')}</tr>`;
}

function boxOf(row: StatsRow): string {
  if (row.kind !== 'server') return '<td></td>';
  const name = escapeHtml(row.server.config.name);
  return `<td><input type="checkbox" name="s" value="${name}" aria-label="${name}"></td>`;
}

function inForm(table: string, id: number, target: string): string {
  const options = Object.entries(actions).map(
    ([value, { label }]) => `<option value="${value}">${label}</option>`,
  );
  return (
    `<form method="post" action="${escapeHtml(target)}">${table}\n` +
    `<p>With the chosen servers: <select name="action"><option value=""></option>${options.join('')}</select> ` +
    `<input type="hidden" name="b" value="#${id}"><input type="submit" value="Apply"></p></form>`
  );
}

function labelOf(row: StatsRow): string {
  switch (row.kind) {
    case 'frontend':
      return 'Frontend';
    case 'listener':
      return row.listener.name;
    case 'server':
      return row.server.config.name;
    case 'backend':
      return 'Backend';
  }
}

function rowClass(row: StatsRow): string {
  if (row.kind === 'listener') return 'socket';
  if (row.kind !== 'server') return row.kind;
  const state = lookOf(row.server);
  if (state === 'maint') return state;
  return `${row.server.config.backup ? 'backup' : 'active'}_${state.replace('-', '_')}`;
}

/** Without weight nobody new comes, as in drain; only its word says UP. */
function lookOf(server: LiveServer): ServerState {
  const state = serverState(server);
  return state === 'up' && server.userWeight === 0 ? 'drain' : state;
}

function lastSession(row: StatsRow): string {
  const value = figure(row, 'lastsess');
  if (typeof value !== 'number') return '<td></td>';
  return `<td>${value < 0 ? '?' : humanTime(value)}</td>`;
}

function responseErrors(row: StatsRow): string {
  const value = figure(row, 'eresp');
  if (typeof value !== 'number') return '<td></td>';
  const { clientAborts, serverAborts } = row.counters;
  const tip = `Broken off: ${clientAborts} by clients, ${serverAborts} by servers`;
  return `<td>${withTip(bigNumber(value), [tip])}</td>`;
}

const arrows: Readonly<Record<string, string>> = { 'going-up': ' &uarr;', 'going-down': ' &darr;' };

function status(row: StatsRow): string {
  const text = escapeHtml(String(figure(row, 'status')));
  const since = figure(row, 'lastchg');
  if (typeof since !== 'number') return `<td class="c">${text}</td>`;
  const state = row.kind === 'server' ? serverState(row.server) : 'up';
  if (state === 'no-check') return `<td class="c"><i>${text}</i></td>`;
  return `<td class="c">${humanTime(since)} ${text}${arrows[state] ?? ''}</td>`;
}

function lastCheck(row: StatsRow): string {
  if (row.kind !== 'server' || !isChecked(row.server)) return '<td></td>';
  const { last } = row.server.health;
  const code = codeOf(last);
  const duration = durationOf(last);
  const shown = [
    checkStatusText(row.server),
    code === undefined ? '' : `/${code}`,
    duration === undefined ? '' : ` in ${duration}ms`,
  ].join('');
  const more = last.description === '' ? '' : `: ${last.description}`;
  return `<td class="c">${withTip(escapeHtml(shown), [`${statusTexts[last.status]}${more}`])}</td>`;
}

function weight(row: StatsRow): string {
  const value = figure(row, 'weight');
  return `<td class="c">${value === undefined ? '' : `${value}/${figure(row, 'uweight')}`}</td>`;
}

function yesOrCount(name: string): CellWriter {
  return (row) => {
    const value = figure(row, name);
    if (row.kind === 'server') return `<td class="c">${value === 1 ? 'Y' : '-'}</td>`;
    return `<td class="c">${value ?? ''}</td>`;
  };
}

function downtime(row: StatsRow): string {
  const value = figure(row, 'downtime');
  return `<td>${typeof value === 'number' ? humanTime(value) : ''}</td>`;
}

function throttle(row: StatsRow): string {
  if (row.kind !== 'server') return '<td></td>';
  const value = figure(row, 'throttle');
  return `<td class="c">${value === undefined ? '-' : `${value}%`}</td>`;
}

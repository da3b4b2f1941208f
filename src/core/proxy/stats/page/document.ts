/** The whole page. */
import type { StatsPage } from '../../../../config/model/proxy.ts';
import type { LiveProxy } from '../../live.ts';
import { nodeName, rateNow, uptime, uptimeText } from '../info.ts';
import type { StatsMoment } from '../process-facts.ts';
import type { StatsRow } from '../rows.ts';
import { type Outcome, outcomeTexts } from './admin.ts';
import { bigNumber, escapeHtml } from './html.ts';
import { proxyTable } from './proxy-table.ts';
import { type PageView, viewTarget } from './request.ts';
import { style } from './style.ts';

export interface PageContent {
  readonly settings: StatsPage;
  readonly view: PageView;
  readonly role: 'admin' | 'reader';
  readonly rows: readonly StatsRow[];
}

export function writeDocument(moment: StatsMoment, content: PageContent): string {
  const { settings, view } = content;
  const { product, version, releaseDate } = moment.facts;
  const on = settings.node === undefined ? '' : ` on ${escapeHtml(nameOfNode(moment, settings))}`;
  const title = `Statistics Report for ${escapeHtml(product)}${on}`;
  const heading = settings.hideVersion
    ? product
    : `${product} version ${version}, released ${releaseDate}`;
  return [
    '<!DOCTYPE html>',
    `<html lang="en"><head><meta charset="utf-8"><title>${title}</title>`,
    `<link rel="icon" href="data:,"><style>${style}</style></head><body>`,
    `<h1>${escapeHtml(heading)}</h1>`,
    `<h2>Statistics Report for pid ${moment.facts.pid}${on}${descriptionOf(settings)}</h2>`,
    saidLine(settings, view),
    `<div class="top">${processFigures(moment)}${legend}${displayOptions(settings, view)}</div>`,
    ...tablesOf(content),
    '</body></html>\n',
  ].join('\n');
}

function nameOfNode(moment: StatsMoment, { node }: StatsPage): string {
  return node === undefined || node === '' ? nodeName(moment) : node;
}

function descriptionOf({ showDescription }: StatsPage): string {
  return showDescription === undefined ? '' : `: ${escapeHtml(showDescription)}`;
}

function saidLine(settings: StatsPage, view: PageView): string {
  if (view.outcome === undefined) return '';
  const isKnown = (code: string): code is Outcome => Object.hasOwn(outcomeTexts, code);
  const code = isKnown(view.outcome) ? view.outcome : 'UNKN';
  const { outcome: _outcome, ...back } = view;
  const link = escapeHtml(viewTarget(settings, back));
  const look = code === 'DONE' ? 'active_up' : code === 'NONE' ? 'active_going_up' : 'active_down';
  return `<p class="said ${look}"><a href="${link}" title="Remove this message">[X]</a> ${outcomeTexts[code]}</p>`;
}

function processFigures(moment: StatsMoment): string {
  const { facts, live } = moment;
  const lines = [
    `<b>pid</b> ${facts.pid} (process #1, nbproc 1, nbthread ${live.config.global.workers})`,
    `<b>uptime</b> ${uptimeText(uptime(moment))}`,
    `<b>ulimit-n</b> ${facts.maxDescriptors}; <b>maxconn</b> ${facts.maxconn}`,
    `<b>connections</b> ${bigNumber(live.current)} now, ${rateNow(moment, 'connectionRate')}/s`,
    `<b>to clients</b> ${bigNumber(facts.bytesOutPerSecond * 8)} bit/s`,
    `<b>tasks</b> ${facts.tasks}; <b>idle</b> ${facts.idlePercent} %`,
  ];
  return `<p>${lines.join('<br>\n')}</p>`;
}

const legend: string = `<div class="legend">${(
  [
    ['active_up', 'active UP'],
    ['backup_up', 'backup UP'],
    ['active_going_down', 'active UP, going down'],
    ['backup_going_down', 'backup UP, going down'],
    ['active_going_up', 'active DOWN, going up'],
    ['backup_going_up', 'backup DOWN, going up'],
    ['active_down', 'active or backup DOWN'],
    ['active_no_check', 'not checked'],
    ['maint', 'MAINT: in maintenance'],
    ['active_drain', 'DRAIN, NOLB: no new clients'],
  ] as const
)
  .map(([look, text]) => `<div><i class="${look}"></i>${text}</div>`)
  .join('')}</div>`;

function displayOptions(settings: StatsPage, view: PageView): string {
  const { outcome: _outcome, ...plain } = view;
  const link = (changes: Partial<PageView>, text: string) =>
    `<a href="${escapeHtml(viewTarget(settings, plain, changes))}">${text}</a>`;
  const quiet = { refreshes: 'no' } as const;
  const refresh =
    settings.refreshSeconds === undefined
      ? []
      : [
          view.refreshes === 'yes'
            ? link(quiet, 'Disable refresh')
            : link({ refreshes: 'yes' }, 'Enable refresh'),
        ];
  const items = [
    view.onlyUp
      ? link({ onlyUp: false }, 'Show all servers')
      : link({ onlyUp: true }, "Hide 'DOWN' servers"),
    ...refresh,
    link({}, 'Refresh now'),
    link({ format: 'csv', ...quiet }, 'CSV export'),
    `${link({ format: 'json', ...quiet }, 'JSON export')} (${link({ format: 'json-schema', ...quiet }, 'schema')})`,
  ];
  const action = escapeHtml(viewTarget(settings, { ...plain, search: '' }));
  const search =
    `<form method="get" action="${action}"><label>Scope: ` +
    `<input name="scope" size="8" maxlength="20" value="${escapeHtml(view.search)}"></label></form>`;
  return `<div>${search}<ul>${items.map((item) => `<li>${item}</li>`).join('')}</ul></div>`;
}

function tablesOf({ rows, settings, view, role }: PageContent): string[] {
  const byProxy = new Map<LiveProxy, StatsRow[]>();
  for (const row of rows) {
    const known = byProxy.get(row.proxy);
    if (known === undefined) byProxy.set(row.proxy, [row]);
    else known.push(row);
  }
  const { outcome: _outcome, ...plain } = view;
  const target = viewTarget(settings, plain);
  return [...byProxy].map(([proxy, own]) =>
    proxyTable(proxy, own, { legends: settings.showLegends, role, target }),
  );
}

/** The forecast as a table: a line for each failure that moves something, and one for all others. */
import {
  describeFailure,
  type ForecastNode,
  type GroupForecast,
  type Outcome,
  type Range,
  type Row,
} from '../../sim/forecast/types.ts';
import { holdersText, rangeText, secondsText } from './words.ts';

const HEADS = [
  'failure',
  'serves then',
  'nobody serves',
  'taken over after',
  'two serve',
  'when mended',
];
const WIDTH = 100;
/** What passes while a packet is on its way is not worth a word. */
const PAUSE_MIN_US = 5000;

export function tableOf(groups: readonly GroupForecast[], nodes: readonly ForecastNode[]): string {
  const parts = groups.map((group) => groupText(group, nodes));
  const legend =
    'Times are at best / typically / at worst, by when in an interval the failure strikes.\n';
  return `${parts.join('\n')}${groups.some(({ rows }) => rows.length > 0) ? `\n${legend}` : ''}`;
}

function groupText(group: GroupForecast, nodes: readonly ForecastNode[]): string {
  const lines = group.nodes.map((name) => nodeLine(nodes.find((one) => one.name === name)));
  const starts = group.start.map(({ service, holders }) => {
    const verb = holders.length > 1 ? 'serve' : 'serves';
    const warning = holders.length > 1 ? ', at once: they do not hear or accept each other' : '';
    return `${addressesText(group, service)}: ${holdersText(holders)} ${verb} when all are up${warning}\n`;
  });
  const tables = group.services.map(({ name }) => serviceTable(group, name));
  return `${lines.join('')}\n${starts.join('')}${tables.join('')}`;
}

function nodeLine(node: ForecastNode | undefined): string {
  if (node === undefined) return '';
  const instances = node.model.instances.map(
    ({ name, vrid, priority }) => `${name} (VRID ${vrid}, priority ${priority})`,
  );
  return `${node.name}: ${node.program}, ${instances.join(', ')}\n`;
}

function addressesText({ services }: GroupForecast, service: string): string {
  const [first = service, ...others] =
    services.find(({ name }) => name === service)?.addresses ?? [];
  return others.length === 0 ? first : `${first} and ${others.length} more`;
}

function serviceTable({ rows, services }: GroupForecast, service: string): string {
  const found = rows.flatMap((row) => {
    const outcome = row.outcomes.find((one) => one.service === service);
    return outcome === undefined ? [] : [{ row, outcome }];
  });
  if (found.length === 0) return '';
  const moved = found.filter(({ outcome }) => !isQuiet(outcome));
  const quiet = found.filter(({ outcome }) => isQuiet(outcome)).map(({ row }) => nameOf(row));
  const title = services.length > 1 ? `\n${service}\n` : '\n';
  const table = aligned([HEADS, ...moved.map(({ row, outcome }) => cells(row, outcome))]);
  return `${title}${table}${quiet.length === 0 ? '' : `\n${wrapped('no effect: ', quiet)}`}`;
}

function nameOf({ failures }: Row): string {
  return failures.map(describeFailure).join(' & ');
}

function isQuiet({ timeline, before, after, mended }: Outcome): boolean {
  const all = [before, after, mended].map((holders) => holders.join());
  return timeline.length === 0 && new Set(all).size === 1;
}

function cells(
  row: Row,
  { before, after, gap, takeover, overlap, mended, mendedGap }: Outcome,
): string[] {
  const back = mended.join() === before.join() ? ' again' : '';
  const pause = mendedGap > PAUSE_MIN_US ? `, after ${secondsText(mendedGap)} of nobody` : '';
  return [
    nameOf(row),
    holdersText(after),
    gap === undefined ? 'until mended' : rangeText(gap),
    takeover === undefined ? '-' : rangeText(takeover),
    after.length > 1 ? 'until mended' : overlapText(overlap),
    `${holdersText(mended)}${back}${pause}`,
  ];
}

function overlapText(overlap: Range): string {
  return overlap.most === 0 ? '-' : rangeText(overlap);
}

export function aligned(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) =>
    Math.max(...rows.map((row) => (row[column] ?? '').length)),
  );
  const line = (row: readonly string[]): string =>
    `${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  ')}`.trimEnd();
  const rule = widths.map((width) => '-'.repeat(width)).join('  ');
  const [head = [], ...rest] = rows;
  return `${[line(head), rule, ...rest.map(line)].join('\n')}\n`;
}

function wrapped(begin: string, words: readonly string[]): string {
  const lines: string[] = [];
  let line = begin;
  for (const [index, word] of words.entries()) {
    const text = index === words.length - 1 ? word : `${word}, `;
    if (line.length + text.length > WIDTH && line.trim() !== '') {
      lines.push(line.trimEnd());
      line = ' '.repeat(begin.length);
    }
    line += text;
  }
  return `${[...lines, line].join('\n')}\n`;
}

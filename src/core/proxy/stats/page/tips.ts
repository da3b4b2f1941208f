/** What is to be read when the mouse is over something. */
import { addressText, algorithmText } from '../figures.ts';
import type { StatsRow } from '../rows.ts';

export function rowTip(row: StatsRow): string[] {
  switch (row.kind) {
    case 'frontend':
      return row.proxy.config.binds.flatMap(({ addresses }) => addresses.map(addressText));
    case 'listener':
      return [`${addressText(row.listener.address)}, id ${row.listener.id}`];
    case 'server': {
      const { id, cookie } = row.server.config;
      const more = cookie === undefined ? '' : `, cookie ${cookie}`;
      return [`${addressText(row.server)}, id ${id}${more}`];
    }
    case 'backend':
      return [`balance ${algorithmText(row.proxy.config.balance)}`];
  }
}

/** Of the number of sessions: what they consist of. */
export function sessionsTip(row: StatsRow): string[] {
  const { counters } = row;
  const lines: string[] = [`Sessions: ${counters.sessions}`];
  if (row.kind === 'frontend') lines.push(`Connections: ${counters.connections}`);
  if (row.kind === 'server' || row.kind === 'backend')
    lines.push(`New connections: ${counters.connects}`, `Used again: ${counters.reuses}`);
  if (row.proxy.config.mode === 'http' && row.kind !== 'listener') {
    lines.push(`Requests: ${counters.requests}`);
    for (const digit of [1, 2, 3, 4, 5])
      lines.push(`Responses ${digit}xx: ${counters.responses[digit] ?? 0}`);
    lines.push(`Other responses: ${counters.responses[0] ?? 0}`);
  }
  if (row.kind === 'server' || row.kind === 'backend') {
    const times = row.kind === 'server' ? row.server.averages : row.back.averages;
    lines.push(
      `Queue, average and longest: ${milliseconds(times.queue, times.maxQueue)}`,
      `Connect: ${milliseconds(times.connect, times.maxConnect)}`,
      `Response: ${milliseconds(times.response, times.maxResponse)}`,
      `Total: ${milliseconds(times.total, times.maxTotal)}`,
    );
  }
  return lines;
}

function milliseconds(average: number, longest: number): string {
  return `${Math.round(average)} / ${Math.round(longest)} ms`;
}

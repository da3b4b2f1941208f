/** Addresses of a pod with the Services behind them, as a table. */
import type { ClusterReport, ClusterVip } from '../../api/cluster-report.ts';
import type { StatusResult } from '../../api/status.ts';
import { alignTable, localTime } from './table.ts';

const HEADS = ['ADDRESS', 'INSTANCE', 'HERE', 'SERVICE', 'PORT', 'ENDPOINTS'] as const;

/** Of the instances that the status has. */
export function clusterText(
  { configMap, at, vips, problems }: ClusterReport,
  { instances }: Pick<StatusResult, 'instances'>,
  width: number,
): string {
  const shown = vips.filter(({ instance }) => instances.some(({ name }) => name === instance));
  const masters = new Set(
    instances.filter(({ state }) => state === 'master').map(({ name }) => name),
  );
  const rows = shown.flatMap((vip) => rowsOf(vip, masters.has(vip.instance) ? 'yes' : 'no'));
  const table = rows.length === 0 ? 'it has no addresses\n' : alignTable([HEADS, ...rows], width);
  const notes = problems.map((problem) => `${problem}\n`).join('');
  const head = `ConfigMap ${configMap}, in force since ${localTime(at)}`;
  return `\n${head}\n\n${table}${notes === '' ? '' : `\n${notes}`}`;
}

function rowsOf({ address, instance, ports }: ClusterVip, here: string): readonly string[][] {
  if (ports.length === 0) return [[address, instance, here, '-', '-', '-']];
  return ports.map(({ service, port, protocol, endpoints }, index) => [
    ...(index === 0 ? [address, instance, here] : ['', '', '']),
    ...[service, `${port}/${protocol}`, String(endpoints)],
  ]);
}

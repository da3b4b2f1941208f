/** Addresses of a cluster, and its Events, as tables. */
import { fieldsOf, listOf, textOf } from '../../base/json-fields.ts';
import { alignTable, durationText, localTime } from '../control/table.ts';
import type { ClusterVips, Vip } from './vips.ts';

const HEADS = ['ADDRESS', 'ENTRY', 'NODE', 'POD', 'INSTANCE', 'SINCE', 'WHY'] as const;
const EVENT_HEADS = ['LAST', 'TYPE', 'REASON', 'OBJECT', 'MESSAGE'] as const;

export interface TextOptions {
  readonly nowMs: number;
  /** Columns of the terminal. */
  readonly width: number;
}

export function vipsText(cluster: ClusterVips, { nowMs, width }: TextOptions): string {
  const { configMap, daemonSet, vips, notes } = cluster;
  const rows = vips.map((vip) => rowOf(vip, nowMs));
  const table = rows.length === 0 ? 'it has no addresses\n' : alignTable([HEADS, ...rows], width);
  const more = notes.length === 0 ? '' : `\n${notes.map((note) => `${note}\n`).join('')}`;
  return `ConfigMap ${configMap}, DaemonSet ${daemonSet}\n\n${table}${more}`;
}

function rowOf({ address, entry, holder }: Vip, nowMs: number): readonly string[] {
  const shown = entry === null ? '(not in the ConfigMap)' : entry === '' ? '-' : oneLine(entry);
  if (holder === null) return [address, shown, 'nobody', '-', '-', '-', '-'];
  const { node, pod, instance, since, why } = holder;
  const at = Date.parse(since);
  const age = Number.isNaN(at) ? '-' : durationText(nowMs - at);
  return [address, shown, node, pod ?? '-', instance, age, oneLine(why) || '-'];
}

export interface EventLine {
  readonly time: string;
  readonly type: string;
  readonly reason: string;
  readonly object: string;
  readonly message: string;
}

/** Oldest first, at most so many. */
export function readEvents(list: unknown, limit: number): readonly EventLine[] {
  const events = listOf(fieldsOf(list).items).map((raw): EventLine => {
    const { lastTimestamp, type, reason, involvedObject, message } = fieldsOf(raw);
    const { kind, namespace, name } = fieldsOf(involvedObject);
    const where = [textOf(namespace), textOf(name)].filter((part) => part !== '').join('/');
    return {
      time: textOf(lastTimestamp),
      type: textOf(type),
      reason: textOf(reason),
      object: `${textOf(kind)} ${where}`,
      message: oneLine(textOf(message)),
    };
  });
  return events.sort((a, b) => Date.parse(a.time) - Date.parse(b.time)).slice(-limit);
}

export function eventsText(events: readonly EventLine[], width: number): string {
  if (events.length === 0) return 'no Events of holdfast: clusters forget them after an hour\n';
  const rows = events.map(({ time, type, reason, object, message }) => [
    ...[localTime(time).replace(/\.\d+$/, ''), type, reason, object, message],
  ]);
  return alignTable([EVENT_HEADS, ...rows], width);
}

function oneLine(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: terminals obey them, wherever they come from
  return text.replace(/[\u0000-\u001f\u007f]+/g, ' ').trim();
}

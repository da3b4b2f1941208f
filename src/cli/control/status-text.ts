/** A status as a table. */
import type { InstanceStatus, StatusResult } from '../../api/status.ts';
import { alignTable, durationText, localTime } from './table.ts';

export interface StatusTextOptions {
  readonly nowMs: number;
  /** Columns of the terminal. */
  readonly width: number;
}

const HEADS = ['INSTANCE', 'STATE', 'PRIORITY', 'HOLDS', 'MASTER', 'SINCE', 'WHY'] as const;

export function statusText(status: StatusResult, options: StatusTextOptions): string {
  const { instances } = status;
  const rows = instances.map((instance) => rowOf(instance, options.nowMs));
  const table =
    instances.length === 0
      ? 'no instances are configured\n'
      : alignTable([HEADS, ...rows], options.width);
  const notes = instances.flatMap(notesOf).map((note) => `${note}\n`);
  return `${headOf(status, options.nowMs)}\n${table}${notes.length > 0 ? `\n${notes.join('')}` : ''}`;
}

function headOf(status: StatusResult, nowMs: number): string {
  const { version, pid, host, startedAt, configFile, configuredAt, lastReload } = status;
  const age = durationText(nowMs - Date.parse(startedAt));
  const lines = [
    `holdfast ${version} on ${host}, process ${pid}, running for ${age}`,
    `${configFile}, read ${localTime(configuredAt)}`,
  ];
  if (lastReload?.outcome === 'refused') {
    lines.push(`its reload at ${localTime(lastReload.at)} was refused: the file has errors`);
  }
  if (status.phase === 'stopping') lines.push('stopping: it waits for its successors');
  if (status.serving === 'drained') {
    lines.push('DRAINED by an operator: it takes nothing until `holdfast undrain`');
  }
  return `${lines.join('\n')}\n`;
}

function rowOf(instance: InstanceStatus, nowMs: number): readonly string[] {
  const { name, state, since, cause } = instance;
  return [
    name,
    stateText(instance),
    priorityText(instance.priority),
    holdsText(instance),
    state === 'master' ? 'this host' : masterText(instance.master),
    since === null ? '-' : durationText(nowMs - Date.parse(since)),
    cause ?? '-',
  ];
}

function stateText({ state, departure, restraint }: InstanceStatus): string {
  const text = state.toUpperCase();
  if (departure !== null) return `${text} (leaving)`;
  return restraint === 'handed-over' ? `${text} (handed over)` : text;
}

/** `90/100`: in force, and as configured. */
function priorityText({ effective, configured, override }: InstanceStatus['priority']): string {
  if (override !== null) return `${effective}/${configured} (set ${override})`;
  return effective === configured ? String(effective) : `${effective}/${configured}`;
}

function holdsText({ addresses: { configured, held } }: InstanceStatus): string {
  const [first] = held;
  if (first === undefined) return '-';
  if (held.length === configured)
    return configured === 1 ? first : `all ${configured} (${first} …)`;
  return `${held.length} of ${configured}`;
}

function masterText(master: InstanceStatus['master']): string {
  return master === null ? '-' : `${master.address} (${master.priority})`;
}

function notesOf({ name, faults }: InstanceStatus): readonly string[] {
  return faults.length > 0 ? [`(${name}) in fault: ${faults.join('; ')}`] : [];
}

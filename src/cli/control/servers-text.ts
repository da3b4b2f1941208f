/** Virtual servers as a table, in the manner of `ipvsadm -ln`, with what is known of their health. */
import type {
  CheckStatus,
  ServerStatus,
  ServersResult,
  ServiceStatus,
  TrackCheckStatus,
} from '../../api/servers.ts';
import { alignTable, durationText } from './table.ts';

export interface ServersTextOptions {
  readonly nowMs: number;
  /** Columns of the terminal. */
  readonly width: number;
}

const HEADS = [
  'SERVICE / SERVER',
  'STATE',
  'METHOD',
  'WEIGHT',
  'ACTIVE',
  'INACTIVE',
  'SINCE',
  'LAST CHECK',
] as const;
const CHECK_HEADS = ['TRACK_CHECK', 'STATE', 'LAST CHECK'] as const;

export function serversText(
  { dataPlane, services, trackChecks }: ServersResult,
  { nowMs, width }: ServersTextOptions,
): string {
  const parts: string[] = [];
  if (services.length > 0) {
    const rows = services.flatMap((service) => serviceRows(service, nowMs));
    const head = dataPlane === 'none' ? '' : `balanced by ${dataPlane}\n\n`;
    parts.push(`${head}${alignTable([HEADS, ...rows], width)}`);
  }
  if (trackChecks.length > 0) {
    parts.push(alignTable([CHECK_HEADS, ...trackChecks.map((one) => checkRow(one, nowMs))], width));
  }
  return parts.length > 0 ? parts.join('\n') : 'nothing is checked or balanced here\n';
}

function serviceRows(service: ServiceStatus, nowMs: number): readonly (readonly string[])[] {
  const { quorum, suspended, sorryServer } = service;
  const state = suspended ? 'suspended' : quorum.state;
  const head = [service.service, state, '', String(quorum.weight), '', '', '', aboutOf(service)];
  const rows = [head, ...service.servers.map((server) => serverRow(server, nowMs))];
  if (sorryServer === null) return rows;
  const use = sorryServer.inUse ? 'in use' : 'waits';
  return [...rows, [`  -> ${sorryServer.server}`, use, '', '', '', '', '', 'sorry server']];
}

/** Scheduler, persistence, and what is out of the ordinary. */
function aboutOf({ scheduler, purpose, refusal, persistenceSeconds, quorum }: ServiceStatus) {
  const words = [purpose === 'checked' ? 'only checked' : scheduler];
  if (persistenceSeconds !== null) words.push(`persistent ${persistenceSeconds} s`);
  if (quorum.quorum > 1 || quorum.hysteresis > 0) {
    words.push(`quorum ${quorum.quorum} hysteresis ${quorum.hysteresis}`);
  }
  if (purpose === 'refused') words.push(`NOT BALANCED: ${refusal ?? 'refused'}`);
  return words.join(', ');
}

function serverRow(server: ServerStatus, nowMs: number): readonly string[] {
  const { weight, connections, since, checks, reason } = server;
  const { effective, configured } = weight;
  const worst = checks.find(({ verdict }) => verdict === 'down') ?? checks[0];
  return [
    `  -> ${server.server}`,
    server.state,
    server.method,
    effective === configured ? String(effective) : `${effective}/${configured}`,
    connections === null ? '-' : String(connections.active),
    connections === null ? '-' : String(connections.inactive),
    durationText(nowMs - Date.parse(since)),
    worst === undefined ? reason : lastCheck(worst, nowMs),
  ];
}

function checkRow(check: TrackCheckStatus, nowMs: number): readonly string[] {
  return [check.name, check.verdict, lastCheck(check, nowMs)];
}

/** `TCP_CHECK [192.0.2.7]:3306: refused, 0.3 ms, 2 s ago`. */
function lastCheck({ check, detail, latencyMs, lastAt }: CheckStatus, nowMs: number): string {
  if (lastAt === null) return `${check}: not yet`;
  const latency = latencyMs === null ? '' : `, ${latencyMs} ms`;
  return `${check}: ${detail}${latency}, ${durationText(nowMs - Date.parse(lastAt))} ago`;
}

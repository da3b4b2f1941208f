/** `show servers state` and `show servers conn`; the first is what a server-state-file holds, version 1. */

import type { Micros } from '../../../base/time.ts';
import { isInMaintenance } from '../health/server-watch.ts';
import type { AdminReason, CheckStatus, LiveConfig, LiveProxy, LiveServer } from '../live.ts';
import { secondsSince } from './figures.ts';
import { hasChecks } from './server-state.ts';

const stateColumns = [
  ...['be_id', 'be_name', 'srv_id', 'srv_name', 'srv_addr', 'srv_op_state', 'srv_admin_state'],
  ...['srv_uweight', 'srv_iweight', 'srv_time_since_last_change', 'srv_check_status'],
  ...['srv_check_result', 'srv_check_health', 'srv_check_state', 'srv_agent_state'],
  ...['bk_f_forced_id', 'srv_f_forced_id', 'srv_fqdn', 'srv_port', 'srvrecord', 'srv_use_ssl'],
  ...['srv_check_port', 'srv_check_addr', 'srv_agent_addr', 'srv_agent_port'],
].join(' ');

const operationalNumbers = { stopped: 0, starting: 1, running: 2, stopping: 3 } as const;

/** What `disabled` in the file sets is forced maintenance too, until somebody ends it. */
const adminBits: Readonly<Record<AdminReason, number>> = {
  maint: 1,
  'inherited-maint': 2,
  'config-maint': 5,
  drain: 8,
  'inherited-drain': 16,
  name: 32,
};

const statusNumbers: Readonly<Record<CheckStatus, number>> = {
  UNK: 1,
  INI: 1,
  CHECKED: 3,
  HANA: 4,
  SOCKERR: 5,
  L4OK: 6,
  L4TOUT: 7,
  L4CON: 8,
  L6OK: 9,
  L6TOUT: 10,
  L6RSP: 11,
  L7TOUT: 12,
  L7RSP: 13,
  L7OK: 15,
  L7OKC: 16,
  L7STS: 17,
};

const CONFIGURED = 2;
const ENABLED = 4;
const PAUSED = 8;
const AGENT = 16;

export function serversState(
  live: LiveConfig,
  now: Micros,
  backends: readonly LiveProxy[] = live.proxies,
): string {
  const lines = serversOf(backends).map((server) => stateLine(server, now));
  return `1\n# ${stateColumns}\n${lines.join('')}`;
}

function serversOf(backends: readonly LiveProxy[]): readonly LiveServer[] {
  return backends.flatMap(({ back }) => back?.servers ?? []);
}

function stateLine(server: LiveServer, now: Micros): string {
  const { config, health, proxy } = server;
  const isAway = isInMaintenance(health);
  const fields = [
    ...[proxy.config.id, proxy.config.name, config.id, config.name, server.ip ?? '-'],
    isAway ? 0 : operationalNumbers[health.operational],
    [...health.admin].reduce((bits, reason) => bits | adminBits[reason], 0),
    ...[server.userWeight, config.weight, secondsSince(health.lastChange, now)],
    ...[statusNumbers[health.last.status], resultNumber(health.last.status)],
    isAway ? 0 : config.check === undefined ? 2 : health.health,
    checkState(server),
    agentState(server),
    ...[0, 0, config.address.kind === 'name' ? config.address.host : '-', server.port ?? 0, '-'],
    config.tls === undefined ? 0 : 1,
    ...[config.check?.port ?? 0, config.check?.ip ?? '-'],
    ...[config.agent?.ip ?? '-', config.agent?.port ?? 0],
  ];
  return `${fields.join(' ')}\n`;
}

/** 0 unknown, 1 neutral, 2 failed, 3 passed, 4 passed with a condition. */
function resultNumber(status: CheckStatus): number {
  if (status === 'UNK' || status === 'INI') return 0;
  if (status === 'CHECKED') return 1;
  if (status === 'L7OKC') return 4;
  return status.endsWith('OK') ? 3 : 2;
}

function checkState(server: LiveServer): number {
  const paused = isInMaintenance(server.health) ? PAUSED : 0;
  if (server.config.check === undefined) return paused;
  return CONFIGURED | (hasChecks(server) ? ENABLED : 0) | paused;
}

function agentState({ config, health }: LiveServer): number {
  if (config.agent === undefined) return 0;
  const paused = isInMaintenance(health) ? PAUSED : 0;
  return AGENT | CONFIGURED | (health.agent?.status === 'UNK' ? 0 : ENABLED) | paused;
}

export function serversConnections(
  live: LiveConfig,
  backends: readonly LiveProxy[] = live.proxies,
): string {
  const lines = serversOf(backends).map(({ config, counters, proxy, ip, port }) => {
    const address = `${ip ?? '-'} ${port ?? 0}`;
    const ids = `${proxy.config.name}/${config.name} ${proxy.config.id}/${config.id}`;
    const { current, most, idle } = counters;
    // Which of the idle ones are safe is not told apart, and there is neither a limit nor a purge.
    return `${ids} ${address} - 0 ${current} ${most} ${current} ${idle} 0 -1 ${idle} ${idle}\n`;
  });
  const columns =
    'bkname/svname bkid/svid addr port - purge_delay ' +
    'used_cur used_max need_est unsafe_nb safe_nb idle_lim idle_cur idle_per_thr[1]';
  return `# ${columns}\n${lines.join('')}`;
}

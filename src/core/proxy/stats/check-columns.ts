/** What checks and agents said. */
import { statusTexts } from '../health/status-texts.ts';
import type { CheckOutcome, LiveServer } from '../live.ts';
import { type Cell, type Column, column } from './column.ts';
import { isChecked } from './server-state.ts';

type Agent = NonNullable<LiveServer['health']['agent']>;

function ofCheck(
  name: string,
  tag: string,
  type: Column['type'],
  about: string,
  read: (outcome: CheckOutcome, server: LiveServer) => Cell,
): Column {
  return column(name, tag, type, about, ['server'], ({ server }) =>
    isChecked(server) ? read(server.health.last, server) : undefined,
  );
}

function ofAgent(
  name: string,
  tag: string,
  type: Column['type'],
  about: string,
  read: (agent: Agent) => Cell,
): Column {
  return column(name, tag, type, about, ['server'], ({ server: { health } }) =>
    health.agent === undefined || health.agent.status === 'UNK' ? undefined : read(health.agent),
  );
}

/** With a star while a check goes on. */
export function checkStatusText({ health }: LiveServer): string {
  return `${health.isChecking ? '* ' : ''}${health.last.status}`;
}

/** Codes are of layer 7; a server that was not asked yet took no time. */
export function codeOf({ status, code }: CheckOutcome): Cell {
  return status.startsWith('L7') && code >= 0 ? code : undefined;
}

export function durationOf({ status, durationMs }: CheckOutcome): Cell {
  return status === 'UNK' || status === 'INI' || durationMs < 0 ? undefined : durationMs;
}

export const checkColumns: readonly Column[] = [
  ofCheck(
    'check_status',
    'MOP',
    'str',
    'Result of the last check, with a star while one goes on',
    (_last, server) => checkStatusText(server),
  ),
  ofCheck('check_code', 'MOP', 'u32', 'Code of the last check: status of HTTP or SMTP', codeOf),
  ofCheck('check_duration', 'MDP', 'u64', 'Time of the last check, milliseconds', durationOf),
  ofCheck('last_chk', 'MOP', 'str', 'What the last check saw', (last) => last.description),
  ofAgent('last_agt', 'MOP', 'str', 'What the agent said', (agent) => agent.description),
  ofAgent('agent_status', 'MOP', 'str', 'Result of asking the agent', (agent) => agent.status),
  ofAgent('agent_code', 'MOP', 'u32', 'Code of the agent', codeOf),
  ofAgent('agent_duration', 'MDP', 'u64', 'Time of asking the agent, milliseconds', durationOf),
  ofCheck(
    'check_desc',
    'MOP',
    'str',
    'Result of the last check in words',
    ({ status }) => statusTexts[status],
  ),
  ofAgent(
    'agent_desc',
    'MOP',
    'str',
    'Result of asking the agent in words',
    ({ status }) => statusTexts[status],
  ),
  ofCheck(
    'check_rise',
    'CGS',
    'u32',
    'Checks that must pass until it is up',
    (_last, { health }) => health.rise,
  ),
  ofCheck(
    'check_fall',
    'CGS',
    'u32',
    'Checks that must fail until it is down',
    (_last, { health }) => health.fall,
  ),
  ofCheck(
    'check_health',
    'CGS',
    'u32',
    'From 0 to rise + fall - 1; up from rise',
    (_last, { health }) => health.health,
  ),
  ofAgent(
    'agent_rise',
    'CGS',
    'u32',
    'Answers until the agent counts as up',
    (agent) => agent.rise,
  ),
  ofAgent(
    'agent_fall',
    'CGS',
    'u32',
    'Answers until the agent counts as down',
    (agent) => agent.fall,
  ),
  ofAgent(
    'agent_health',
    'CGS',
    'u32',
    'From 0 to rise + fall - 1; up from rise',
    (agent) => agent.health,
  ),
];

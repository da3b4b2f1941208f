/** The form with which servers are told what to do. */
import { refusalOf } from '../../health/orders.ts';
import type { ServerOrder } from '../../health/types.ts';
import type { LiveConfig, LiveServer } from '../../live.ts';
import type { StatsOrder } from '../orders.ts';
import { findProxy } from '../socket/find.ts';
import { readForm } from './request.ts';

interface Action {
  readonly label: string;
  /** Absent: it ends the sessions. */
  readonly order?: ServerOrder;
}

/** By the values that the form sends. */
export const actions: Readonly<Record<string, Action>> = {
  ready: { label: 'State: READY', order: { kind: 'state', to: 'ready' } },
  drain: { label: 'State: DRAIN', order: { kind: 'state', to: 'drain' } },
  maint: { label: 'State: MAINT', order: { kind: 'state', to: 'maint' } },
  dhlth: { label: 'Checks: off', order: { kind: 'checks', what: 'check', to: 'disabled' } },
  ehlth: { label: 'Checks: on', order: { kind: 'checks', what: 'check', to: 'enabled' } },
  hrunn: { label: 'Health: UP', order: { kind: 'health', to: 'up' } },
  hnolb: { label: 'Health: NOLB', order: { kind: 'health', to: 'stopping' } },
  hdown: { label: 'Health: DOWN', order: { kind: 'health', to: 'down' } },
  dagent: { label: 'Agent: off', order: { kind: 'checks', what: 'agent', to: 'disabled' } },
  eagent: { label: 'Agent: on', order: { kind: 'checks', what: 'agent', to: 'enabled' } },
  arunn: { label: 'Agent: UP', order: { kind: 'agent', to: 'up' } },
  adown: { label: 'Agent: DOWN', order: { kind: 'agent', to: 'down' } },
  shutdown: { label: 'End all sessions' },
};

export type Outcome = 'DONE' | 'PART' | 'ERRP' | 'NONE' | 'DENY' | 'EXCD' | 'UNKN';

export const outcomeTexts: Readonly<Record<Outcome, string>> = {
  DONE: 'The action was carried out.',
  PART: 'The action was carried out on some servers; others are not known.',
  ERRP: 'The action was not carried out: action, backend or server is not known.',
  NONE: 'Nothing was changed.',
  DENY: 'You may not do that.',
  EXCD: 'The form was too long; choose fewer servers.',
  UNKN: 'Something unexpected happened.',
};

export interface FormResult {
  readonly outcome: Outcome;
  readonly orders: readonly StatsOrder[];
}

/** `s`: servers, `b`: their backend by name or `#` and number, `action`. What is not shown cannot be changed. */
export function readAction(
  body: string,
  live: LiveConfig,
  isInScope: (name: string) => boolean,
): FormResult {
  const fields = readForm(body);
  const last = (name: string) => fields.findLast(([field]) => field === name)?.[1];
  const names = fields.filter(([field]) => field === 's').map(([, value]) => value);
  const wanted = last('action');
  const backendName = last('b');
  if (names.length === 0 || wanted === undefined || backendName === undefined)
    return { outcome: 'NONE', orders: [] };
  const action = Object.hasOwn(actions, wanted) ? actions[wanted] : undefined;
  const backend = findProxy(live, backendName, 'back');
  const servers = backend?.back?.servers;
  if (action === undefined || servers === undefined || !isInScope(backend?.config.name ?? ''))
    return { outcome: 'ERRP', orders: [] };
  const found = names.map((name) => servers.find(({ config }) => config.name === name));
  const orders = found.flatMap((server) => (server === undefined ? [] : orderOf(action, server)));
  const isWhole = !found.includes(undefined);
  if (!isWhole) return { outcome: orders.length > 0 ? 'PART' : 'ERRP', orders };
  return { outcome: orders.length > 0 ? 'DONE' : 'NONE', orders };
}

/** Nothing where the server has no such check or agent. */
function orderOf({ order }: Action, server: LiveServer): StatsOrder[] {
  if (order === undefined) return [{ kind: 'shutdownSessions', server }];
  if (refusalOf(server, order) !== undefined) return [];
  if (order.kind === 'checks' && server.config[order.what] === undefined) return [];
  return [{ kind: 'server', server, order }];
}

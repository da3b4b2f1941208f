import type { NotifyScripts, ScriptCommand } from '../../model/vrrp.ts';
import { type Identity, readCommand } from './commands.ts';
import { type Context, notePosition } from './context.ts';
import type { Values } from './values.ts';

/** The fields of the model by the keyword that sets them. */
export const NOTIFY_KEYWORDS = {
  notify_master: 'master',
  notify_backup: 'backup',
  notify_fault: 'fault',
  notify_stop: 'stop',
  notify_deleted: 'deleted',
  notify_master_rx_lower_pri: 'masterRxLowerPriority',
  notify: 'any',
} as const satisfies Record<string, keyof NotifyScripts>;

/** Of several scripts for one event the first counts. `owner` is a key such as `instance/VI_1`. */
export function readNotify(
  values: Values,
  owner: string,
  identity: Identity,
  context: Context,
): NotifyScripts {
  const scripts: { -readonly [Event in keyof NotifyScripts]: ScriptCommand } = {};
  for (const [keyword, event] of Object.entries(NOTIFY_KEYWORDS)) {
    const [first, second] = values.all(keyword);
    if (second !== undefined) {
      context.report.add(
        'repeated-keyword',
        second.keyword.at,
        `${keyword} is given twice: the first one counts`,
      );
    }
    const placed = first === undefined ? undefined : readCommand(first, identity, context.report);
    if (placed === undefined) continue;
    scripts[event] = placed.command;
    notePosition(context, `${owner}/${keyword}`, placed.at);
  }
  return scripts;
}

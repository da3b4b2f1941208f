import { CHANGE_LIMIT_MS } from '../../api/client.ts';
import type { ChangedInstance, ReloadResult } from '../../api/protocol.ts';
import { createDaemonCommand } from './daemon-command.ts';

export const reloadCommand = createDaemonCommand({
  name: 'reload',
  summary: 'have the daemon read its configuration anew, and print what changes',
  arguments: [],
  about: `Has the daemon read its configuration anew, as SIGHUP does. A file with errors changes nothing; they
are printed with file, line and column. Otherwise prints the difference that was applied. Instances
that did not change do not notice.`,
  ask: async (client) => {
    await client.ask({ op: 'status' });
    return client.ask({ op: 'reload' }, CHANGE_LIMIT_MS);
  },
  say: (result) => ({ text: reloadText(result), code: 0 }),
});

export function reloadText(result: ReloadResult): string {
  const { diagnostics, added, removed, changed, settings, unchanged } = result;
  const lines = [
    ...diagnostics.map(({ text }) => text),
    ...added.map((name) => `added    ${name}`),
    ...removed.map((name) => `removed  ${name}`),
    ...changed.flatMap(changedLines),
    ...settings.map((name) => `changed  ${name}`),
  ];
  const count = added.length + removed.length + changed.length + settings.length;
  const summary =
    count === 0
      ? `reloaded: nothing has changed (${unchanged} instances)`
      : `reloaded: ${unchanged} instances unchanged`;
  return `${[...lines, summary].join('\n')}\n`;
}

function changedLines({ instance, how, fields }: ChangedInstance): readonly string[] {
  const what = how === 'replaced' ? ' (another one on the wire: stopped and started)' : '';
  return [
    `changed  ${instance}${what}`,
    ...fields.map(({ field, before, after }) => `           ${field}: ${before} -> ${after}`),
  ];
}

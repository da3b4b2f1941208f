import { createDaemonCommand } from './daemon-command.ts';

const RESET = 'reset';

export const priorityCommand = createDaemonCommand({
  name: 'priority',
  summary: "set an instance's priority while it runs, or reset it",
  arguments: ['INSTANCE', `N|${RESET}`],
  about: `Puts N (1 to 254) in place of the configured priority of INSTANCE, or the configured one back.
Weights of trackers still count. A master that falls below a backup hands over in order. A restart of
the daemon forgets it; a reload does not.`,
  check: ([, priority]: readonly [string, string]) =>
    priority === RESET || isPriority(priority)
      ? undefined
      : `'${priority}' is neither 1 to 254 nor ${RESET}`,
  ask: (client, [instance, priority]) =>
    client.ask({
      op: 'priority',
      instance,
      priority: priority === RESET ? null : Number(priority),
    }),
  say: ({ instance, priority: { effective, configured, override } }) => {
    const base = override === null ? `configured ${configured}` : `set to ${override}`;
    return { text: `priority of ${instance}: ${effective} in force, ${base}\n`, code: 0 };
  },
});

function isPriority(text: string): boolean {
  return /^\d{1,3}$/.test(text) && Number(text) >= 1 && Number(text) <= 254;
}

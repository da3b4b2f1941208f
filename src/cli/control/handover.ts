import { CHANGE_LIMIT_MS } from '../../api/client.ts';
import { createDaemonCommand } from './daemon-command.ts';

export const handoverCommand = createDaemonCommand({
  name: 'handover',
  summary: 'have another host take over an instance now, without a gap',
  arguments: ['INSTANCE'],
  about: `Has this host, the master of INSTANCE, hand it over in order: it says that it leaves, and goes on
answering until its successor does. Then it is a backup that takes over again only when nobody else
serves. Answers when it is over: who has taken over after how many milliseconds, or that nobody has,
and this host goes on.`,
  ask: async (client, [instance]: readonly [string]) => {
    // Whoever hangs shall not be waited for as long as a hand-over may take.
    await client.ask({ op: 'status', instance });
    return client.ask({ op: 'handover', instance }, CHANGE_LIMIT_MS);
  },
  say: ({ text, outcome }) => ({ text: `${text}\n`, code: outcome === 'taken-over' ? 0 : 1 }),
});

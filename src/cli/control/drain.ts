import { CHANGE_LIMIT_MS } from '../../api/client.ts';
import type { DrainResult } from '../../api/protocol.ts';
import { createDaemonCommand, type Said } from './daemon-command.ts';

const NOT_PERSISTED =
  'warning: it could not be written down, so a restart of the daemon forgets it\n';

export const drainCommand = createDaemonCommand({
  name: 'drain',
  summary: 'have this host give up all instances and take none',
  arguments: [],
  about: `Has this host hand over every instance of which it is master, and take none until 'holdfast
undrain', also after a reload or a restart of the daemon. (A reboot forgets it where /run is made anew
by it.) Answers when everything is handed over.`,
  ask: async (client) => {
    await client.ask({ op: 'status' });
    return client.ask({ op: 'drain' }, CHANGE_LIMIT_MS);
  },
  say: (result): Said => {
    const lines = result.instances.map(({ text }) => `${text}\n`).join('');
    const head = 'this host is drained\n';
    return { text: `${lines}${head}${warning(result)}`, code: 0 };
  },
});

export const undrainCommand = createDaemonCommand({
  name: 'undrain',
  summary: 'let this host take instances again',
  arguments: [],
  about: `Takes a 'holdfast drain' back: from now on this host takes part in elections again.`,
  ask: (client) => client.ask({ op: 'undrain' }),
  say: (result): Said => ({ text: `this host serves again\n${warning(result)}`, code: 0 }),
});

function warning({ persisted }: DrainResult): string {
  return persisted ? '' : NOT_PERSISTED;
}

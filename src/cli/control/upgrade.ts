import { setTimeout as sleep } from 'node:timers/promises';
import { type ControlClient, ControlError, connectControl } from '../../api/client.ts';
import type { StatusResult, UpgradeResult } from '../../api/protocol.ts';
import { createDaemonCommand } from './daemon-command.ts';

/** The new program may be built first, on a busy machine. */
const UPGRADE_LIMIT_MS = 90_000;
/** Then another process serves, and the one that was asked becomes the new program. */
const ARRIVAL_LIMIT_MS = 30_000;
/** The socket is there all the time, also where another process goes on. */
const ABSENCE_LIMIT_MS = 3000;
const RETRY_MS = 50;

interface Upgraded extends UpgradeResult {
  /** Of the process that is the daemon now. */
  readonly servingPid: number;
}

export const upgradeCommand = createDaemonCommand({
  name: 'upgrade',
  summary: 'have the daemon become the program that is on disk, without a gap',
  arguments: [],
  about: `Has the running daemon become the program that is on disk now: a newer version, or the same one once
more. Its process id, addresses, states and counters stay, no advertisement is missed, and the
configuration is read anew as by a reload. When the new program does not start, or the configuration
has errors, everything goes on as before, and the reasons are printed.`,
  ask: upgrade,
  say: ({ from, to, pid, servingPid }) => {
    if (servingPid === pid) {
      return { text: `holdfast v${from} is v${to} now, process ${pid}\n`, code: 0 };
    }
    const text = `process ${pid} ended instead of becoming v${to}: process ${servingPid} serves\n`;
    return { text, code: 1 };
  },
});

async function upgrade(client: ControlClient): Promise<Upgraded> {
  const before = await client.ask({ op: 'status' });
  const result = await client.ask({ op: 'upgrade' }, UPGRADE_LIMIT_MS);
  const deadline = performance.now() + ARRIVAL_LIMIT_MS;
  let lastSeen = performance.now();
  for (;;) {
    const found = await findDaemon(client.path);
    const now = performance.now();
    if (found === 'silent') lastSeen = now;
    else if (found !== 'none') {
      lastSeen = now;
      if (found.startedAt !== before.startedAt) return { ...result, servingPid: found.pid };
    }
    if (now > deadline || now - lastSeen > ABSENCE_LIMIT_MS) {
      throw new ControlError('no-daemon', `${client.path}: nobody answers there any more`);
    }
    await sleep(RETRY_MS);
  }
}

/** `silent`: somebody is there, and about to become the one that answers. */
async function findDaemon(
  path: string,
): Promise<Pick<StatusResult, 'pid' | 'startedAt'> | 'silent' | 'none'> {
  let client: ControlClient | undefined;
  try {
    client = await connectControl(path);
    return await client.ask({ op: 'status' });
  } catch (error) {
    if (!(error instanceof ControlError)) throw error;
    return error.code === 'no-daemon' ? 'none' : 'silent';
  } finally {
    client?.close();
  }
}

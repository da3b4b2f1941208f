import { setTimeout as sleep } from 'node:timers/promises';
import { type ControlClient, ControlError, connectControl } from '../../api/client.ts';
import type { UpgradeResult } from '../../api/protocol.ts';
import { createDaemonCommand } from './daemon-command.ts';

/** The new program may be built first, on a busy machine. */
const UPGRADE_LIMIT_MS = 90_000;
/** Then another process serves, and the one that was asked becomes the new program. */
const ARRIVAL_LIMIT_MS = 30_000;
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
  for (;;) {
    const servingPid = await servingSince(client.path, before.startedAt);
    if (servingPid !== undefined) return { ...result, servingPid };
    if (performance.now() > deadline) {
      throw new ControlError('silent', 'the new program serves, but nobody answers here any more');
    }
    await sleep(RETRY_MS);
  }
}

/** The process that answers, once it is not the program of before. */
async function servingSince(path: string, startedBefore: string): Promise<number | undefined> {
  let client: ControlClient | undefined;
  try {
    client = await connectControl(path);
    const { pid, startedAt } = await client.ask({ op: 'status' });
    return startedAt === startedBefore ? undefined : pid;
  } catch (error) {
    if (error instanceof ControlError) return undefined;
    throw error;
  } finally {
    client?.close();
  }
}

/** `--apply` and `--rollback`: what is told of them, and which time is the last. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Site } from '../../../plan/site.ts';
import type { PlanArguments } from '../../plan.ts';
import { type ApplyOptions, applyPlan, takeBack } from './apply.ts';
import { Remote } from './remote.ts';

/** Beside the plan: the name of its last backups on the hosts. */
const LAST = 'last-apply';

export async function bringToHosts(site: Site, options: PlanArguments): Promise<number> {
  const { folder, action, waitSeconds } = options;
  const last = join(folder, LAST);
  const stamp = action === 'apply' ? newStamp() : readStamp(last);
  if (stamp === undefined) return fail(`${last} is missing: nothing was applied from here`);
  const steps: ApplyOptions = {
    ...{ site, folder, stamp, waitSeconds },
    remote: new Remote({ ssh: options.ssh, user: options.user }),
    tell: (line) => process.stdout.write(`${line}\n`),
  };
  if (action === 'rollback') {
    const failure = await takeBack(steps);
    return failure === undefined ? 0 : fail(failure);
  }
  writeFileSync(last, `${stamp}\n`);
  const failure = await applyPlan(steps);
  if (failure === undefined) return 0;
  return fail(`${failure}\nto go back: the same command with --rollback instead of --apply`);
}

/** To the second, in UTC, as a name of a folder. */
function newStamp(): string {
  return new Date().toISOString().slice(0, 19).replaceAll(':', '');
}

function readStamp(path: string): string | undefined {
  try {
    const stamp = readFileSync(path, 'utf8').trim();
    return /^[0-9T-]+$/.test(stamp) ? stamp : undefined;
  } catch {
    return undefined;
  }
}

function fail(message: string): number {
  process.stderr.write(`holdfast plan: ${message}\n`);
  return 1;
}

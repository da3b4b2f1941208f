/** Brings a plan to its hosts: one after the other, backups first, each well before the next. */
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { PlannedHolder, Site } from '../../../plan/site.ts';
import { describeRemoteFailure, type Remote } from './remote.ts';
import { CHECK, heldScript, putScript, RESTART, START, takeBackScript } from './scripts.ts';

export interface ApplyOptions {
  readonly site: Site;
  /** With the folder `hosts`. */
  readonly folder: string;
  readonly remote: Remote;
  /** Names the backups; the same for all hosts of one time. */
  readonly stamp: string;
  /** How long a host may take until it is well, in seconds; 0: it is not waited for. */
  readonly waitSeconds: number;
  readonly tell: (line: string) => void;
}

/** For how long a host must have been well: what was started may end again. */
const SETTLE_MS = 5000;
const POLL_MS = 500;

/** Undefined where all went well; else where and why it stopped. */
export async function applyPlan(options: ApplyOptions): Promise<string | undefined> {
  const { site, folder, remote, stamp, tell } = options;
  const hosts = backupsFirst(site);
  const unreachable = await reachAll(hosts, remote);
  if (unreachable !== undefined) return `${unreachable}; nothing was changed`;
  const { deployment, name } = site.cluster;
  for (const [index, { host }] of hosts.entries()) {
    const stop = (what: string): string => {
      const rest = hosts.slice(index + 1).map((each) => each.host.name);
      const left = rest.length === 0 ? '' : `; not touched: ${rest.join(', ')}`;
      return `${host.name}: ${what}${left}`;
    };
    const tar = ['tar', '-C', join(folder, 'hosts', host.name)];
    const pack = [...tar, '--owner=0', '--group=0', '-cf', '-', '.'];
    const put = await remote.run(host.address, putScript(stamp), pack);
    if (put.status !== 0) return stop(`files: ${describeRemoteFailure(put)}`);
    for (const line of put.stdout.trimEnd().split('\n')) tell(`${host.name}: ${line}`);
    if (put.stdout.trim() !== 'unchanged') {
      const started = await remote.run(host.address, START[deployment](name));
      if (started.status !== 0) return stop(`start: ${describeRemoteFailure(started)}`);
    }
    if (options.waitSeconds === 0) continue;
    const isLast = index === hosts.length - 1;
    const unwell = await untilWell(options, hosts.slice(0, index + 1), isLast);
    if (unwell !== undefined) return stop(`not well after ${options.waitSeconds} s: ${unwell}`);
    tell(`${host.name}: well`);
  }
  return undefined;
}

/** Puts back what the plan of that stamp replaced, on every host where it was applied. */
export async function takeBack(options: ApplyOptions): Promise<string | undefined> {
  const { site, remote, stamp, tell } = options;
  const { deployment, name } = site.cluster;
  const failures: string[] = [];
  // The holder last here too, and every host is tried: what fails on one must not keep the others.
  for (const { host } of backupsFirst(site)) {
    const script = takeBackScript(stamp, deployment, name);
    const back = await remote.run(host.address, `${script}\n${RESTART[deployment](name)}`);
    if (back.status !== 0) failures.push(`${host.name}: ${describeRemoteFailure(back)}`);
    for (const line of back.stdout.trimEnd().split('\n')) tell(`${host.name}: ${line}`);
  }
  return failures.length === 0 ? undefined : failures.join('; ');
}

/** The VIP shall move when everything is ready for it: who holds it comes last. */
function backupsFirst({ holders }: Site): readonly PlannedHolder[] {
  return holders.toSorted((a, b) => a.priority - b.priority);
}

async function reachAll(
  hosts: readonly PlannedHolder[],
  remote: Remote,
): Promise<string | undefined> {
  const results = await Promise.all(
    hosts.map(async ({ host }) => {
      const result = await remote.run(host.address, '[ "$(id -u)" = 0 ]');
      return result.status === 0 ? [] : [`${host.name}: ${describeReach(result)}`];
    }),
  );
  const failures = results.flat();
  return failures.length === 0 ? undefined : failures.join('; ');
}

function describeReach(result: Awaited<ReturnType<Remote['run']>>): string {
  return result.status === 1 ? 'not root there' : describeRemoteFailure(result);
}

/** Undefined once the last of the hosts was well for a while; else what was wrong at the end. */
async function untilWell(
  { site, remote, waitSeconds }: ApplyOptions,
  hosts: readonly PlannedHolder[],
  areAll: boolean,
): Promise<string | undefined> {
  const deadline = performance.now() + waitSeconds * 1000;
  let wellSince: number | undefined;
  for (;;) {
    const wrong = await findWrong(site, remote, hosts, areAll);
    const now = performance.now();
    wellSince = wrong === undefined ? (wellSince ?? now) : undefined;
    if (wellSince !== undefined && now - wellSince >= SETTLE_MS) return undefined;
    if (now > deadline) return wrong ?? 'it was well, but not for long enough';
    await sleep(POLL_MS);
  }
}

async function findWrong(
  { vips }: Site,
  remote: Remote,
  hosts: readonly PlannedHolder[],
  areAll: boolean,
): Promise<string | undefined> {
  const current = hosts.at(-1);
  if (current === undefined) return undefined;
  const check = await remote.run(current.host.address, CHECK);
  if (check.status !== 0) return `its check fails (${describeRemoteFailure(check)})`;
  // Hosts whose turn is still to come may hold it with an old configuration.
  if (!areAll) return undefined;
  const script = heldScript(vips.map(({ address }) => address));
  const held = await Promise.all(hosts.map(({ host }) => remote.run(host.address, script)));
  for (const { address } of vips) {
    const names = hosts.flatMap(({ host }, index) => {
      return held[index]?.stdout.includes(` ${address}/`) === true ? [host.name] : [];
    });
    // The last one has the highest priority, so it is the one to hold it.
    if (names.join() === current.host.name) continue;
    return `${address} is on ${names.join(' and ') || 'no host'}`;
  }
  return undefined;
}

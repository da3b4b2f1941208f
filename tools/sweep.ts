import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/**
 * What a test creates outside its own process carries the process id of the test, so that whoever
 * comes later can tell what is in use from what was left behind:
 *
 * - network namespaces `hft-<pid>-<name>` (and their folder in /etc/netns),
 * - links in the initial namespace `hft<pid><suffix>`, where the suffix starts with no digit,
 * - files and folders `hft-<pid>-<name>` in the temporary directory.
 */
const ownedName = /^hft-?(\d+)(?!\d)/;

/** The name of a network namespace of this process. */
export function testNamespace(name: string): string {
  return `hft-${process.pid}-${name}`;
}

/** The name of a link of this process in the initial namespace; the kernel allows 15 characters. */
export function testLink(suffix: string): string {
  const name = `hft${process.pid}${suffix}`;
  if (/^\d/.test(suffix) || name.length > 15) {
    throw new RangeError(`not usable as the suffix of a link name: ${suffix}`);
  }
  return name;
}

/** The path of a file or folder of this process in the temporary directory. */
export function testPath(name: string): string {
  return join(tmpdir(), `hft-${process.pid}-${name}`);
}

/** Removes what test processes that are gone have left behind; returns what it removed. */
export function sweep(): string[] {
  const removed: string[] = [];
  if (process.platform === 'linux' && process.getuid?.() === 0) {
    for (const namespace of abandoned(list('/run/netns'))) {
      killInside(namespace);
      if (ip('netns', 'del', namespace) !== undefined) removed.push(`namespace ${namespace}`);
    }
    for (const folder of abandoned(list('/etc/netns'))) {
      rmSync(join('/etc/netns', folder), { recursive: true, force: true });
      removed.push(`/etc/netns/${folder}`);
    }
    for (const link of abandoned(list('/sys/class/net'))) {
      // The other end of a veth pair goes with the first one: then this fails, as it should.
      if (ip('link', 'del', link) !== undefined) removed.push(`link ${link}`);
    }
  }
  for (const file of abandoned(list(tmpdir()))) {
    try {
      rmSync(join(tmpdir(), file), { recursive: true, force: true });
      removed.push(join(tmpdir(), file));
    } catch {
      // It belongs to somebody else, or is still mounted; neither is ours to force.
    }
  }
  return removed;
}

/** A live process that carries the mark of a test run in its environment. */
export interface Straggler {
  readonly pid: number;
  readonly command: string;
}

/** The processes, other than this one, whose environment has the entry `mark` (`NAME=value`). */
export function findStragglers(mark: string): Straggler[] {
  const found: Straggler[] = [];
  for (const entry of list('/proc')) {
    const pid = Number(entry);
    if (!Number.isInteger(pid) || pid === process.pid) continue;
    if (!read(`/proc/${pid}/environ`).split('\0').includes(mark)) continue;
    const command = read(`/proc/${pid}/cmdline`).replaceAll('\0', ' ').trim();
    found.push({ pid, command });
  }
  return found;
}

/** Whether a process with this id runs; one that has ended and waits for its parent does not. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
  // The state follows the name, which is in parentheses and may hold anything.
  return !/^[ZX]/.test(read(`/proc/${pid}/stat`).split(') ').at(-1) ?? '');
}

function abandoned(names: readonly string[]): string[] {
  return names.filter((name) => {
    const owner = ownedName.exec(name)?.[1];
    return owner !== undefined && !isAlive(Number(owner));
  });
}

function killInside(namespace: string): void {
  for (const line of (ip('netns', 'pids', namespace) ?? '').split('\n')) {
    const pid = Number(line);
    if (pid > 1 && pid !== process.pid) {
      try {
        process.kill(pid, 'SIGKILL');
      } catch {
        // It ended by itself in the meantime.
      }
    }
  }
}

/** Runs `ip`; undefined when it failed. */
function ip(...args: string[]): string | undefined {
  try {
    return execFileSync('ip', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
  } catch {
    return undefined;
  }
}

function list(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}

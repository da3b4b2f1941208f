/**
 * Which program the checker process runs, and its start ahead of everything else: while Node loads this
 * program's own bundle, and then beside the reading of the file. It does nothing until it is told to begin, and
 * ends where its input does.
 */
import type { ChildProcess } from 'node:child_process';
import { resolve } from 'node:path';
import { type ChildProgram, startChild } from './child-keeper.ts';
import type { ConfigurationSource } from './configuration.ts';
import { mentions } from './mentions.ts';
import type { DaemonRequest } from './options.ts';

export const CHECKER_PROGRAM: ChildProgram = {
  label: 'checker process',
  name: 'holdfast-checker',
  bundle: 'checker.cjs',
  // At the start ten thousand servers go once through all of it: threads for what the garbage collector finds
  // take longer than they save, and nearly all of them stay, so that a search of all below 64 MB finds next to
  // nothing, in a fifth of the time that the kernel is told in. Only flags that Node 24 knows too: it does not
  // start with one that it does not.
  nodeFlags: [
    ...['--max-semi-space-size=8', '--initial-old-space-size=64', '--single-threaded-gc'],
    // Four helpers that compile would take the processors from whoever starts beside, and from the process itself.
    '--v8-pool-size=1',
  ],
  // Nobody judges the servers meanwhile.
  firstDelayMs: 10,
  healthyMs: 1000,
  ranSince: 'serving',
  // Nor does it judge in time on a host whose processors are all busy, which is when servers fail.
  startNice: -10,
};

export const CHECKER_STDIO = ['pipe', 'pipe', 'inherit'] as const;

/** What of a request decides about the process. */
export type CheckerWish = Pick<
  DaemonRequest,
  'checkers' | 'coreDumps' | 'networkNamespace' | 'mode' | keyof CheckerSource
>;

/** What the process reads before it is told anything. */
export type CheckerSource = Pick<ConfigurationSource, 'configFile' | 'configId' | 'includes'>;

export function checkerSourceOf({ configFile, configId, includes }: CheckerWish): CheckerSource {
  return {
    // The process begins in another folder.
    configFile: resolve(configFile),
    ...(configId !== undefined && { configId }),
    ...(includes !== undefined && { includes }),
  };
}

/** Where what was started before the bundle waits for it: they share the process, and no module. */
const EARLIEST = Symbol.for('holdfast.checker');

interface Earliest {
  readonly child: ChildProcess;
  readonly source: string;
}

type Waiting = typeof globalThis & { [EARLIEST]?: Earliest | undefined };

/** The process, where the file looks as if it were needed. */
export function startChecker(wish: CheckerWish): ChildProcess | undefined {
  const { checkers, coreDumps, networkNamespace, mode } = wish;
  // What it would inherit from this process later on.
  if (checkers === 'off' || coreDumps !== undefined || networkNamespace !== undefined)
    return undefined;
  // Also in a comment: it is only started for nothing then. What an include mentions is found later.
  if (!mentions(wish.configFile, ['virtual_server', 'track_check'])) return undefined;
  const [input, output] = CHECKER_STDIO;
  // Standard error of a background start is closed once it serves.
  const errors = mode === 'background' ? 'ignore' : 'inherit';
  const child = startChild(CHECKER_PROGRAM, checkerSourceOf(wish), [input, output, errors]);
  child.on('error', () => {});
  child.stdin?.on('error', () => {});
  return child;
}

/** Before the bundle of this process is loaded; `startCheckerAhead` takes it over there. */
export function startCheckerEarliest(wish: CheckerWish): void {
  const child = startChecker(wish);
  if (child === undefined) return;
  (globalThis as Waiting)[EARLIEST] = { child, source: JSON.stringify(checkerSourceOf(wish)) };
}

/** What was started before the bundle, or one that is started now: this process has not read the file. */
export function startCheckerAhead(request: DaemonRequest): ChildProcess | undefined {
  const waiting: Waiting = globalThis;
  const earliest = waiting[EARLIEST];
  delete waiting[EARLIEST];
  if (earliest === undefined) return startChecker(request);
  if (earliest.source === JSON.stringify(checkerSourceOf(request))) return earliest.child;
  earliest.child.stdin?.end();
  return startChecker(request);
}

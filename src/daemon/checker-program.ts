/**
 * Which program the checker process runs, and its start ahead of everything else: while Node loads this
 * program's own bundle, and then beside the reading of the file. It does nothing until it is told to begin, and
 * ends where its input does.
 */
import type { ChildProcess } from 'node:child_process';
import { resolve } from 'node:path';
import type { CheckerOrder } from '../api/checker-child.ts';
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
> & {
  /** All that is asked of the daemon, where it is known. */
  readonly whole?: DaemonRequest;
};

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
  /** Where the process may go ahead: what signals came since then. */
  readonly signals?: Set<NodeJS.Signals>;
}

/** Those that a daemon obeys; without a listener they would end it. */
const SIGNALS = ['SIGTERM', 'SIGINT', 'SIGHUP', 'SIGUSR1', 'SIGUSR2', 'SIGPIPE'] as const;
/** Then the daemon is loaded, whatever keeps the process from an answer. */
const ANSWER_WITHIN_MS = 10_000;

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

/**
 * Before the bundle of this process is loaded; `startCheckerAhead` takes it over there. Where nothing but
 * servers waits for this daemon they come first: until the promise is kept this process leaves the processors
 * to the other one, which balances meanwhile.
 */
export function startCheckerEarliest(wish: CheckerWish): Promise<void> | undefined {
  const child = startChecker(wish);
  if (child === undefined) return undefined;
  const source = JSON.stringify(checkerSourceOf(wish));
  const { whole } = wish;
  if (whole === undefined || !isServersAlone(whole)) {
    (globalThis as Waiting)[EARLIEST] = { child, source };
    return undefined;
  }
  const signals = new Set<NodeJS.Signals>();
  (globalThis as Waiting)[EARLIEST] = { child, source, signals };
  orderChecker(child, { kind: 'ahead', request: whole });
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ANSWER_WITHIN_MS);
    const done = (): void => {
      clearTimeout(timer);
      resolve();
    };
    // What it says stays there for whoever listens to it later on.
    child.stdout?.once('readable', done);
    child.once('error', done);
    child.once('exit', done);
    for (const signal of SIGNALS) {
      process.on(signal, () => {
        signals.add(signal);
        done();
      });
    }
  });
}

/** Whether only servers wait for the daemon. Which routers an include brings is found later. */
function isServersAlone({ vrrp, configFile }: DaemonRequest): boolean {
  return vrrp === 'off' || !mentions(configFile, ['vrrp_instance', 'include']);
}

/** Whether this start may have changed the kernel before the bundle was loaded. */
export function hasGoneAhead(): boolean {
  return (globalThis as Waiting)[EARLIEST]?.signals !== undefined;
}

/** What was started before the bundle, or one that is started now: this process has not read the file. */
export function startCheckerAhead(request: DaemonRequest): CheckerAhead {
  const waiting: Waiting = globalThis;
  const earliest = waiting[EARLIEST];
  delete waiting[EARLIEST];
  if (earliest === undefined) return new CheckerAhead(startChecker(request));
  // The listeners of then stay, and do nothing any more.
  for (const signal of earliest.signals ?? []) process.kill(process.pid, signal);
  const ahead = new CheckerAhead(earliest.child);
  if (earliest.source === JSON.stringify(checkerSourceOf(request))) return ahead;
  ahead.dismiss('remove');
  return new CheckerAhead(startChecker(request));
}

/** A process that nobody keeps yet. */
export class CheckerAhead {
  #child: ChildProcess | undefined;

  constructor(child: ChildProcess | undefined) {
    this.#child = child;
  }

  /** Whose it is from now on, if it is still there to be had. */
  take(): ChildProcess | undefined {
    const child = this.#child;
    this.#child = undefined;
    return child;
  }

  /** Nobody wants it. `kernel`: what becomes of that, where it has gone ahead. */
  dismiss(kernel: 'remove' | 'keep'): void {
    const child = this.take();
    if (child === undefined) return;
    orderChecker(child, { kind: 'stop', kernel });
    child.stdin?.end();
  }
}

export function orderChecker(child: ChildProcess | undefined, order: CheckerOrder): void {
  const stdin = child?.stdin;
  if (stdin?.writable === true) stdin.write(`${JSON.stringify(order)}\n`);
}

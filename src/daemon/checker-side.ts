/** The checker process and what the VRRP process hears from it, and tells it. */
import type { ChildProcess } from 'node:child_process';
import { resolve } from 'node:path';
import { type CheckerOrder, type InstanceState, parseCheckerReport } from '../api/checker-child.ts';
import { LineSplitter } from '../base/line-splitter.ts';
import type { Model } from '../config/model/model.ts';
import type { Node, NodeInput } from '../core/node.ts';
import type { LogSink } from '../ports/log.ts';
import { ChildKeeper, type ChildProgram, startChild } from './child-keeper.ts';
import { diskFiles } from './config-files.ts';
import type { ConfigurationSource } from './configuration.ts';
import type { DaemonOptions, DaemonRequest } from './options.ts';

const PROGRAM: ChildProgram = {
  label: 'checker process',
  name: 'holdfast-checker',
  bundle: 'checker.cjs',
  // At the start ten thousand servers go once through all of it: threads for what the garbage collector finds
  // take longer than they save. Only flags that Node 24 knows too: it does not start with one that it does not.
  nodeFlags: ['--max-semi-space-size=8', '--single-threaded-gc'],
  // Nobody judges the servers meanwhile.
  firstDelayMs: 10,
  healthyMs: 2000,
  // Nor does it judge in time on a host whose processors are all busy, which is when servers fail.
  startNice: -10,
};

const STDIO = ['pipe', 'pipe', 'inherit'] as const;
const LINE_CHARACTERS_MAX = 8192;
/** Notify scripts and the removal of ten thousand entries have so long. */
const END_WITHIN_MS = 10_000;

export interface CheckerSideParts {
  readonly log: LogSink;
  readonly options: DaemonOptions;
  /** From `startCheckerAhead`; ends where it is not needed. */
  readonly checkerAhead?: ChildProcess | undefined;
  readonly vrrp: {
    readonly node: Pick<Node, 'router'>;
    whenCalm(act: () => void): void;
    tell(input: Extract<NodeInput, { kind: 'checkJudged' }>): void;
  };
}

export class CheckerSide {
  readonly #parts: CheckerSideParts;
  readonly #keeper: ChildKeeper<CheckerSource>;
  #ahead: ChildProcess | undefined;
  #follows: string | undefined;
  /** What the child knows of it. */
  #told: InstanceState | undefined;

  constructor(parts: CheckerSideParts) {
    this.#parts = parts;
    this.#ahead = parts.checkerAhead;
    this.#keeper = new ChildKeeper(PROGRAM, {
      log: parts.log,
      whenCalm: (act) => parts.vrrp.whenCalm(act),
      stdio: STDIO,
      started: (child) => this.#begin(child),
    });
  }

  get starts(): number {
    return this.#keeper.starts;
  }

  /** At the start, and after each reload. */
  configure(model: Model): void {
    const { options } = this.#parts;
    const isNew = this.#keeper.child === undefined;
    this.#follows = model.checker?.follows;
    this.#told = undefined;
    const isNeeded = model.checker !== undefined && options.checkers !== 'off';
    if (this.#ahead !== undefined) this.#takeOrEnd(this.#ahead, isNeeded ? model : undefined);
    this.#ahead = undefined;
    this.#keeper.configure(isNeeded ? sourceOf(options) : undefined);
    if (!isNew) this.#order({ kind: 'reload' });
    this.reviewInstance();
  }

  /** An instance may have changed its state. */
  reviewInstance(): void {
    if (this.#follows === undefined || this.#keeper.child === undefined) return;
    const state = this.#parts.vrrp.node.router(this.#follows)?.state ?? 'init';
    if (state === this.#told) return;
    this.#told = state;
    this.#order({ kind: 'instance', state });
  }

  /** Resolves when it has ended. */
  close(kernel: 'remove' | 'keep'): Promise<void> {
    this.#order({ kind: 'stop', kernel });
    return new Promise((resolve) => this.#keeper.closeGently(END_WITHIN_MS, resolve));
  }

  /** In the middle of the end of this process: the kernel stays as it is. */
  closeAtOnce(): void {
    this.#keeper.close();
  }

  /** `needed`: by this model. */
  #takeOrEnd(child: ChildProcess, needed: Model | undefined): void {
    const { options } = this.#parts;
    // It inherited neither.
    const isFitting =
      options.identity.networkNamespace === undefined && needed?.global.cpuAffinity === undefined;
    if (needed === undefined || !isFitting) child.stdin?.end();
    else this.#keeper.adopt(child, sourceOf(options));
  }

  #begin(child: ChildProcess): void {
    this.#listen(child);
    this.#send({ kind: 'begin', options: this.#parts.options }, child);
  }

  #listen({ stdin, stdout }: ChildProcess): void {
    // It has ended, which is told elsewhere.
    stdin?.on('error', () => {});
    stdout?.on('error', () => {});
    const splitter = new LineSplitter(LINE_CHARACTERS_MAX);
    stdout?.setEncoding('utf8');
    stdout?.on('data', (text: string) => {
      for (const line of splitter.push(text)) this.#take(line);
    });
    this.#told = undefined;
    setImmediate(() => this.reviewInstance());
  }

  #take(line: string): void {
    const report = parseCheckerReport(line);
    if (report === undefined) this.#keeper.tell('info', line);
    else if (report.kind === 'judged') {
      const { check, verdict, detail } = report;
      this.#parts.vrrp.tell({ kind: 'checkJudged', check, verdict, detail });
    }
  }

  #order(order: CheckerOrder): void {
    this.#send(order, this.#keeper.child);
  }

  #send(order: CheckerOrder, child: ChildProcess | undefined): void {
    const stdin = child?.stdin;
    if (stdin?.writable === true) stdin.write(`${JSON.stringify(order)}\n`);
  }
}

/** What the process reads before it is told anything. */
type CheckerSource = Pick<ConfigurationSource, 'configFile' | 'configId' | 'includes'>;

function sourceOf({ configFile, configId, includes }: DaemonRequest): CheckerSource {
  return {
    // The process begins in another folder.
    configFile: resolve(configFile),
    ...(configId !== undefined && { configId }),
    ...(includes !== undefined && { includes }),
  };
}

/**
 * Starts the process before this one has read the file, where the file looks as if it were needed: both
 * start and read side by side. It does nothing until it is told to begin, and ends where its input does.
 */
export function startCheckerAhead(request: DaemonRequest): ChildProcess | undefined {
  const { checkers, coreDumps, networkNamespace, mode } = request;
  // What it would inherit from this process later on.
  if (checkers === 'off' || coreDumps !== undefined || networkNamespace !== undefined)
    return undefined;
  const text = diskFiles.read(request.configFile);
  if (!text.ok || !/\b(?:virtual_server|track_check)\b/.test(text.value)) return undefined;
  const [input, output] = STDIO;
  // Standard error of a background start is closed once it serves.
  const errors = mode === 'background' ? 'ignore' : 'inherit';
  const child = startChild(PROGRAM, sourceOf(request), [input, output, errors]);
  child.on('error', () => {});
  child.stdin?.on('error', () => {});
  return child;
}

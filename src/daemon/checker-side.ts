/** The checker process and what the VRRP process hears from it, and tells it. */
import type { ChildProcess } from 'node:child_process';
import { type CheckerOrder, type InstanceState, parseCheckerReport } from '../api/checker-child.ts';
import { LineSplitter } from '../base/line-splitter.ts';
import type { Model } from '../config/model/model.ts';
import type { Node, NodeInput } from '../core/node.ts';
import type { LogSink } from '../ports/log.ts';
import { ChildKeeper, type ChildProgram } from './child-keeper.ts';
import type { DaemonOptions } from './options.ts';

const PROGRAM: ChildProgram = {
  label: 'checker process',
  name: 'holdfast-checker',
  bundle: 'checker.cjs',
  nodeFlags: ['--max-semi-space-size=8'],
  // Nobody judges the servers meanwhile.
  firstDelayMs: 10,
  healthyMs: 2000,
  // Nor does it judge in time on a host whose processors are all busy, which is when servers fail.
  startNice: -10,
};

const LINE_CHARACTERS_MAX = 8192;
/** Notify scripts and the removal of ten thousand entries have so long. */
const END_WITHIN_MS = 10_000;

export interface CheckerSideParts {
  readonly log: LogSink;
  readonly options: DaemonOptions;
  readonly vrrp: {
    readonly node: Pick<Node, 'router'>;
    whenCalm(act: () => void): void;
    tell(input: Extract<NodeInput, { kind: 'checkJudged' }>): void;
  };
}

export class CheckerSide {
  readonly #parts: CheckerSideParts;
  readonly #keeper: ChildKeeper<DaemonOptions>;
  #follows: string | undefined;
  /** What the child knows of it. */
  #told: InstanceState | undefined;

  constructor(parts: CheckerSideParts) {
    this.#parts = parts;
    this.#keeper = new ChildKeeper(PROGRAM, {
      log: parts.log,
      whenCalm: (act) => parts.vrrp.whenCalm(act),
      stdio: ['pipe', 'pipe', 'inherit'],
      started: (child) => this.#listen(child),
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
    this.#keeper.configure(isNeeded ? options : undefined);
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
    const stdin = this.#keeper.child?.stdin;
    if (stdin?.writable === true) stdin.write(`${JSON.stringify(order)}\n`);
  }
}

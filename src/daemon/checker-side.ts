/** The checker process and what the VRRP process hears from it, and tells it. */
import type { ChildProcess } from 'node:child_process';
import { type CheckerOrder, type InstanceState, parseCheckerReport } from '../api/checker-child.ts';
import { LineSplitter } from '../base/line-splitter.ts';
import type { Model } from '../config/model/model.ts';
import type { Node, NodeInput } from '../core/node.ts';
import type { LogSink } from '../ports/log.ts';
import {
  CHECKER_PROGRAM,
  CHECKER_STDIO,
  type CheckerAhead,
  type CheckerSource,
  checkerSourceOf,
  orderChecker,
} from './checker-program.ts';
import { ChildKeeper } from './child-keeper.ts';
import type { DaemonOptions } from './options.ts';

const LINE_CHARACTERS_MAX = 8192;
/** Notify scripts and the removal of ten thousand entries have so long. */
const END_WITHIN_MS = 10_000;

export interface CheckerSideParts {
  readonly log: LogSink;
  readonly options: DaemonOptions;
  /** From `startCheckerAhead`; ends where it is not needed. */
  readonly checkerAhead?: CheckerAhead | undefined;
  /** Those in plain virtual_server blocks, of the configuration of the start. */
  readonly mistakes: 'told' | 'untold';
  readonly vrrp: {
    readonly node: Pick<Node, 'router'>;
    whenCalm(act: () => void): void;
    tell(input: Extract<NodeInput, { kind: 'checkJudged' }>): void;
  };
}

export class CheckerSide {
  readonly #parts: CheckerSideParts;
  readonly #keeper: ChildKeeper<CheckerSource>;
  #mistakes: CheckerSideParts['mistakes'];
  #follows: string | undefined;
  /** What the child knows of it. */
  #told: InstanceState | undefined;

  constructor(parts: CheckerSideParts) {
    this.#parts = parts;
    this.#mistakes = parts.mistakes;
    this.#keeper = new ChildKeeper(CHECKER_PROGRAM, {
      log: parts.log,
      whenCalm: (act) => parts.vrrp.whenCalm(act),
      stdio: CHECKER_STDIO,
      started: (child) => this.#begin(child),
    });
  }

  get starts(): number {
    return this.#keeper.starts;
  }

  /** After a reload, of which all mistakes have been told. */
  reloaded(model: Model): void {
    this.#mistakes = 'told';
    this.configure(model);
  }

  /** At the start. */
  configure(model: Model): void {
    const { options } = this.#parts;
    const isNew = this.#keeper.child === undefined;
    this.#follows = model.checker?.follows;
    this.#told = undefined;
    const isNeeded = model.checker !== undefined && options.checkers !== 'off';
    this.#takeOrDismiss(isNeeded ? model : undefined);
    this.#keeper.configure(isNeeded ? checkerSourceOf(options) : undefined);
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
  #takeOrDismiss(needed: Model | undefined): void {
    const { options, checkerAhead } = this.#parts;
    // It inherited neither.
    const isFitting =
      options.identity.networkNamespace === undefined && needed?.global.cpuAffinity === undefined;
    const child = needed !== undefined && isFitting ? checkerAhead?.take() : undefined;
    if (child === undefined) checkerAhead?.dismiss('remove');
    else this.#keeper.adopt(child, checkerSourceOf(options));
  }

  #begin(child: ChildProcess): void {
    this.#listen(child);
    const { options } = this.#parts;
    orderChecker(child, { kind: 'begin', options, mistakes: this.#mistakes });
  }

  #listen(child: ChildProcess): void {
    const { stdin, stdout } = child;
    // It has ended, which is told elsewhere.
    stdin?.on('error', () => {});
    stdout?.on('error', () => {});
    const splitter = new LineSplitter(LINE_CHARACTERS_MAX);
    stdout?.setEncoding('utf8');
    stdout?.on('data', (text: string) => {
      for (const line of splitter.push(text)) this.#take(line, child);
    });
    this.#told = undefined;
    setImmediate(() => this.reviewInstance());
  }

  #take(line: string, child: ChildProcess): void {
    const report = parseCheckerReport(line);
    if (report === undefined) this.#keeper.tell('info', line);
    else if (report.kind === 'ready') {
      this.#mistakes = 'told';
      this.#keeper.serves(child);
    } else if (report.kind === 'judged') {
      const { check, verdict, detail } = report;
      this.#parts.vrrp.tell({ kind: 'checkJudged', check, verdict, detail });
    }
  }

  #order(order: CheckerOrder): void {
    orderChecker(this.#keeper.child, order);
  }
}

/**
 * A vrrp_script: when to run it, when to give up on it, and what its results add up to.
 *
 * The verdict comes from one counter from 0 to rise + fall - 1, up from `rise` on: a success counts
 * up and jumps to the top when it reaches `rise`, a failure counts down and drops to 0 when it falls
 * below. The first result ever decides alone.
 */
import { type Micros, micros } from '../../base/time.ts';
import type { VrrpScriptModel } from '../../config/model/vrrp.ts';
import type { Machine, Sink } from '../machine.ts';
import { Deadlines } from '../vrrp/deadlines.ts';
import type { TrackerVerdict } from '../vrrp/types.ts';

/** A script that ignores SIGTERM gets SIGKILL after this time. */
const KILL_AFTER_US = 2_000_000;

export type ScriptInput =
  | { readonly kind: 'start' }
  | {
      readonly kind: 'scriptExited';
      /** `success` is exit status 0. */
      readonly result: 'success' | 'failure';
      /** For people: `exit status 1`, `signal SIGKILL`. */
      readonly detail: string;
    };

export type ScriptEffect =
  | { readonly kind: 'runScript'; readonly script: string }
  | {
      readonly kind: 'killScript';
      readonly script: string;
      readonly signal: 'SIGTERM' | 'SIGKILL';
    }
  | {
      readonly kind: 'scriptVerdict';
      readonly script: string;
      readonly verdict: TrackerVerdict;
      readonly detail: string;
      /** How it came about, in keepalived's words. */
      readonly outcome: 'succeeded' | 'failed' | 'timed_out';
    }
  | { readonly kind: 'scriptOverrun'; readonly script: string };

/** For the program that takes over from this one. */
export interface ScriptState {
  readonly run: 'idle' | 'running' | 'timing-out';
  readonly counter?: number | undefined;
  readonly next?: Micros | undefined;
}

type DeadlineKind = 'interval' | 'timeout' | 'kill';

export class ScriptMachine implements Machine<ScriptInput, ScriptEffect> {
  #model: VrrpScriptModel;
  readonly #deadlines = new Deadlines<DeadlineKind>();
  /** Undefined until the first result. */
  #counter: number | undefined;
  #run: ScriptState['run'] = 'idle';

  constructor(model: VrrpScriptModel) {
    this.#model = model;
    if (model.initialResult === 'failed') this.#counter = 0;
  }

  verdict(): TrackerVerdict {
    if (this.#counter === undefined) return 'unknown';
    return this.#counter >= this.#model.rise ? 'up' : 'down';
  }

  get model(): VrrpScriptModel {
    return this.#model;
  }

  /** Takes over new settings; the verdict stays, and the next run is no later than they say. */
  reconfigure(now: Micros, model: VrrpScriptModel): void {
    const verdict = this.verdict();
    this.#model = model;
    const next = this.#deadlines.get('interval');
    if (next !== undefined && next > now + model.interval) {
      this.#deadlines.set('interval', micros(now + model.interval));
    }
    if (verdict === 'unknown') return;
    this.#counter = verdict === 'up' ? model.rise + model.fall - 1 : 0;
  }

  exportState(): ScriptState {
    const counter = this.#counter;
    return { run: this.#run, counter, next: this.#deadlines.get('interval') };
  }

  /** What ran for another program has come to nothing: it runs anew, and soon. */
  importState({ run, counter, next }: ScriptState, now: Micros): void {
    this.#counter = counter;
    this.#deadlines.set('interval', run === 'idle' && next !== undefined ? next : now);
  }

  /** Nobody wants the result any more. */
  stop(out: Sink<ScriptEffect>): void {
    this.#deadlines.clearAll();
    if (this.#run === 'idle') return;
    this.#run = 'idle';
    out.push({ kind: 'killScript', script: this.#model.name, signal: 'SIGTERM' });
  }

  handle(now: Micros, input: ScriptInput, out: Sink<ScriptEffect>): void {
    if (input.kind === 'start') {
      this.#launch(now, out);
      return;
    }
    if (this.#run === 'idle') return;
    const timedOut = this.#run === 'timing-out';
    this.#run = 'idle';
    this.#deadlines.clear('timeout');
    this.#deadlines.clear('kill');
    // A timeout was judged when it happened.
    if (timedOut) return;
    if (input.result === 'success') this.#succeed(input.detail, out);
    else this.#fail('failed', input.detail, out);
  }

  expire(now: Micros, out: Sink<ScriptEffect>): void {
    for (;;) {
      const due = this.#deadlines.takeDue(now);
      if (due === undefined) return;
      if (due.kind === 'interval') this.#launch(now, out);
      else if (due.kind === 'timeout') this.#timeOut(now, out);
      else out.push({ kind: 'killScript', script: this.#model.name, signal: 'SIGKILL' });
    }
  }

  nextDeadline(): Micros | undefined {
    return this.#deadlines.next();
  }

  #launch(now: Micros, out: Sink<ScriptEffect>): void {
    const next = micros(now + this.#model.interval);
    if (this.#run !== 'idle') {
      this.#deadlines.set('interval', next);
      out.push({ kind: 'scriptOverrun', script: this.#model.name });
      return;
    }
    this.#run = 'running';
    // The timeout first: where both are due at once, the run is judged before the next begins.
    this.#deadlines.set('timeout', micros(now + this.#model.timeout));
    this.#deadlines.set('interval', next);
    out.push({ kind: 'runScript', script: this.#model.name });
  }

  #timeOut(now: Micros, out: Sink<ScriptEffect>): void {
    if (this.#run !== 'running') return;
    this.#run = 'timing-out';
    this.#deadlines.set('kill', micros(now + KILL_AFTER_US));
    out.push({ kind: 'killScript', script: this.#model.name, signal: 'SIGTERM' });
    this.#fail('timed_out', `no result within ${this.#model.timeout / 1e6} s`, out);
  }

  #succeed(detail: string, out: Sink<ScriptEffect>): void {
    const { rise, fall } = this.#model;
    const before = this.verdict();
    const counter = this.#counter;
    this.#counter = counter !== undefined && counter < rise - 1 ? counter + 1 : rise + fall - 1;
    if (this.verdict() !== before) this.#report('succeeded', detail, out);
  }

  #fail(outcome: 'failed' | 'timed_out', detail: string, out: Sink<ScriptEffect>): void {
    const before = this.verdict();
    const counter = this.#counter;
    this.#counter = counter !== undefined && counter > this.#model.rise ? counter - 1 : 0;
    if (this.verdict() !== before) this.#report(outcome, detail, out);
  }

  #report(
    outcome: 'succeeded' | 'failed' | 'timed_out',
    detail: string,
    out: Sink<ScriptEffect>,
  ): void {
    const verdict = this.verdict();
    out.push({ kind: 'scriptVerdict', script: this.#model.name, verdict, detail, outcome });
  }
}

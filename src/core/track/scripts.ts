/** The scripts that the instances of a host track: run, judged, and told to whoever asks. */
import { earliest, type Micros } from '../../base/time.ts';
import type { Model } from '../../config/model/model.ts';
import type { VrrpInstanceModel, VrrpScriptModel } from '../../config/model/vrrp.ts';
import type { Sink } from '../machine.ts';
import type { NodeEffect } from '../node-types.ts';
import { same } from '../vrrp/reconfigure.ts';
import type { TrackerReport, TrackerVerdict } from '../vrrp/types.ts';
import { type ScriptEffect, type ScriptInput, ScriptMachine, type ScriptState } from './script.ts';

/** What a script says has changed. */
export type OnVerdict = (report: TrackerReport) => void;

/** For the program that takes over from this one. */
export type ScriptsState = readonly (readonly [name: string, ScriptState])[];

export class Scripts {
  readonly #machines = new Map<string, ScriptMachine>();

  machine(name: string): ScriptMachine | undefined {
    return this.#machines.get(name);
  }

  verdict(name: string): TrackerVerdict {
    return this.#machines.get(name)?.verdict() ?? 'unknown';
  }

  /** What is known of those that an instance tracks. */
  known({ trackedScripts }: VrrpInstanceModel): readonly TrackerReport[] {
    return trackedScripts.flatMap(({ name }) => {
      const verdict = this.verdict(name);
      return verdict === 'unknown' ? [] : { kind: 'script', name, verdict, detail: 'known before' };
    });
  }

  nextDeadline(): Micros | undefined {
    let next: Micros | undefined;
    for (const script of this.#machines.values()) next = earliest(next, script.nextDeadline());
    return next;
  }

  exited(
    now: Micros,
    name: string,
    exit: Extract<ScriptInput, { kind: 'scriptExited' }>,
    out: Sink<NodeEffect>,
    onVerdict: OnVerdict,
  ): void {
    const effects: ScriptEffect[] = [];
    this.#machines.get(name)?.handle(now, exit, effects);
    relay(now, effects, out, onVerdict);
  }

  expire(now: Micros, out: Sink<NodeEffect>, onVerdict: OnVerdict): void {
    for (const script of this.#machines.values()) {
      const next = script.nextDeadline();
      if (next === undefined || next > now) continue;
      const effects: ScriptEffect[] = [];
      script.expire(now, effects);
      relay(now, effects, out, onVerdict);
    }
  }

  /** Starts, changes and stops scripts as the model says. */
  configure(now: Micros, model: Model, out: Sink<NodeEffect>): void {
    const used = new Set(
      model.instances.flatMap(({ trackedScripts }) => trackedScripts.map(({ name }) => name)),
    );
    const wanted = model.scripts.filter(({ name }) => used.has(name));
    const names = new Set(wanted.map(({ name }) => name));
    for (const name of [...this.#machines.keys()])
      if (!names.has(name)) this.#remove(now, name, out);
    for (const script of wanted) {
      const running = this.#machines.get(script.name);
      if (running === undefined) this.#add(now, script, out);
      else if (!same(running.model, script)) running.reconfigure(now, script);
    }
  }

  exportState(): ScriptsState {
    return [...this.#machines].map(([name, machine]) => [name, machine.exportState()]);
  }

  /** In place of the first `configure`; a script that is not known starts anew. */
  importState(now: Micros, state: ScriptsState, model: Model): void {
    const models = new Map(model.scripts.map((script) => [script.name, script]));
    for (const [name, known] of state) {
      const script = models.get(name);
      if (script === undefined) continue;
      const machine = new ScriptMachine(script);
      machine.importState(known, now);
      this.#machines.set(name, machine);
    }
  }

  stop(now: Micros, out: Sink<NodeEffect>): void {
    for (const name of [...this.#machines.keys()]) this.#remove(now, name, out);
  }

  #add(now: Micros, model: VrrpScriptModel, out: Sink<NodeEffect>): void {
    const script = new ScriptMachine(model);
    this.#machines.set(model.name, script);
    const effects: ScriptEffect[] = [];
    script.handle(now, { kind: 'start' }, effects);
    relay(now, effects, out);
  }

  #remove(now: Micros, name: string, out: Sink<NodeEffect>): void {
    const effects: ScriptEffect[] = [];
    this.#machines.get(name)?.stop(effects);
    this.#machines.delete(name);
    relay(now, effects, out);
  }
}

function relay(
  now: Micros,
  effects: readonly ScriptEffect[],
  out: Sink<NodeEffect>,
  onVerdict?: OnVerdict,
): void {
  for (const effect of effects) {
    if (effect.kind === 'scriptOverrun') {
      const event = { kind: 'scriptOverrun', script: effect.script, at: now } as const;
      out.push({ kind: 'record', event });
    } else if (effect.kind === 'scriptVerdict') {
      const { script, verdict, detail, outcome } = effect;
      out.push({
        kind: 'record',
        event: { kind: 'scriptJudged', script, at: now, outcome, detail },
      });
      onVerdict?.({ kind: 'script', name: script, verdict, detail });
    } else out.push(effect);
  }
}

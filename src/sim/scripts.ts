/** The check scripts of one host: each does what the world says it does now. */
import { type Micros, micros } from '../base/time.ts';

/** `hangs` until SIGTERM, `ignores` even that. */
export type ScriptBehaviour = 'succeeds' | 'fails' | 'hangs' | 'ignores';

interface Run {
  ended: 'no' | 'yes';
}

export class SimScripts {
  readonly #schedule: (delay: Micros, run: () => void) => void;
  readonly #onExit: (script: string, result: 'success' | 'failure', detail: string) => void;
  readonly #behaviour = new Map<string, ScriptBehaviour>();
  readonly #running = new Map<string, Run>();
  duration: Micros = micros(2000);

  constructor(
    schedule: (delay: Micros, run: () => void) => void,
    onExit: (script: string, result: 'success' | 'failure', detail: string) => void,
  ) {
    this.#schedule = schedule;
    this.#onExit = onExit;
  }

  behaviour(script: string): ScriptBehaviour {
    return this.#behaviour.get(script) ?? 'succeeds';
  }

  set(script: string, behaviour: ScriptBehaviour): void {
    this.#behaviour.set(script, behaviour);
  }

  run(script: string): void {
    const run: Run = { ended: 'no' };
    this.#running.set(script, run);
    const behaviour = this.behaviour(script);
    if (behaviour === 'hangs' || behaviour === 'ignores') return;
    const result = behaviour === 'succeeds' ? 'success' : 'failure';
    const detail = result === 'success' ? 'exited with status 0' : 'exited with status 1';
    this.#endAfter(this.duration, run, script, { result, detail });
  }

  kill(script: string, signal: 'SIGTERM' | 'SIGKILL'): void {
    const run = this.#running.get(script);
    if (run === undefined) return;
    if (signal === 'SIGTERM' && this.behaviour(script) === 'ignores') return;
    const detail = `due to signal ${signal}`;
    this.#endAfter(micros(100), run, script, { result: 'failure', detail });
  }

  clear(): void {
    for (const run of this.#running.values()) run.ended = 'yes';
    this.#running.clear();
  }

  #endAfter(
    delay: Micros,
    run: Run,
    script: string,
    outcome: { readonly result: 'success' | 'failure'; readonly detail: string },
  ): void {
    this.#schedule(delay, () => {
      if (run.ended === 'yes') return;
      run.ended = 'yes';
      if (this.#running.get(script) === run) this.#running.delete(script);
      this.#onExit(script, outcome.result, outcome.detail);
    });
  }
}

/** Runs vrrp_scripts when the engine says so, and tells it what became of them. */
import type { VrrpScriptModel } from '../config/model/vrrp.ts';
import type { NodeInput } from '../core/node.ts';
import type { RunningScript, ScriptOutcome, ScriptRunner } from '../ports/scripts.ts';

export class TrackScripts {
  readonly #runner: ScriptRunner;
  readonly #report: (input: Extract<NodeInput, { kind: 'scriptExited' }>) => void;
  readonly #running = new Map<string, RunningScript>();

  constructor(
    runner: ScriptRunner,
    report: (input: Extract<NodeInput, { kind: 'scriptExited' }>) => void,
  ) {
    this.#runner = runner;
    this.#report = report;
  }

  run(model: VrrpScriptModel): void {
    const { name, command } = model;
    const script = this.#runner.run(command, { name, output: 'last-line' }, (outcome) => {
      this.#running.delete(name);
      // Also when `run` failed at once: the engine is never entered from one of its own effects.
      setImmediate(() =>
        this.#report({
          kind: 'scriptExited',
          script: name,
          result: outcome.kind === 'exited' && outcome.status === 0 ? 'success' : 'failure',
          detail: describe(outcome),
        }),
      );
    });
    if (script.pid !== undefined) this.#running.set(name, script);
  }

  kill(name: string, signal: 'SIGTERM' | 'SIGKILL'): void {
    this.#running.get(name)?.kill(signal);
  }

  killAll(): void {
    for (const script of this.#running.values()) script.kill('SIGTERM');
  }
}

/** As keepalived says it, and behind it what the script said last (log-lines.ts takes them apart). */
function describe(outcome: ScriptOutcome): string {
  if (outcome.kind === 'not-started') return outcome.reason;
  const how =
    outcome.kind === 'exited'
      ? `exited with status ${outcome.status}`
      : `due to signal ${outcome.signal}`;
  return outcome.lastLine === undefined ? how : `${how}: "${outcome.lastLine}"`;
}

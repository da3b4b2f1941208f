/** Runs notify scripts on changes of state. */
import type { NotifyScripts, ScriptCommand, VrrpInstanceModel } from '../config/model/vrrp.ts';
import type { NotifyState } from '../core/vrrp/types.ts';
import type { LogSink } from '../ports/log.ts';
import type { RunningScript, ScriptRunner } from '../ports/scripts.ts';

const SCRIPT_OF: Readonly<Record<NotifyState, keyof NotifyScripts>> = {
  MASTER: 'master',
  BACKUP: 'backup',
  FAULT: 'fault',
  STOP: 'stop',
  DELETED: 'deleted',
  MASTER_RX_LOWER_PRI: 'masterRxLowerPriority',
};

export class Notifier {
  readonly #runner: ScriptRunner;
  readonly #log: LogSink;
  readonly #running = new Set<RunningScript>();
  #whenIdle: (() => void) | undefined;

  constructor(runner: ScriptRunner, log: LogSink) {
    this.#runner = runner;
    this.#log = log;
  }

  notify(model: VrrpInstanceModel, state: NotifyState, priority: number): void {
    const { notify } = model;
    const own = notify[SCRIPT_OF[state]];
    if (own !== undefined) this.#start(own, []);
    // keepalived tells the general script of states only.
    if (notify.any !== undefined && state !== 'MASTER_RX_LOWER_PRI') {
      this.#start(notify.any, ['INSTANCE', model.name, state, String(priority)]);
    }
  }

  /** Calls back once no script runs any more. */
  whenIdle(done: () => void): void {
    if (this.#running.size === 0) done();
    else this.#whenIdle = done;
  }

  #start(command: ScriptCommand, extraArguments: readonly string[]): void {
    let script: RunningScript | undefined;
    let ended = false;
    script = this.#runner.run(command, { extraArguments }, (outcome) => {
      ended = true;
      if (outcome.kind === 'not-started') {
        this.#log.write({
          level: 'warning',
          text: `notify script ${command.argv[0]} could not be run: ${outcome.reason}`,
        });
      }
      if (script !== undefined) this.#running.delete(script);
      if (this.#running.size === 0) this.#whenIdle?.();
    });
    if (!ended) this.#running.add(script);
  }
}

/** What signals mean, from the first moment on: while the daemon starts they are not lost. */
import { dumpSignals } from '../linux/dump-signals.ts';
import { watchSignals } from '../linux/ffi/uv-signal.ts';
import type { DaemonOptions } from './options.ts';

/** What a signal asks to be written down; `timers` is what keepalived calls threads. */
export type Dump = 'data' | 'statistics' | 'statistics-and-clear' | 'json' | 'timers';

export interface SignalActions {
  stop(): void;
  reload(): void;
  dump(what: Dump): void;
}

export class Signals {
  #actions: SignalActions | undefined;
  #wanted: 'nothing' | 'reload' | 'stop' = 'nothing';

  /** Until `serve` a stop is `stopEarly` or waits, and a reload waits. */
  constructor(
    { onInterrupt }: Pick<DaemonOptions, 'onInterrupt'>,
    stopEarly: 'wait' | (() => void),
  ) {
    const stop = (): void => {
      if (this.#actions !== undefined) this.#actions.stop();
      else if (stopEarly === 'wait') this.#wanted = 'stop';
      else stopEarly();
    };
    // Listeners that stay: one that is replaced takes the signals with it that have not been seen yet.
    process.on('SIGTERM', stop);
    process.on('SIGINT', () => {
      if (onInterrupt === 'stop') stop();
    });
    process.on('SIGHUP', () => {
      if (this.#actions !== undefined) this.#actions.reload();
      else if (this.#wanted === 'nothing') this.#wanted = 'reload';
    });
    // Without a listener SIGUSR1 would start a debugger, and SIGPIPE end the process.
    process.on('SIGUSR1', () => this.#actions?.dump('data'));
    process.on('SIGUSR2', () => this.#actions?.dump('statistics'));
    process.on('SIGPIPE', () => {});
    this.#watchRealtime();
  }

  /** Unwatched they would end the process. */
  #watchRealtime(): void {
    const { json, statisticsAndClear, timers } = dumpSignals();
    const dumps = new Map<number, Dump>([
      [json, 'json'],
      [statisticsAndClear, 'statistics-and-clear'],
      [timers, 'timers'],
    ]);
    watchSignals([...dumps.keys()], (number) => {
      const what = dumps.get(number);
      if (what !== undefined) this.#actions?.dump(what);
    });
  }

  /** From now on signals have their full meaning. */
  serve(actions: SignalActions): void {
    this.#actions = actions;
    // The file may have changed after it was read.
    if (this.#wanted === 'reload') actions.reload();
    else if (this.#wanted === 'stop') actions.stop();
  }
}

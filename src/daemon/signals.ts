/** What signals mean, from the first moment on: while the daemon starts they are not lost. */
import type { DaemonOptions } from './options.ts';

export interface SignalActions {
  stop(): void;
  reload(): void;
  dumpStatistics(): void;
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
    process.on('SIGUSR2', () => this.#actions?.dumpStatistics());
    // Without a listener SIGUSR1 would start a debugger, and SIGPIPE end the process.
    for (const signal of ['SIGUSR1', 'SIGPIPE'] as const) process.on(signal, () => {});
  }

  /** From now on signals have their full meaning. */
  serve(actions: SignalActions): void {
    this.#actions = actions;
    // The file may have changed after it was read.
    if (this.#wanted === 'reload') actions.reload();
    else if (this.#wanted === 'stop') actions.stop();
  }
}

import type { ScriptCommand } from '../config/model/vrrp.ts';

export type ScriptOutcome =
  /** `lastLine`: of its output, ready for a log; absent where it said nothing. */
  | { readonly kind: 'exited'; readonly status: number; readonly lastLine?: string }
  | { readonly kind: 'signalled'; readonly signal: string; readonly lastLine?: string }
  /** The program could not be started: missing, not executable, no such user. */
  | { readonly kind: 'not-started'; readonly reason: string };

export interface RunningScript {
  readonly pid: number | undefined;
  /** Signals the script's whole process group. */
  kill(signal: 'SIGTERM' | 'SIGKILL'): void;
}

export interface ScriptOptions {
  readonly extraArguments?: readonly string[];
  /** What it is called in the configuration. */
  readonly name?: string;
  /** `discarded`, the default: standard output and error go to /dev/null. */
  readonly output?: 'discarded' | 'last-line';
}

export interface ScriptRunner {
  /** Starts a program in a session of its own, with nothing to read; `onEnd` runs exactly once. */
  run(
    command: ScriptCommand,
    options: ScriptOptions,
    onEnd: (outcome: ScriptOutcome) => void,
  ): RunningScript;
}

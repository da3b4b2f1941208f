import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { monotonicMs } from './monotonic.ts';
import { Changes } from './until.ts';

export interface LogLine {
  /** When the lab read the line, on the axis of `monotonicMs`. */
  readonly atMs: number;
  readonly stream: 'stdout' | 'stderr';
  readonly text: string;
}

export interface ProcessEnd {
  readonly status: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly atMs: number;
}

export interface SpawnOptions {
  readonly env?: NodeJS.ProcessEnv;
  /** Called for each line as it comes, instead of keeping the lines of stdout in the log. */
  readonly onStdoutLine?: (text: string) => void;
}

const logLinesMax = 100_000;

/** A program that runs on a host of the lab. */
export class HostProcess {
  readonly log: LogLine[] = [];
  readonly exited: Promise<ProcessEnd>;
  readonly name: string;
  #end: ProcessEnd | undefined;
  #pid = 0;
  readonly #child: ChildProcessWithoutNullStreams;
  readonly #changes = new Changes();

  constructor(argv: readonly string[], name: string, options: SpawnOptions) {
    this.name = name;
    const [command = '', ...args] = argv;
    // In a session of its own, so that Ctrl-C in the terminal reaches the lab alone.
    this.#child = spawn(command, args, { detached: true, cwd: '/', env: options.env ?? {} });
    this.#child.stdin.on('error', () => {});
    this.#collect('stdout', options.onStdoutLine);
    this.#collect('stderr', undefined);
    this.exited = new Promise((resolve) => {
      const end = (status: number | null, signal: NodeJS.Signals | null): void => {
        this.#end = { status, signal, atMs: monotonicMs() };
        resolve(this.#end);
        this.#changes.notify();
      };
      this.#child.once('error', (error) => {
        this.#append('stderr', error.message);
        end(null, null);
      });
      this.#child.once('close', end);
    });
  }

  /** The process id as seen outside the host; 0 where the program ended before it was known. */
  get pid(): number {
    return this.#pid;
  }

  /** How it ended; undefined while it runs. */
  get end(): ProcessEnd | undefined {
    return this.#end;
  }

  /** Resolves when `nsenter` has made the process on the inside and its id is known. */
  async started(): Promise<this> {
    const outer = this.#child.pid;
    while (outer !== undefined && this.#end === undefined) {
      const pid = onlyChildOf(outer);
      if (pid !== undefined) {
        this.#pid = pid;
        break;
      }
      await sleep(1);
    }
    return this;
  }

  /** Sends a signal to the program. */
  signal(signal: NodeJS.Signals): void {
    if (this.#end !== undefined || this.#pid === 0) return;
    try {
      process.kill(this.#pid, signal);
      // nsenter stops itself together with the program, and would not notice its end.
      if (signal === 'SIGCONT') this.#child.kill('SIGCONT');
    } catch {
      // It has ended in the meantime.
    }
  }

  /** Sends a signal and waits for the end; past the limit the program is killed and this rejects. */
  async stop(
    options: { readonly signal?: NodeJS.Signals; readonly timeoutMs?: number } = {},
  ): Promise<ProcessEnd> {
    const { signal = 'SIGTERM', timeoutMs = 10_000 } = options;
    this.signal(signal);
    return this.#changes
      .until(() => this.#end, {
        timeoutMs,
        describe: () => `${this.name} still runs after ${signal}\n${this.tail()}`,
      })
      .catch((error: unknown) => {
        this.signal('SIGKILL');
        throw error;
      });
  }

  /** Writes to the program's standard input. */
  write(text: string): void {
    this.#child.stdin.write(text);
  }

  /** Ends the program's standard input. */
  endInput(): void {
    this.#child.stdin.end();
  }

  /** The first line that matches, waiting for it; `afterMs` passes over what came before. */
  logContains(
    pattern: RegExp | string,
    options: { readonly timeoutMs?: number; readonly afterMs?: number } = {},
  ): Promise<LogLine> {
    const { timeoutMs = 10_000, afterMs = 0 } = options;
    const matches = (line: LogLine): boolean =>
      line.atMs >= afterMs &&
      (typeof pattern === 'string' ? line.text.includes(pattern) : pattern.test(line.text));
    let examined = 0;
    return this.#changes.until(
      () => {
        while (examined < this.log.length) {
          const line = this.log[examined++];
          if (line !== undefined && matches(line)) return line;
        }
        if (this.#end === undefined) return undefined;
        throw new Error(`${this.name} ended without logging ${pattern}\n${this.tail()}`);
      },
      { timeoutMs, describe: () => `${this.name} did not log ${pattern}\n${this.tail()}` },
    );
  }

  /** The last lines of the log, for messages. */
  tail(countMax = 40): string {
    return this.log
      .slice(-countMax)
      .map((line) => `  ${line.text}`)
      .join('\n');
  }

  #collect(stream: 'stdout' | 'stderr', onLine: ((text: string) => void) | undefined): void {
    const lines = createInterface({ input: this.#child[stream] });
    lines.on('line', onLine ?? ((text) => this.#append(stream, text)));
  }

  #append(stream: 'stdout' | 'stderr', text: string): void {
    // A program that logs without end must not fill the memory: what came first stays.
    if (this.log.length < logLinesMax) this.log.push({ atMs: monotonicMs(), stream, text });
    this.#changes.notify();
  }
}

/** The child that nsenter has forked, once it runs something else than nsenter. */
function onlyChildOf(pid: number): number | undefined {
  try {
    const child = Number.parseInt(readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8'), 10);
    if (!(child > 0)) return undefined;
    return readFileSync(`/proc/${child}/comm`, 'utf8').trim() === 'nsenter' ? undefined : child;
  } catch {
    return undefined;
  }
}

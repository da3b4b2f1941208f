/**
 * Keeps a child process running while the configuration wants one: started anew when it dies or when its
 * settings change, and rid of when nobody wants it. Nothing here waits: the VRRP process has other work.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { setPriority } from 'node:os';
import { fileURLToPath } from 'node:url';
import type { LogSink } from '../ports/log.ts';
import { BACKGROUND_MARK } from './background.ts';
import { printable } from './report-reader.ts';

/** What kind of child it is. */
export interface ChildProgram {
  /** In messages. */
  readonly label: string;
  /** What the process is called. */
  readonly name: string;
  /** Beside this file's own bundle. */
  readonly bundle: string;
  readonly nodeFlags: readonly string[];
  /** After the first death; twice as long after each further one. */
  readonly firstDelayMs: number;
  /** A child that ran for so long did not die of how it was started; a minute where absent. */
  readonly healthyMs?: number;
  /** It says when it serves (`serves`), and has run since then: how long a start takes says nothing. */
  readonly ranSince?: 'serving';
  /** Until it says otherwise itself, as `nice` counts; 0 where absent. */
  readonly startNice?: number;
}

/** A descriptor that the child gets beside its standard streams. */
export interface ChildConnection {
  /** The child's end. */
  readonly fd: number;
  /** The child has its end: the other is answered from now on. */
  given(): void;
  /** There is no child. */
  abandon(): void;
}

export interface ChildParts<Settings> {
  readonly log: LogSink;
  /** Runs something that takes a millisecond when nothing is due. */
  whenCalm(act: () => void): void;
  /** The standard streams, as `spawn` takes them. */
  readonly stdio: readonly ('ignore' | 'pipe' | 'inherit')[];
  /** For each start; undefined where no descriptor is left. */
  connect?(): readonly ChildConnection[] | undefined;
  /** Reads what it says. */
  started(child: ChildProcess, settings: Settings): void;
  ended?(child: ChildProcess, settings: Settings): void;
}

/** The child ends so when it wants to be started anew without a word. */
const EXIT_AGAIN = 75;
const DELAY_MAX_MS = 60_000;
const HEALTHY_MS = 60_000;
const KILL_AFTER_MS = 2000;
const TEXT_CHARACTERS_MAX = 500;
/** The parent's own affairs with those who started it. */
const PARENTS_VARIABLES = [
  ...['NOTIFY_SOCKET', 'WATCHDOG_PID', 'WATCHDOG_USEC', 'LISTEN_FDS'],
  BACKGROUND_MARK,
];

interface Running<Settings> {
  readonly process: ChildProcess;
  readonly settings: Settings;
  /** Since when it runs, as `healthyMs` counts. */
  sinceMs: number;
  ending: 'no' | 'asked';
}

export class ChildKeeper<Settings> {
  readonly #program: ChildProgram;
  readonly #parts: ChildParts<Settings>;
  #wanted: Settings | undefined;
  #running: Running<Settings> | undefined;
  #delayMs: number;
  #timer: NodeJS.Timeout | undefined;
  #phase: 'open' | 'closed' = 'open';
  #starts = 0;

  constructor(program: ChildProgram, parts: ChildParts<Settings>) {
    this.#program = program;
    this.#parts = parts;
    this.#delayMs = program.firstDelayMs;
  }

  /** How often it was started. */
  get starts(): number {
    return this.#starts;
  }

  get child(): ChildProcess | undefined {
    return this.#running?.process;
  }

  /** What the configuration wants now; the same as before changes nothing. */
  configure(wanted: Settings | undefined): void {
    this.#wanted = wanted;
    clearTimeout(this.#timer);
    this.#delayMs = this.#program.firstDelayMs;
    const running = this.#running;
    if (running === undefined) this.#startSoon(0);
    else if (JSON.stringify(running.settings) !== JSON.stringify(wanted)) this.#end(running);
  }

  /** This process ends, and the child with it; what it has said of its end is not waited for. */
  close(): void {
    this.#phase = 'closed';
    clearTimeout(this.#timer);
    const running = this.#running;
    if (running === undefined) return;
    this.#running = undefined;
    running.process.kill('SIGTERM');
    this.#parts.ended?.(running.process, running.settings);
  }

  /** Lets the child go on, for whoever comes after this process; none is started any more. */
  release(): void {
    this.#phase = 'closed';
    clearTimeout(this.#timer);
    this.#running?.process.unref();
    this.#running = undefined;
  }

  /** Lets the child end by itself, as it was told to, within a time; none is started any more. */
  closeGently(withinMs: number, onEnd: () => void): void {
    this.#phase = 'closed';
    clearTimeout(this.#timer);
    const running = this.#running;
    if (running === undefined) {
      onEnd();
      return;
    }
    running.ending = 'asked';
    const timer = setTimeout(() => running.process.kill('SIGKILL'), withinMs);
    running.process.once('exit', () => {
      clearTimeout(timer);
      onEnd();
    });
  }

  /** It has begun its work. */
  serves(child: ChildProcess): void {
    if (this.#running?.process === child) this.#running.sinceMs = performance.now();
  }

  /** About the child, in the parent's log. */
  tell(level: 'error' | 'warning' | 'info', text: string): void {
    const said = printable(text).slice(0, TEXT_CHARACTERS_MAX);
    this.#parts.log.write({ level, text: `${this.#program.label}: ${said}` });
  }

  /** Keeps one that was started with `startChild` before there was a keeper, unless it has ended. */
  adopt(child: ChildProcess, settings: Settings): void {
    const { pid, exitCode, signalCode } = child;
    if (pid === undefined || exitCode !== null || signalCode !== null) return;
    this.#starts++;
    this.#wanted = settings;
    this.#keep(child, settings);
  }

  #startSoon(delayMs: number): void {
    if (this.#wanted === undefined || this.#phase === 'closed') return;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      this.#parts.whenCalm(() => {
        if (this.#running === undefined && this.#wanted !== undefined) this.#start(this.#wanted);
      });
    }, delayMs);
  }

  #start(settings: Settings): void {
    if (this.#phase === 'closed') return;
    const { connect, stdio } = this.#parts;
    const connections = connect === undefined ? [] : connect();
    if (connections === undefined) {
      this.#startAgain();
      return;
    }
    this.#starts++;
    const fds = connections.map(({ fd }) => fd);
    const child = startChild(this.#program, settings, [...stdio, ...fds]);
    this.#hurry(child);
    for (const one of connections) child.pid === undefined ? one.abandon() : one.given();
    this.#keep(child, settings);
  }

  #keep(child: ChildProcess, settings: Settings): void {
    const isServing = this.#program.ranSince === undefined;
    const sinceMs = isServing ? performance.now() : Number.POSITIVE_INFINITY;
    const running: Running<Settings> = { process: child, settings, sinceMs, ending: 'no' };
    this.#running = running;
    this.#follow(running);
  }

  /** Where that is not permitted it starts like any other. */
  #hurry({ pid }: ChildProcess): void {
    const { startNice } = this.#program;
    if (startNice === undefined || pid === undefined) return;
    try {
      setPriority(pid, startNice);
    } catch {
      // It may have ended, too.
    }
  }

  #follow(running: Running<Settings>): void {
    const child = running.process;
    this.#parts.started(child, running.settings);
    child.on('error', (error) => {
      this.tell('error', `cannot be started: ${error.message}`);
      if (child.pid === undefined) this.#onEnd(running, 'it was not started');
    });
    child.on('exit', (code, signal) => {
      if (code === EXIT_AGAIN) this.#onEnd(running, undefined);
      else this.#onEnd(running, signal === null ? `exit status ${code}` : `signal ${signal}`);
    });
  }

  #end(running: Running<Settings>): void {
    if (running.ending === 'asked') return;
    running.ending = 'asked';
    running.process.kill('SIGTERM');
    setTimeout(() => running.process.kill('SIGKILL'), KILL_AFTER_MS).unref();
  }

  /** `why` is undefined where it wants to be started anew. */
  #onEnd(running: Running<Settings>, why: string | undefined): void {
    if (this.#running !== running) return;
    this.#running = undefined;
    this.#parts.ended?.(running.process, running.settings);
    if (running.ending === 'asked') {
      this.#startSoon(0);
      return;
    }
    if (performance.now() - running.sinceMs > (this.#program.healthyMs ?? HEALTHY_MS)) {
      this.#delayMs = this.#program.firstDelayMs;
    }
    if (why !== undefined) {
      this.tell('warning', `ended (${why}), starting it again in ${this.#delayMs / 1000} s`);
    }
    this.#startAgain();
  }

  /** Later each time. */
  #startAgain(): void {
    this.#startSoon(this.#delayMs);
    this.#delayMs = Math.min(DELAY_MAX_MS, this.#delayMs * 2);
  }
}

/** A child that nobody keeps yet. */
export function startChild(
  { nodeFlags, name, bundle }: ChildProgram,
  settings: unknown,
  stdio: readonly ('ignore' | 'pipe' | 'inherit' | number)[],
): ChildProcess {
  const path = fileURLToPath(new URL(bundle, import.meta.url));
  return spawn(process.execPath, [...nodeFlags, path, JSON.stringify(settings)], {
    argv0: name,
    cwd: '/',
    // What is typed at the terminal is for the parent.
    detached: true,
    env: environment(),
    stdio: [...stdio],
  });
}

function environment(): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(([name]) => !PARENTS_VARIABLES.includes(name));
  return Object.fromEntries(kept);
}

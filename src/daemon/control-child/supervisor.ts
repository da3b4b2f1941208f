/**
 * Keeps a control child running while the configuration wants one: started anew when it dies or when its
 * settings change, and rid of when nobody wants it. Nothing here waits: the VRRP process has other work.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { lstatSync, rmSync } from 'node:fs';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import {
  type ChildReport,
  type ControlChildSettings,
  EXIT_AGAIN,
  parseReport,
} from '../../api/control-child.ts';
import type { LogSink } from '../../ports/log.ts';
import { printable, ReportReader } from './report-reader.ts';

/** A connection on which the child may ask. */
export interface ChildConnection {
  /** The child's end. */
  readonly fd: number;
  /** The child has its end: the other is answered from now on. */
  given(): void;
  /** There is no child. */
  abandon(): void;
}

export interface ControlChildParts {
  readonly log: LogSink;
  /** A new connection, or nothing where no descriptor is left. */
  connect(): ChildConnection | undefined;
  /** Runs something that takes a millisecond when nothing is due. */
  whenCalm(act: () => void): void;
}

const FIRST_DELAY_MS = 1000;
const DELAY_MAX_MS = 60_000;
/** A child that ran for so long did not die of how it was started. */
const HEALTHY_MS = 60_000;
const KILL_AFTER_MS = 2000;
const TEXT_CHARACTERS_MAX = 500;
/** It needs some ten megabytes; what leaks ends before it is in anybody's way. */
const NODE_FLAGS = ['--max-old-space-size=128', '--max-semi-space-size=4'];
/** The parent's own affairs with those who started it. */
const PARENTS_VARIABLES = ['NOTIFY_SOCKET', 'WATCHDOG_PID', 'WATCHDOG_USEC', 'LISTEN_FDS'];

interface Running {
  readonly process: ChildProcess;
  readonly settings: ControlChildSettings;
  readonly startedMs: number;
  bound: Extract<ChildReport, { kind: 'bound' }> | undefined;
  ending: 'no' | 'asked';
}

export class ControlChild {
  readonly #parts: ControlChildParts;
  #wanted: ControlChildSettings | undefined;
  #running: Running | undefined;
  #delayMs = FIRST_DELAY_MS;
  #timer: NodeJS.Timeout | undefined;
  #phase: 'open' | 'closed' = 'open';
  #starts = 0;

  constructor(parts: ControlChildParts) {
    this.#parts = parts;
  }

  /** How often it was started. */
  get starts(): number {
    return this.#starts;
  }

  /** What the configuration wants now; the same as before changes nothing. */
  configure(wanted: ControlChildSettings | undefined): void {
    this.#wanted = wanted;
    clearTimeout(this.#timer);
    this.#delayMs = FIRST_DELAY_MS;
    const running = this.#running;
    if (running === undefined) this.#startSoon(0);
    else if (JSON.stringify(running.settings) !== JSON.stringify(wanted)) this.#end(running);
  }

  /** This process ends, and the child with it. */
  close(): void {
    this.#phase = 'closed';
    clearTimeout(this.#timer);
    const running = this.#running;
    if (running === undefined) return;
    this.#running = undefined;
    running.process.kill('SIGTERM');
    removeSocket(running);
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

  #start(settings: ControlChildSettings): void {
    if (this.#phase === 'closed') return;
    const connections = this.#connect();
    if (connections === undefined) {
      this.#startAgain();
      return;
    }
    this.#starts++;
    const child = spawn(process.execPath, [...NODE_FLAGS, bundle(), JSON.stringify(settings)], {
      argv0: 'holdfast-control',
      cwd: '/',
      // What is typed at the terminal is for the parent.
      detached: true,
      env: environment(),
      stdio: ['ignore', 'pipe', 'pipe', ...connections.map(({ fd }) => fd)],
    });
    for (const one of connections) child.pid === undefined ? one.abandon() : one.given();
    const startedMs = performance.now();
    const running: Running = {
      process: child,
      settings,
      startedMs,
      bound: undefined,
      ending: 'no',
    };
    this.#running = running;
    this.#follow(running);
  }

  /** One for questions, one for news. */
  #connect(): readonly [ChildConnection, ChildConnection] | undefined {
    const first = this.#parts.connect();
    const second = this.#parts.connect();
    if (first !== undefined && second !== undefined) return [first, second];
    first?.abandon();
    second?.abandon();
    return undefined;
  }

  #follow(running: Running): void {
    const child = running.process;
    const reader = new ReportReader((text) => this.#parts.log.write({ level: 'warning', text }));
    const [, stdout, stderr] = child.stdio;
    if (stdout !== null) reader.read(stdout as Readable, (line) => this.#onReport(running, line));
    if (stderr !== null) reader.read(stderr as Readable, (line) => this.#tell('error', line));
    child.on('error', (error) => {
      this.#tell('error', `cannot be started: ${error.message}`);
      if (child.pid === undefined) this.#onEnd(running, 'it was not started');
    });
    child.on('exit', (code, signal) => {
      if (code === EXIT_AGAIN) this.#onEnd(running, undefined);
      else this.#onEnd(running, signal === null ? `exit status ${code}` : `signal ${signal}`);
    });
  }

  #end(running: Running): void {
    if (running.ending === 'asked') return;
    running.ending = 'asked';
    running.process.kill('SIGTERM');
    setTimeout(() => running.process.kill('SIGKILL'), KILL_AFTER_MS).unref();
  }

  /** `why` is undefined where it wants to be started anew. */
  #onEnd(running: Running, why: string | undefined): void {
    if (this.#running !== running) return;
    this.#running = undefined;
    removeSocket(running);
    if (running.ending === 'asked') {
      this.#startSoon(0);
      return;
    }
    if (performance.now() - running.startedMs > HEALTHY_MS) this.#delayMs = FIRST_DELAY_MS;
    if (why !== undefined) {
      this.#tell('warning', `ended (${why}), starting it again in ${this.#delayMs / 1000} s`);
    }
    this.#startAgain();
  }

  /** Later each time. */
  #startAgain(): void {
    this.#startSoon(this.#delayMs);
    this.#delayMs = Math.min(DELAY_MAX_MS, this.#delayMs * 2);
  }

  #onReport(running: Running, line: string): void {
    const report = parseReport(line);
    if (report === undefined) this.#tell('info', line);
    else if (report.kind === 'bound') running.bound = report;
    else this.#tell(report.level, report.text);
  }

  #tell(level: 'error' | 'warning' | 'info', text: string): void {
    const said = printable(text).slice(0, TEXT_CHARACTERS_MAX);
    this.#parts.log.write({ level, text: `control child: ${said}` });
  }
}

/** It lies beside this file's own bundle. */
function bundle(): string {
  return fileURLToPath(new URL('control.cjs', import.meta.url));
}

function environment(): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(([name]) => !PARENTS_VARIABLES.includes(name));
  return Object.fromEntries(kept);
}

/** The child has no right to, and may have been killed; another's socket stays. */
function removeSocket({ bound, settings }: Running): void {
  const path = settings.httpSocket?.path;
  if (bound === undefined || path === undefined) return;
  try {
    const there = lstatSync(path);
    if (there.dev === bound.dev && there.ino === bound.ino) rmSync(path);
  } catch {
    // Somebody else has removed it.
  }
}

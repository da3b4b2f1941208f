/** The control child and the connections on which it may ask: reading, whoever speaks through it. */
import type { ChildProcess } from 'node:child_process';
import { lstatSync, rmSync } from 'node:fs';
import { type ChildReport, type ControlChildSettings, parseReport } from '../api/control-child.ts';
import type { Model } from '../config/model/model.ts';
import { openLocalPair } from '../linux/local-pair.ts';
import type { FdWatcher } from '../ports/fd-watcher.ts';
import type { LocalListener } from '../ports/local-socket.ts';
import type { LogSink } from '../ports/log.ts';
import { isSysError } from '../ports/sys-error.ts';
import { type ChildConnection, ChildKeeper, type ChildProgram } from './child-keeper.ts';
import { PrivateListener } from './control-child/private-listener.ts';
import { controlChildSettings } from './control-child/settings.ts';
import type { DaemonOptions } from './options.ts';
import { ReportReader } from './report-reader.ts';

const PROGRAM: ChildProgram = {
  label: 'control child',
  name: 'holdfast-control',
  bundle: 'control.cjs',
  // It needs some ten megabytes; what leaks ends before it is in anybody's way.
  nodeFlags: ['--max-old-space-size=128', '--max-semi-space-size=4'],
  firstDelayMs: 1000,
};

/** An answer of usual size is taken at once, whether the child reads or not. */
const SEND_BUFFER_BYTES = 256 << 10;

export interface ControlChildSideParts {
  readonly log: LogSink;
  readonly watcher: FdWatcher;
  readonly options: Pick<DaemonOptions, 'pidFiles'>;
  readonly vrrp: { whenCalm(act: () => void): void };
  /** Answers reading on what the listener accepts, and nothing else. */
  serveReaders(listener: LocalListener): { close(): void };
}

export class ControlChildSide {
  readonly #parts: ControlChildSideParts;
  readonly #child: ChildKeeper<ControlChildSettings>;
  #bound: Extract<ChildReport, { kind: 'bound' }> | undefined;
  readonly #listener = new PrivateListener();
  #server: { close(): void } | undefined;

  constructor(parts: ControlChildSideParts) {
    this.#parts = parts;
    this.#child = new ChildKeeper(PROGRAM, {
      log: parts.log,
      whenCalm: (act) => parts.vrrp.whenCalm(act),
      stdio: ['ignore', 'pipe', 'pipe'],
      connect: () => this.#connectBoth(),
      started: (child) => this.#listen(child),
      ended: (_child, settings) => this.#removeSocket(settings),
    });
  }

  get starts(): number {
    return this.#child.starts;
  }

  /** At the start, and after each reload. */
  configure(model: Model): void {
    const { settings, warning } = controlChildSettings(
      model,
      this.#parts.options.pidFiles[0] ?? '',
    );
    if (warning !== undefined) this.#parts.log.write({ level: 'warning', text: warning });
    this.#child.configure(settings);
  }

  close(): void {
    this.#child.close();
    this.#server?.close();
    this.#server = undefined;
  }

  #listen({ stdout, stderr }: ChildProcess): void {
    const { log } = this.#parts;
    const reader = new ReportReader((text) => log.write({ level: 'warning', text }));
    if (stdout !== null) reader.read(stdout, (line) => this.#onReport(line));
    if (stderr !== null) reader.read(stderr, (line) => this.#child.tell('error', line));
  }

  #onReport(line: string): void {
    const report = parseReport(line);
    if (report === undefined) this.#child.tell('info', line);
    else if (report.kind === 'bound') this.#bound = report;
    else this.#child.tell(report.level, report.text);
  }

  /** The child has no right to, and may have been killed; another's socket stays. */
  #removeSocket({ httpSocket }: ControlChildSettings): void {
    const bound = this.#bound;
    this.#bound = undefined;
    if (bound === undefined || httpSocket === undefined) return;
    try {
      const there = lstatSync(httpSocket.path);
      if (there.dev === bound.dev && there.ino === bound.ino) rmSync(httpSocket.path);
    } catch {
      // Somebody else has removed it.
    }
  }

  /** One for questions, one for news. */
  #connectBoth(): readonly ChildConnection[] | undefined {
    const first = this.#connect();
    const second = this.#connect();
    if (first !== undefined && second !== undefined) return [first, second];
    first?.abandon();
    second?.abandon();
    return undefined;
  }

  #connect(): ChildConnection | undefined {
    this.#server ??= this.#parts.serveReaders(this.#listener);
    const pair = openLocalPair(this.#parts.watcher, {
      sendBufferBytes: SEND_BUFFER_BYTES,
    });
    if (isSysError(pair)) {
      const text = `control child: ${pair.call}: ${pair.message}`;
      this.#parts.log.write({ level: 'error', text });
      return undefined;
    }
    const { own, other } = pair;
    return {
      fd: other.fd,
      given: () => {
        other.close();
        this.#listener.offer(own);
      },
      abandon: () => {
        other.close();
        own.close();
      },
    };
  }
}

/** The bridge while it acts: it waits for the heir and gives the engine back to the process. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { PidFile } from '../../linux/pid-file.ts';
import type { LogSink } from '../../ports/log.ts';
import type { VrrpProcess } from '../vrrp-process.ts';
import { brief, giveOver } from './give-over.ts';
import { STATE_VERSION } from './handed-state.ts';
import type { Successor } from './successor.ts';

/** Longer than any start; then the heir hangs. */
const READY_LIMIT_MS = 60_000;
const DEATH_LIMIT_MS = 5000;
const RETRY_MS = 5;

export interface BridgeParts {
  readonly log: LogSink;
  readonly vrrp: VrrpProcess;
  readonly pidFiles: readonly PidFile[];
  readonly successor: Successor;
  applyOwn(): Promise<void>;
  reload(): void;
  stop(): void;
}

export class Bridge {
  readonly #parts: BridgeParts;
  /** In whose place this one acts: our parent. */
  readonly #process = process.ppid;
  #phase: 'acting' | 'giving' | 'over' = 'acting';
  #toldToStop: 'no' | 'by the process' = 'no';
  #stopLater: (() => void) | undefined;
  #reloadLater: (() => void) | undefined;

  constructor(parts: BridgeParts) {
    this.#parts = parts;
  }

  /** Resolves with whether the heir acts now, everything has been given up, or this one is the daemon. */
  async actUntilHeir(): Promise<'given' | 'stopped' | 'stays'> {
    const { link } = this.#parts.successor;
    await this.#parts.applyOwn();
    const outcome = await this.#awaitHeir();
    this.#phase = 'over';
    if (outcome === 'given') {
      // A stop that came while nobody acted.
      if (this.#stopLater !== undefined) link.send({ kind: 'stop' });
      return 'given';
    }
    await this.#stay(outcome);
    this.#stopLater?.();
    this.#reloadLater?.();
    return 'stays';
  }

  defersStop(stop: () => void): boolean {
    if (this.#phase === 'giving') this.#stopLater = stop;
    return this.#phase === 'giving';
  }

  /** The heir looks at the file no more: what has changed since we read it waits. */
  defersReload(reload: () => void): boolean {
    this.#reloadLater = reload;
    return this.#phase !== 'over';
  }

  /**
   * Everything has been given up. Resolves when the process in whose place it was done is gone, unless
   * that waits for us: then it puts away what is left itself.
   */
  async tellStopped(): Promise<'alone' | 'waited for'> {
    if (this.#isAwaited()) return 'waited for';
    this.#parts.successor.link.send({ kind: 'stop' });
    await this.#untilGone();
    // Both were told, and each has told the other.
    if (this.#isAwaited()) return 'waited for';
    for (const file of this.#parts.pidFiles) file.claim();
    return 'alone';
  }

  /** Resolves with `given`, or why not. */
  async #awaitHeir(): Promise<string> {
    const { vrrp, successor, stop } = this.#parts;
    const { link } = successor;
    const limit = { limitMs: READY_LIMIT_MS };
    const hello = await link.next(['hello', 'stop', 'stay'], limit);
    if (typeof hello !== 'object') return hello;
    if (hello.kind === 'stop') {
      this.#toldToStop = 'by the process';
      stop();
      return new Promise(() => {});
    }
    if (hello.kind === 'stay') return hello.kind;
    if (!hello.states.includes(STATE_VERSION)) return 'it cannot read the state';
    const model = brief(vrrp, link);
    const ready = await link.next(['ready'], limit);
    if (typeof ready !== 'object') return ready;
    const given = await giveOver({
      ...{ vrrp, link, briefed: model },
      onFrozen: () => {
        this.#phase = 'giving';
      },
      endSuccessor: () => this.#end(),
    });
    return typeof given === 'object' ? 'given' : `it did not take over: ${given}`;
  }

  async #stay(reason: string): Promise<void> {
    const { log, pidFiles } = this.#parts;
    const text = `process ${this.#process} did not become the new program (${reason}): this one stays`;
    log.write({ level: 'error', text });
    if (reason !== 'stay') await this.#end();
    // What it listened at is free then.
    await this.#untilGone();
    for (const file of pidFiles) file.claim();
  }

  /** A process is no parent any more when all that it had open is closed. */
  async #untilGone(): Promise<void> {
    const deadline = performance.now() + DEATH_LIMIT_MS;
    const isThere = (): boolean => process.ppid === this.#process && !this.#isAwaited();
    while (isThere() && performance.now() < deadline) await sleep(RETRY_MS);
  }

  #isAwaited(): boolean {
    return this.#toldToStop === 'by the process';
  }

  /** By SIGKILL; its end of the link is closed when it is dead. */
  async #end(): Promise<void> {
    // Once it is dead it is our parent no more, and its number may belong to anybody.
    if (process.ppid === this.#process) {
      try {
        process.kill(this.#process, 'SIGKILL');
      } catch {
        // It died by itself.
      }
    }
    await this.#parts.successor.link.next([], { limitMs: DEATH_LIMIT_MS });
  }
}

/** What upgrades mean for a program that acts: one that it came from, and one that it makes way for. */
import type { UpgradeResult } from '../../api/protocol.ts';
import type { PidFile } from '../../linux/pid-file.ts';
import { tellServiceManager } from '../../linux/service-manager.ts';
import type { LogSink } from '../../ports/log.ts';
import type { Outcome } from '../control/outcome.ts';
import type { Outside } from '../outside.ts';
import type { Settlement } from '../settle.ts';
import { VERSION } from '../version.ts';
import type { VrrpProcess } from '../vrrp-process.ts';
import { Bridge } from './bridge.ts';
import type { Successor } from './successor.ts';
import { Upgrader } from './upgrader.ts';

/** After which nobody who acted before says anything more. */
const LATE_STOP_MS = 10_000;

export interface UpgradesParts {
  readonly log: LogSink;
  readonly vrrp: VrrpProcess;
  readonly outside: Pick<Outside, 'takeCharge' | 'closeForHeir' | 'handDownSocket'>;
  readonly pidFiles: readonly PidFile[];
  readonly settlement: Settlement;
  readonly successor: Successor | undefined;
  /** Has the engine apply what this program has read from disk. */
  applyOwn(): Promise<void>;
  reload(): void;
  /** Gives everything up. */
  stop(done: () => void): void;
}

export type Ending = 'given' | 'stopped';

export class Upgrades {
  readonly #parts: UpgradesParts;
  #giver: Upgrader | Bridge;
  #phase: 'acting' | 'stopping' = 'acting';
  #end: (ending: Ending) => void = () => {};

  constructor(parts: UpgradesParts) {
    this.#parts = parts;
    const { successor } = parts;
    const isBridge = successor?.role === 'bridge';
    const stop = (): void => this.#stop();
    this.#giver = isBridge ? new Bridge({ ...parts, stop, successor }) : this.#createUpgrader();
  }

  /**
   * This program acts. Goes on with the upgrade that it is part of; resolves when everything is given
   * up, or given to another process.
   */
  begin(): Promise<Ending> {
    return new Promise((resolve) => {
      this.#end = resolve;
      const mainPid = process.pid;
      if (this.#giver instanceof Bridge) {
        tellServiceManager({ kind: 'moved', mainPid });
        void this.#giver.actUntilHeir().then((outcome) => this.#leaveBridge(outcome));
        return;
      }
      tellServiceManager({ kind: 'ready', mainPid });
      this.#finishUpgrade();
    });
  }

  /** For whoever asks for an upgrade. The answer comes before the process changes. */
  answer(reply: (outcome: Outcome) => void): void {
    if (this.#giver instanceof Bridge) {
      reply({ ok: false, error: { code: 'busy', message: 'an upgrade is under way' } });
      return;
    }
    void this.#giver.request().then((outcome) => {
      if (outcome.kind === 'refused') {
        reply({ ok: false, error: { code: 'failed', message: outcome.reasons.join('\n') } });
        return;
      }
      const { version: to } = outcome;
      const result: UpgradeResult = { pid: process.pid, from: VERSION, to };
      reply({ ok: true, result });
    });
  }

  /** At once, or as soon as it is known who acts. */
  stop(): void {
    const stop = (): void => this.#stop();
    if (!this.#giver.defersStop(stop)) stop();
  }

  reload(): void {
    const { reload } = this.#parts;
    if (!this.#giver.defersReload(reload)) reload();
  }

  #stop(): void {
    tellServiceManager({ kind: 'stopping' });
    this.#phase = 'stopping';
    this.#parts.stop(() => {
      if (this.#giver instanceof Bridge) void this.#endBridge(this.#giver);
      else this.#end('stopped');
    });
  }

  /** The heir is not to take over from one that has stopped. */
  async #endBridge(bridge: Bridge): Promise<void> {
    const { outside, vrrp } = this.#parts;
    // It may have died without a word: what it has left goes with what is ours.
    if ((await bridge.tellStopped()) === 'alone') outside.takeCharge(vrrp.node.model);
    this.#end('stopped');
  }

  #createUpgrader(): Upgrader {
    const { outside } = this.#parts;
    return new Upgrader({
      ...this.#parts,
      closeSides: () => outside.closeForHeir(),
      handDownSocket: () => outside.handDownSocket(),
      onEnded: (ending) => this.#end(ending),
    });
  }

  #leaveBridge(outcome: 'given' | 'stays' | 'stopped'): void {
    const { outside, vrrp } = this.#parts;
    if (this.#phase === 'stopping') return;
    if (outcome === 'stays') {
      this.#giver = this.#createUpgrader();
      outside.takeCharge(vrrp.node.model);
      return;
    }
    if (outcome === 'given') vrrp.retire();
    this.#end(outcome);
  }

  /** Of the heir: it is the daemon now. */
  #finishUpgrade(): void {
    const { outside, reload, successor, vrrp } = this.#parts;
    if (successor === undefined) return;
    outside.takeCharge(vrrp.node.model, successor.control);
    if (successor.reload === 'wanted') reload();
    void successor.link.next(['stop'], { limitMs: LATE_STOP_MS }).then((message) => {
      if (typeof message === 'object') this.stop();
      successor.link.close();
    });
  }
}

/**
 * An upgrade as the new program sees it (docs/adr/0007-upgrade.md): first as the bridge, then as the
 * heir, it prepares everything that takes time and then takes the engine over.
 */
import { closeSync, rmSync } from 'node:fs';
import { formatDiagnostic } from '../../base/diagnostics.ts';
import type { Model } from '../../config/model/model.ts';
import { decodeModel, type EncodedModel } from '../../config/model/model-codec.ts';
import { adoptPidFile, type PidFile } from '../../linux/pid-file.ts';
import type { Clock } from '../../ports/clock.ts';
import type { LogSink } from '../../ports/log.ts';
import type { LoadedConfiguration } from '../held-configuration.ts';
import { VERSION } from '../version.ts';
import type { VrrpProcess } from '../vrrp-process.ts';
import { adaptModel } from './adapt-model.ts';
import { type Baggage, unpackBaggage } from './baggage.ts';
import type { EarlyNetwork } from './early-network.ts';
import { STATE_VERSION } from './handed-state.ts';
import { UpgradeLink } from './link.ts';
import { type Inheritance, unpackMemory } from './memory.ts';
import type { PredecessorMessage } from './messages.ts';
import { reapOrphans } from './orphans.ts';

type Briefing = Extract<PredecessorMessage, { kind: 'briefing' }>;

const BRIEFING_LIMIT_MS = 10_000;
/** The other one waits for a calm moment, and a hand-over between hosts may come first. */
const STATE_LIMIT_MS = 60_000;

export interface TakeOverParts {
  readonly clock: Clock;
  readonly log: LogSink;
  readonly network: EarlyNetwork;
}

export class Successor {
  readonly role: Baggage['role'];
  readonly link: UpgradeLink;
  /** Of the heir: what was asked for while nobody was there to do it. */
  readonly reload: Baggage['reload'];
  readonly control: Baggage['control'];
  readonly settlement: Baggage['settlement'];
  readonly #locks: readonly number[];
  /** Of the heir, should nobody be there to take over from. */
  readonly #memory: Inheritance | undefined;
  #briefing: Briefing | undefined;
  /** What the one that acts has. */
  #running: Model | undefined;

  private constructor({ role, link, locks, memory, reload, control, settlement }: Baggage) {
    this.role = role;
    this.settlement = settlement;
    this.reload = reload;
    this.control = control;
    this.#locks = locks;
    this.link = UpgradeLink.ofDescriptor(link);
    this.#memory = memory === undefined ? undefined : unpackMemory(memory);
    if (role === 'heir') reapOrphans();
  }

  /** Undefined at an ordinary start. */
  static ofThisProcess(): Successor | undefined {
    const baggage = unpackBaggage();
    return baggage === undefined ? undefined : new Successor(baggage);
  }

  /** Locked already; only who becomes the daemon under another process id writes to them. */
  pidFiles(paths: readonly string[]): readonly PidFile[] {
    return paths.flatMap((path, index) => {
      const fd = this.#locks[index];
      return fd === undefined ? [] : [adoptPidFile(path, fd)];
    });
  }

  /**
   * What the process is to be prepared for. The bridge reads it from disk and refuses what a reload
   * would refuse; the heir does what the bridge does. Without a model the process is to end.
   */
  async configuration(read: () => LoadedConfiguration): Promise<LoadedConfiguration> {
    this.link.send({ kind: 'hello', version: VERSION, states: [STATE_VERSION] });
    const briefing = await this.link.next(['briefing', 'stop'], { limitMs: BRIEFING_LIMIT_MS });
    if (typeof briefing === 'object') {
      if (briefing.kind === 'stop') return { model: undefined, diagnostics: [] };
      this.#briefing = briefing;
    }
    if (this.role === 'heir') {
      this.#running = decode(this.#briefing?.model) ?? this.#memory?.model;
      return { model: this.#running, diagnostics: [] };
    }
    const { model, diagnostics } = read();
    const errors = diagnostics.filter(
      ({ severity }) => severity === 'fatal' || severity === 'error',
    );
    if (model === undefined || errors.length > 0 || this.#briefing === undefined) {
      this.link.send({ kind: 'refused', reasons: errors.map(formatDiagnostic) });
      return { model: undefined, diagnostics };
    }
    const running = adaptModel(this.#briefing.model, model);
    if (running.ok) this.#running = running.value;
    else {
      const reason = `the configuration of holdfast v${this.#briefing.version}: ${running.reason}`;
      this.link.send({ kind: 'refused', reasons: [reason] });
      return { model: undefined, diagnostics };
    }
    return { model, diagnostics };
  }

  /** It will never be the daemon: what only the daemon uses goes. */
  discard(): void {
    if (this.control === undefined) return;
    closeSync(this.control.fd);
    rmSync(this.control.path, { force: true });
  }

  /**
   * Says that everything is prepared, and goes on where the one that acts has stopped. Undefined where
   * there is nothing to take over; the process is to end then.
   */
  async takeOver(
    { clock, log, network }: TakeOverParts,
    create: (model: Model) => VrrpProcess,
  ): Promise<VrrpProcess | undefined> {
    if (this.#running === undefined) return undefined;
    network.prepare(this.#briefing?.links ?? []);
    let vrrp = create(this.#running);
    this.link.send({ kind: 'ready' });
    const answer = await this.link.next(['state', 'stop'], { limitMs: STATE_LIMIT_MS });
    const isState = typeof answer === 'object' && answer.kind === 'state';
    // The end of the link is the end of who acted.
    const memory = answer === 'ended' ? this.#memory : undefined;
    const state = isState ? answer.state : memory?.state;
    if (state === undefined) {
      vrrp.retire();
      return undefined;
    }
    if (memory !== undefined && memory.model !== this.#running) {
      vrrp.retire();
      vrrp = create(memory.model);
    }
    vrrp.continueFrom(state);
    network.release({ since: state.frozenAt });
    this.link.send({ kind: 'serving' });
    const pauseMs = ((clock.now() - state.frozenAt) / 1000).toFixed(1);
    log.write({ level: 'info', text: `took over as ${this.role} after ${pauseMs} ms` });
    return vrrp;
  }
}

function decode(json: EncodedModel | undefined): Model | undefined {
  if (json === undefined) return undefined;
  const read = decodeModel(json);
  return read.ok ? read.value : undefined;
}

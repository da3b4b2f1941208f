import { readFileSync, statSync } from 'node:fs';
import type { Diagnostic } from '../base/diagnostics.ts';
import { createRng } from '../base/rng.ts';
import { readKeepalivedConfig } from '../config/keepalived/index.ts';
import type { KnownBlocks } from '../config/keepalived/known-blocks.ts';
import { createMemoryFiles } from '../config/keepalived/memory-files.ts';
import type { Model } from '../config/model/model.ts';
import type { LogSink } from '../ports/log.ts';
import { hasErrors } from './configuration.ts';
import { loadConfiguration } from './held-configuration.ts';
import type { AddressList } from './leftovers.ts';
import type { DaemonOptions } from './options.ts';
import { whileMarked, writeReport } from './reload-files.ts';
import { reportDiagnostics } from './report-diagnostics.ts';
import { lateWishes } from './settle.ts';
import type { VrrpProcess } from './vrrp-process.ts';

const LARGE_CHARACTERS = 32_768;
const REHEARSED_CHARACTERS = 12_288;
const REHEARSALS = 4;
/** To read, and then to apply, a file of a thousand instances of which most are known. */
const KNOWN_US = 40_000;
const REHEARSED_FILE = '/keepalived.conf';

export interface Reloadable {
  readonly log: LogSink;
  readonly vrrp: VrrpProcess;
  readonly list: AddressList;
  readonly keeper?: ReloadKeeper;
  readonly known: KnownBlocks;
}

export interface ReloadOutcome {
  readonly outcome: 'applied' | 'refused';
  readonly diagnostics: readonly Diagnostic[];
  /** What ran before, and what runs now; the same where it was refused. */
  readonly before: Model;
  readonly after: Model;
}

/** What is reloaded with the virtual routers, and before them. */
export type Companion = (model: Model, onLoaded: (outcome: 'serving' | 'refused') => void) => void;

type OnReloaded = (outcome: ReloadOutcome) => void;

/** Keeps copies of configurations, where that is wanted. */
export interface ReloadKeeper {
  before(next: Model, text: () => string): void;
  after(): void;
}

/**
 * Reads the configuration anew. With thousands of addresses that takes longer than an advert may be
 * late, so reading and applying are two parts, each begun right after adverts went out.
 */
export class Reloader {
  readonly #options: DaemonOptions;
  readonly #running: Reloadable;
  readonly #onReloaded: OnReloaded;
  readonly #companion: Companion | undefined;
  #phase: 'idle' | 'reloading' | 'asked again' = 'idle';
  /** Who asked for the reload that is under way, and for the one after it. */
  #askers: OnReloaded[] = [];
  #nextAskers: OnReloaded[] = [];

  /** `onReloaded` is told of every attempt, whoever asked for it. */
  constructor(
    options: DaemonOptions,
    running: Reloadable,
    onReloaded: OnReloaded = () => {},
    companion?: Companion,
  ) {
    this.#options = options;
    this.#running = running;
    this.#onReloaded = onReloaded;
    this.#companion = companion;
  }

  /** While a reload is under way, another one follows it: the file may have changed since. */
  request(onDone?: OnReloaded): void {
    if (this.#phase === 'idle') {
      this.#phase = 'reloading';
      if (onDone !== undefined) this.#askers.push(onDone);
      this.#prepare();
    } else {
      this.#phase = 'asked again';
      if (onDone !== undefined) this.#nextAskers.push(onDone);
    }
  }

  #prepare(): void {
    const { vrrp, known } = this.#running;
    const unknown = unknownOfLarge(this.#options.configFile, known);
    if (unknown === undefined || unknown.length >= LARGE_CHARACTERS) {
      this.#rehearse(unknown?.slice(0, REHEARSED_CHARACTERS), REHEARSALS);
    } else vrrp.whenCalm(() => this.#read(KNOWN_US), KNOWN_US);
  }

  /**
   * Reading a file is twice as fast for code that has read a little of it before. A rehearsal takes
   * some ten milliseconds; 4000 addresses then take 60 instead of 120.
   */
  #rehearse(text: string | undefined, rounds: number): void {
    this.#running.vrrp.whenCalm(() => {
      if (text === undefined || rounds === 0) {
        this.#read();
        return;
      }
      readKeepalivedConfig(REHEARSED_FILE, {
        files: createMemoryFiles({ [REHEARSED_FILE]: text }),
        environment: { get: () => undefined },
        rng: createRng(1),
        hostName: '',
      });
      this.#rehearse(text, rounds - 1);
    });
  }

  /** A file with errors changes nothing: what runs goes on. `applyUs`: what it takes to apply. */
  #read(applyUs?: number): void {
    const { log, vrrp, known } = this.#running;
    const file = this.#options.configFile;
    for (const path of [file, ...(this.#options.proxyFiles ?? [])])
      log.write({ level: 'notice', text: `Reloading, opening file '${path}'.` });
    const settings = vrrp.node.model.global.process ?? {};
    const { model, diagnostics, text } = whileMarked(settings, this.#options, log, () =>
      loadConfiguration(this.#options, known),
    );
    reportDiagnostics(diagnostics, log);
    writeReport(settings, diagnostics, log);
    if (model !== undefined && !hasErrors(diagnostics)) {
      for (const wish of lateWishes(this.#options, model.global.process)) {
        log.write({ level: 'warning', text: wish });
      }
      const apply = (): void => {
        const { keeper } = this.#running;
        if (text !== undefined) keeper?.before(model, text);
        this.#apply(model, diagnostics);
      };
      if (this.#companion === undefined) vrrp.whenCalm(apply, applyUs);
      else
        this.#companion(model, (outcome) => {
          if (outcome === 'serving') vrrp.whenCalm(apply, applyUs);
          else this.#refuse(diagnostics, 'the proxy cannot serve by its files');
        });
      return;
    }
    this.#refuse(diagnostics, 'of the errors above');
  }

  #refuse(diagnostics: readonly Diagnostic[], why: string): void {
    const { log, vrrp } = this.#running;
    vrrp.metrics.reloads.refused++;
    log.write({
      level: 'error',
      text: `reload refused because ${why}; the running configuration stays`,
    });
    const { model: running } = vrrp.node;
    this.#finish({ outcome: 'refused', diagnostics, before: running, after: running });
  }

  /** What has been read already; resolves when it is in force. */
  apply(model: Model): Promise<void> {
    return new Promise((resolve) => {
      this.#running.vrrp.whenCalm(() => {
        this.#apply(model, []);
        resolve();
      });
    });
  }

  #apply(model: Model, diagnostics: readonly Diagnostic[]): void {
    const { log, vrrp, list } = this.#running;
    const before = vrrp.node.model;
    list.extend(before.instances, model.instances);
    vrrp.reload(model);
    this.#running.keeper?.after();
    vrrp.metrics.reloads.applied++;
    log.write({ level: 'notice', text: 'Configuration reloaded' });
    this.#finish({ outcome: 'applied', diagnostics, before, after: vrrp.node.model });
  }

  #finish(outcome: ReloadOutcome): void {
    const again = this.#phase === 'asked again';
    const [askers, next] = [this.#askers, this.#nextAskers];
    this.#phase = 'idle';
    this.#askers = [];
    this.#nextAskers = [];
    this.#onReloaded(outcome);
    for (const tell of askers) tell(outcome);
    if (!again) return;
    this.request((later) => {
      for (const tell of next) tell(later);
    });
  }
}

/** What is new in a large file; undefined for others, whatever they include. */
function unknownOfLarge(path: string, known: KnownBlocks): string | undefined {
  try {
    if (statSync(path).size < LARGE_CHARACTERS) return undefined;
    return known.unknownPart(readFileSync(path, 'utf8'));
  } catch {
    // Reading it will tell what is wrong.
    return undefined;
  }
}

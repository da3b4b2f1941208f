import { closeSync, openSync, readSync, statSync } from 'node:fs';
import { type Diagnostic, formatDiagnostic } from '../base/diagnostics.ts';
import { createRng } from '../base/rng.ts';
import { readKeepalivedConfig } from '../config/keepalived/index.ts';
import { createMemoryFiles } from '../config/keepalived/memory-files.ts';
import type { Model } from '../config/model/model.ts';
import type { LogSink } from '../ports/log.ts';
import { loadConfiguration } from './configuration.ts';
import { type AddressList, configuredAddresses } from './leftovers.ts';
import type { DaemonOptions } from './options.ts';
import type { VrrpProcess } from './vrrp-process.ts';

const LARGE_BYTES = 32_768;
const REHEARSED_BYTES = 12_288;
const REHEARSALS = 4;
const REHEARSED_FILE = '/keepalived.conf';

export interface Reloadable {
  readonly log: LogSink;
  readonly vrrp: VrrpProcess;
  readonly list: AddressList;
}

/**
 * Reads the configuration anew. With thousands of addresses that takes longer than an advert may be
 * late, so reading and applying are two parts, each begun right after adverts went out.
 */
export class Reloader {
  readonly #options: DaemonOptions;
  readonly #running: Reloadable;
  #phase: 'idle' | 'reloading' | 'asked again' = 'idle';

  constructor(options: DaemonOptions, running: Reloadable) {
    this.#options = options;
    this.#running = running;
  }

  /** While a reload is under way, another one follows it: the file may have changed since. */
  request(): void {
    if (this.#phase === 'idle') {
      this.#phase = 'reloading';
      this.#rehearse(beginningOfLarge(this.#options.configFile), REHEARSALS);
    } else this.#phase = 'asked again';
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

  /** A file with errors changes nothing: what runs goes on. */
  #read(): void {
    const { log, vrrp } = this.#running;
    const file = this.#options.configFile;
    log.write({ level: 'notice', text: `Reloading, opening file '${file}'.` });
    const { model, diagnostics } = loadConfiguration(this.#options);
    reportDiagnostics(diagnostics, log);
    const refused = diagnostics.some(
      ({ severity }) => severity === 'fatal' || severity === 'error',
    );
    if (model !== undefined && !refused) {
      vrrp.whenCalm(() => this.#apply(model));
      return;
    }
    vrrp.metrics.reloads.refused++;
    log.write({
      level: 'error',
      text: 'reload refused because of the errors above; the running configuration stays',
    });
    this.#finish();
  }

  #apply(model: Model): void {
    const { log, vrrp, list } = this.#running;
    list.write([...configuredAddresses(vrrp.node.model), ...configuredAddresses(model)]);
    vrrp.reload(model);
    vrrp.metrics.reloads.applied++;
    log.write({ level: 'notice', text: 'Configuration reloaded' });
    this.#finish();
  }

  #finish(): void {
    const again = this.#phase === 'asked again';
    this.#phase = 'idle';
    if (again) this.request();
  }
}

/** The first lines of a file that takes long to read; undefined for others, whatever they are. */
function beginningOfLarge(path: string): string | undefined {
  try {
    if (statSync(path).size < LARGE_BYTES) return undefined;
    const fd = openSync(path, 'r');
    try {
      const bytes = Buffer.alloc(REHEARSED_BYTES);
      return bytes.toString('utf8', 0, readSync(fd, bytes));
    } finally {
      closeSync(fd);
    }
  } catch {
    // Reading it will tell what is wrong.
    return undefined;
  }
}

export function reportDiagnostics(diagnostics: readonly Diagnostic[], log: LogSink): void {
  for (const diagnostic of diagnostics) {
    const { severity } = diagnostic;
    const level =
      severity === 'fatal' || severity === 'error'
        ? 'error'
        : severity === 'info'
          ? 'info'
          : 'warning';
    log.write({ level, text: formatDiagnostic(diagnostic) });
  }
}

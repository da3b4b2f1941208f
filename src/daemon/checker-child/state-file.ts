/** What the next checker process is to know, beside the pid file: written soon after each change. */
import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import type { CarriedState } from '../../core/balance/director-types.ts';

/** Many changes at once are written once. */
const SOON_MS = 20;
/** Ten thousand checks that change all the time take a twentieth of a processor to write. */
const REST_FACTOR = 20;
/** Of the format. */
const VERSION = 1;

interface Written {
  readonly version: number;
  /** Of the kernel; after a reboot nothing of it is true. */
  readonly boot: string;
  readonly state: CarriedState;
}

export class StateFile {
  readonly #path: string;
  readonly #state: () => CarriedState;
  #timer: NodeJS.Timeout | undefined;
  #restMs = SOON_MS;

  constructor(path: string, state: () => CarriedState) {
    this.#path = path;
    this.#state = state;
  }

  /** What was left; undefined where it is of another boot, or not to be understood. */
  read(): CarriedState | undefined {
    try {
      const { version, boot, state } = JSON.parse(readFileSync(this.#path, 'utf8')) as Written;
      if (version !== VERSION || boot !== bootId()) return undefined;
      return Array.isArray(state.checks) && Array.isArray(state.orders) ? state : undefined;
    } catch {
      return undefined;
    }
  }

  changed(): void {
    this.#timer ??= setTimeout(() => this.#write(), this.#restMs);
  }

  /** Writes what is not written yet, or leaves nothing behind. */
  close(fate: 'keep' | 'remove'): void {
    if (this.#timer !== undefined && fate === 'keep') this.#write();
    clearTimeout(this.#timer);
    if (fate === 'remove') rmSync(this.#path, { force: true });
  }

  #write(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const startedMs = performance.now();
    const written: Written = { version: VERSION, boot: bootId(), state: this.#state() };
    const temporary = `${this.#path}.new`;
    try {
      writeFileSync(temporary, JSON.stringify(written), { mode: 0o600 });
      renameSync(temporary, this.#path);
    } catch {
      // Without it the next process learns from its checks.
    }
    this.#restMs = Math.max(SOON_MS, (performance.now() - startedMs) * REST_FACTOR);
  }
}

function bootId(): string {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'latin1').trim();
  } catch {
    return '';
  }
}

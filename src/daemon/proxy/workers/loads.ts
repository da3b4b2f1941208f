/** How many connections each of several processes has, in memory that all of them see (ADR 0010). */
import { isAhead, TAKES_NOBODY } from '../../../core/proxy/workers/ahead.ts';
import type { Place } from '../../../core/proxy/workers/place.ts';
import {
  createSharedWords,
  openSharedWords,
  type SharedWords,
} from '../../../linux/shared-memory.ts';
import { isSysError, type SysError } from '../../../ports/sys-error.ts';

export class Loads {
  readonly #shared: SharedWords;
  readonly #index: number;
  #hasLeft = false;

  private constructor(shared: SharedWords, index: number) {
    this.#shared = shared;
    this.#index = index;
  }

  /** By the process that leads; nobody else takes connections yet. */
  static create({ index, count }: Place): Loads | SysError {
    const shared = createSharedWords('holdfast-loads', count);
    if (isSysError(shared)) return shared;
    shared.words.fill(TAKES_NOBODY);
    return new Loads(shared, index);
  }

  static open(fd: number, { index, count }: Place): Loads | SysError {
    const shared = openSharedWords(fd, count);
    return isSysError(shared) ? shared : new Loads(shared, index);
  }

  get fd(): number {
    return this.#shared.fd;
  }

  set(connections: number): void {
    if (!this.#hasLeft) this.#shared.words[this.#index] = connections;
  }

  /** This process takes nobody any more. */
  leave(): void {
    this.#hasLeft = true;
    this.forget(this.#index);
  }

  /** One that is not there any more. */
  forget(index: number): void {
    this.#shared.words[index] = TAKES_NOBODY;
  }

  isAhead(): boolean {
    return isAhead(this.#shared.words, this.#index);
  }
}

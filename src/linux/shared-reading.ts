import { setTimeout as sleep } from 'node:timers/promises';

/** After a reading, this many times as long as it took. */
const REST_PART = 3;
const REST_MAX_MS = 3000;

/** What takes long to read and several want to know: read once for all who wait for it, and not all the time. */
export class SharedReading<T> {
  readonly #read: () => Promise<T>;
  readonly #sleep: (ms: number) => Promise<unknown>;
  #next: Promise<T> | undefined;
  #rested: Promise<unknown> = Promise.resolve();

  /** `read` does not reject. */
  constructor(read: () => Promise<T>, rest: (ms: number) => Promise<unknown> = sleep) {
    this.#read = read;
    this.#sleep = rest;
  }

  /** What is read after this call. */
  next(): Promise<T> {
    this.#next ??= this.#rested.then(() => this.#begin());
    return this.#next;
  }

  #begin(): Promise<T> {
    this.#next = undefined;
    const beganMs = performance.now();
    const reading = this.#read();
    this.#rested = reading.then(() => {
      const tookMs = performance.now() - beganMs;
      return this.#sleep(Math.min(REST_PART * tookMs, REST_MAX_MS));
    });
    return reading;
  }
}

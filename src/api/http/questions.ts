/**
 * Stands between all who ask over HTTP and the one who must not be kept busy: one question at a time,
 * with a pause behind each; who asks the same in the meantime shares the answer.
 */
import { AskError, type AskOptions } from '../channel.ts';
import type { ReadRequest, Results } from '../protocol.ts';

export interface Asks {
  ask<Op extends ReadRequest['op']>(
    request: Extract<ReadRequest, { op: Op }>,
    options: AskOptions,
  ): Promise<Results[Op]>;
}

/** Figures younger than this are as good as new ones. */
const FRESH_MS = 200;
/** At most a hundred questions a second. */
const PAUSE_MS = 10;
const QUEUE_MAX = 64;
const TIMEOUT_MS = 2000;

interface Waiting {
  readonly request: ReadRequest;
  readonly settle: (answer: unknown) => void;
  readonly fail: (error: unknown) => void;
}

interface Shared {
  readonly answer: Promise<unknown>;
  /** Undefined until it has come. */
  atMs: number | undefined;
}

export class Questions {
  readonly #asks: Asks;
  readonly #nowMs: () => number;
  readonly #shared = new Map<string, Shared>();
  #queue: Waiting[] = [];
  #phase: 'idle' | 'asking' = 'idle';
  #answeredMs: number | undefined;

  constructor(asks: Asks, nowMs: () => number = Date.now) {
    this.#asks = asks;
    this.#nowMs = nowMs;
  }

  /** When the VRRP process last answered. */
  get answeredMs(): number | undefined {
    return this.#answeredMs;
  }

  ask<Op extends ReadRequest['op']>(
    request: Extract<ReadRequest, { op: Op }>,
  ): Promise<Results[Op]> {
    this.#forgetOld();
    const key = JSON.stringify(request);
    const known = this.#shared.get(key);
    if (known !== undefined) return known.answer as Promise<Results[Op]>;
    if (this.#queue.length >= QUEUE_MAX) {
      return Promise.reject(new AskError('busy', 'too many questions wait already'));
    }
    const answer = new Promise<unknown>((settle, fail) => {
      this.#queue.push({ request, settle, fail });
    });
    const shared: Shared = { answer, atMs: undefined };
    this.#shared.set(key, shared);
    const ended = (): void => {
      shared.atMs = this.#nowMs();
      // Who asks for anything else wants to know what is true now.
      if (request.op !== 'metrics') this.#shared.delete(key);
    };
    answer.then(ended, ended);
    void this.#work();
    return answer as Promise<Results[Op]>;
  }

  #forgetOld(): void {
    const now = this.#nowMs();
    for (const [key, { atMs }] of this.#shared) {
      // The clock of the day may be set back.
      if (atMs !== undefined && Math.abs(now - atMs) > FRESH_MS) this.#shared.delete(key);
    }
  }

  async #work(): Promise<void> {
    if (this.#phase === 'asking') return;
    this.#phase = 'asking';
    for (;;) {
      const next = this.#queue.shift();
      if (next === undefined) break;
      await this.#put(next);
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
    }
    this.#phase = 'idle';
  }

  async #put({ request, settle, fail }: Waiting): Promise<void> {
    try {
      settle(await this.#asks.ask(request, { timeoutMs: TIMEOUT_MS }));
      this.#answeredMs = this.#nowMs();
    } catch (error) {
      fail(error);
      if (error instanceof AskError && error.code === 'no-answer') {
        // The others would each wait in vain as long.
        for (const other of this.#queue) other.fail(error);
        this.#queue = [];
      } else this.#answeredMs = this.#nowMs();
    }
  }
}

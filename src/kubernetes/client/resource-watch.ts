/**
 * A collection of the API server as it is now: all of it once, then followed. Whatever goes wrong the objects stay as
 * they were last known, and another try is made; nobody has to start it again.
 *
 * All of it comes by a watch that begins with it (watch-list, KEP-3157) where the server offers that, else page by
 * page.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { fieldsOf, textOf } from '../../base/json-fields.ts';
import type { ApiClient } from './api-client.ts';
import { ApiError } from './api-error.ts';
import { Backoff } from './backoff.ts';
import { ObjectStore, type Trim } from './object-store.ts';
import {
  endsInitialEvents,
  errorOf,
  readEvent,
  versionOf,
  type WatchEvent,
} from './watch-events.ts';

export interface WatchedResource<Value> {
  /** Of the collection. */
  readonly path: string;
  readonly fieldSelector?: string;
  readonly trim: Trim<Value>;
}

export interface WatchListener {
  /** Something is another than before; after the first list in any case. */
  changed(): void;
  /** Each kind of trouble once until it is over. */
  trouble(error: ApiError): void;
  /** It is over. */
  well(): void;
}

export interface WatchTuning {
  /** In [0, 1). */
  random?(): number;
  /** After so many seconds the server ends a watch by itself; `spread` more at most, not all at once. */
  readonly watchS?: { readonly least: number; readonly spread: number };
  /** A server that says nothing for so long before all objects were sent knows nothing of watch-list. */
  readonly initialSilenceMs?: number;
}

const PAGE = '500';
const WATCH_S = { least: 180, spread: 120 } as const;
const SILENCE_SLACK_MS = 15_000;
/** A watch that ended before this part of its time was ended by something else. */
const IN_TIME = 0.9;
/** How long an answer may take; twice as long after each that did not come: slow is not dead. */
const ANSWER_MS = { first: 15_000, longest: 60_000 } as const;
const INITIAL_SILENCE_MS = 10_000;
const GONE = 410;
const GONE_AT_ONCE_MS = 1000;
/** What servers answer that do not offer watch-list, or know it but have it switched off. */
const NOT_OFFERED: readonly number[] = [400, 422];

interface WatchQuery {
  readonly [parameter: string]: string;
}

export class ResourceWatch<Value> {
  readonly #client: ApiClient;
  readonly #resource: WatchedResource<Value>;
  readonly #listener: WatchListener;
  readonly #random: () => number;
  readonly #watchS: NonNullable<WatchTuning['watchS']>;
  readonly #initialSilenceMs: number;
  readonly #backoff: Backoff;
  readonly #abort = new AbortController();
  readonly #store: ObjectStore<Value>;
  /** What the next watch begins after; undefined: all of it is needed. */
  #version: string | undefined;
  #beginsBy: 'watch-list' | 'list' = 'watch-list';
  #answerMs: number = ANSWER_MS.first;
  #troubled: string | undefined;
  /** The version was too old, and no watch has gone well since. */
  #isGoneAgain = false;
  /** When all of it was read last. */
  #readAtMs = 0;

  constructor(
    client: ApiClient,
    resource: WatchedResource<Value>,
    listener: WatchListener,
    tuning: WatchTuning = {},
  ) {
    this.#client = client;
    this.#resource = resource;
    this.#listener = listener;
    const { random = Math.random } = tuning;
    this.#random = random;
    this.#watchS = tuning.watchS ?? WATCH_S;
    this.#initialSilenceMs = tuning.initialSilenceMs ?? INITIAL_SILENCE_MS;
    this.#backoff = new Backoff(random);
    this.#store = new ObjectStore(resource.trim);
  }

  /** By NAMESPACE/NAME, as they were last known. */
  get objects(): ReadonlyMap<string, Value> {
    return this.#store.objects;
  }

  get state(): 'unlisted' | 'listed' {
    return this.#store.state;
  }

  /** Follows it until it is stopped; never rejects. */
  async run(): Promise<void> {
    const { signal } = this.#abort;
    while (!signal.aborted) {
      const error = await this.#round().then(
        () => undefined,
        (reason: unknown) => reason,
      );
      if (signal.aborted) return;
      if (error === undefined) continue;
      if (!(error instanceof ApiError)) throw error;
      const waitMs = this.#judge(error);
      if (waitMs > 0) await sleep(waitMs, undefined, { signal }).catch(() => {});
    }
  }

  stop(): void {
    this.#abort.abort();
  }

  /** All of it where that is needed, and one watch. */
  async #round(): Promise<void> {
    if (this.#version === undefined && this.#beginsBy === 'watch-list') {
      if ((await this.#watchList()) === 'done') return;
      this.#beginsBy = 'list';
    }
    this.#version ??= await this.#list();
    await this.#watch({ resourceVersion: this.#version }, (event) => this.#onEvent(event));
  }

  /** How long to wait. What a watch missed while it could not connect only a list tells. */
  #judge(error: ApiError): number {
    this.#version = undefined;
    if (error.trouble === 'timeout') {
      this.#answerMs = Math.min(ANSWER_MS.longest, this.#answerMs * 2);
    }
    if (performance.now() - this.#readAtMs > GONE_AT_ONCE_MS) this.#isGoneAgain = false;
    // A version that is too old is nothing wrong, unless the newest is, too.
    if (error.status === GONE && this.state === 'listed' && !this.#isGoneAgain) {
      this.#isGoneAgain = true;
      return 1;
    }
    const kind = `${error.trouble} ${error.status}`;
    if (this.#troubled !== kind) {
      this.#troubled = kind;
      this.#listener.trouble(error);
    }
    return this.#backoff.nextMs(error.retryAfterMs);
  }

  /** Page by page, so that a large cluster is never in memory whole. */
  async #list(): Promise<string> {
    const found = this.#store.draft();
    let more = '';
    let version = '';
    do {
      const query = { ...this.#selectors(), limit: PAGE, ...(more !== '' && { continue: more }) };
      const { path } = this.#resource;
      const page = fieldsOf(await this.#client.ask({ path, query }, this.#answerMs));
      const metadata = fieldsOf(page.metadata);
      if (!Array.isArray(page.items)) {
        throw new ApiError('garbage', `${path}: the answer is no list`);
      }
      for (const item of page.items) found.put(fieldsOf(item));
      version = textOf(metadata.resourceVersion);
      more = textOf(metadata.continue);
    } while (more !== '' && !this.#abort.signal.aborted);
    this.#take(found);
    return version;
  }

  /** All objects as events, a bookmark that says so, and then what becomes of them: one request. */
  async #watchList(): Promise<'done' | 'not offered'> {
    const found = this.#store.draft();
    const silence = new AbortController();
    let timer: NodeJS.Timeout | undefined;
    let isWhole = false;
    const onEvent = (event: WatchEvent): void => {
      if (isWhole) {
        this.#onEvent(event);
        return;
      }
      timer?.refresh();
      if (event.type === 'ERROR') throw errorOf(this.#resource.path, event.object);
      if (event.type === 'DELETED') found.remove(event.object);
      else if (event.type !== 'BOOKMARK') found.put(event.object);
      if (!endsInitialEvents(event)) return;
      isWhole = true;
      clearTimeout(timer);
      this.#version = versionOf(event.object);
      this.#take(found);
    };
    const begun = (): void => {
      timer = setTimeout(() => silence.abort(), this.#initialSilenceMs);
    };
    const query = { sendInitialEvents: 'true', resourceVersionMatch: 'NotOlderThan' };
    try {
      await this.#watch(query, onEvent, { begun, signal: silence.signal });
    } catch (error) {
      const isRefused = error instanceof ApiError && NOT_OFFERED.includes(error.status);
      if (!isWhole && (isRefused || silence.signal.aborted)) return 'not offered';
      throw error;
    } finally {
      clearTimeout(timer);
    }
    if (isWhole) return 'done';
    throw new ApiError('unreachable', `${this.#resource.path}: it ended before all was sent`);
  }

  /** One watch, until the server ends it. */
  async #watch(
    from: WatchQuery,
    onEvent: (event: WatchEvent) => void,
    initial?: { begun(): void; readonly signal: AbortSignal },
  ): Promise<void> {
    const seconds = Math.round(this.#watchS.least + this.#random() * this.#watchS.spread);
    const query = {
      ...this.#selectors(),
      watch: '1',
      allowWatchBookmarks: 'true',
      timeoutSeconds: String(seconds),
      ...from,
    };
    const startedMs = performance.now();
    const { signal } = this.#abort;
    await this.#client.stream(
      { path: this.#resource.path, query },
      {
        onValue: (value) => onEvent(readEvent(value)),
        silenceMs: seconds * 1000 + SILENCE_SLACK_MS,
        answerMs: this.#answerMs,
        signal: initial === undefined ? signal : AbortSignal.any([signal, initial.signal]),
        ...(initial !== undefined && { begun: initial.begun }),
      },
    );
    const tookMs = performance.now() - startedMs;
    // A server that goes down ends its watches. The next one may know less, and would never say so.
    if (tookMs < seconds * 1000 * IN_TIME) this.#version = undefined;
    // Whoever ends it at once, again and again, is not asked again and again at once.
    if (tookMs < 1000) await sleep(this.#backoff.nextMs(), undefined, { signal }).catch(() => {});
    else {
      this.#backoff.reset();
      this.#isGoneAgain = false;
    }
  }

  #onEvent({ type, object }: WatchEvent): void {
    if (type === 'ERROR') throw errorOf(this.#resource.path, object);
    const version = versionOf(object);
    if (version !== '') this.#version = version;
    this.#isGoneAgain = false;
    this.#recover();
    if (type === 'BOOKMARK') return;
    const isChange = type === 'DELETED' ? this.#store.remove(object) : this.#store.put(object);
    if (isChange) this.#listener.changed();
  }

  #take(whole: ObjectStore<Value>): void {
    const isNew = this.#store.become(whole);
    this.#readAtMs = performance.now();
    // Where versions are too old again and again, a list alone is no recovery.
    if (!this.#isGoneAgain) this.#recover();
    if (isNew) this.#listener.changed();
  }

  #recover(): void {
    if (this.#troubled === undefined) return;
    this.#troubled = undefined;
    this.#backoff.reset();
    this.#listener.well();
  }

  #selectors(): Record<string, string> {
    const { fieldSelector } = this.#resource;
    return fieldSelector === undefined ? {} : { fieldSelector };
  }
}

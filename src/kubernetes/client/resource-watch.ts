/**
 * A collection of the API server as it is now: listed once, then followed. Whatever goes wrong the objects stay as
 * they were last known, and another try is made; nobody has to start it again.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { type Fields, fieldsOf, textOf } from '../../base/json-fields.ts';
import type { ApiClient } from './api-client.ts';
import { ApiError } from './api-error.ts';
import { Backoff } from './backoff.ts';

export interface WatchedResource<Value> {
  /** Of the collection. */
  readonly path: string;
  readonly fieldSelector?: string;
  /** What is kept of an object; undefined: nothing. */
  trim(raw: unknown): Value | undefined;
}

export interface WatchListener {
  /** Something is another than before; after the first list in any case. */
  changed(): void;
  /** Each kind of trouble once until it is over. */
  trouble(error: ApiError): void;
  /** It is over. */
  well(): void;
}

const PAGE = '500';
/** After so long the server ends a watch by itself: some minutes, not all at once. */
const WATCH_S = { least: 180, spread: 120 } as const;
const SILENCE_SLACK_MS = 15_000;
const GONE = 410;

interface WatchEvent {
  readonly type: string;
  readonly object: Fields;
}

export class ResourceWatch<Value> {
  readonly #client: ApiClient;
  readonly #resource: WatchedResource<Value>;
  readonly #listener: WatchListener;
  readonly #random: () => number;
  readonly #backoff: Backoff;
  readonly #abort = new AbortController();
  #objects = new Map<string, Value>();
  /** What the next watch begins after; undefined: it has to be listed. */
  #version: string | undefined;
  #state: 'unlisted' | 'listed' = 'unlisted';
  #troubled: string | undefined;

  constructor(
    client: ApiClient,
    resource: WatchedResource<Value>,
    listener: WatchListener,
    random: () => number = Math.random,
  ) {
    this.#client = client;
    this.#resource = resource;
    this.#listener = listener;
    this.#random = random;
    this.#backoff = new Backoff(random);
  }

  /** By NAMESPACE/NAME, as they were last known. */
  get objects(): ReadonlyMap<string, Value> {
    return this.#objects;
  }

  get state(): 'unlisted' | 'listed' {
    return this.#state;
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

  /** One list where it needs one, and one watch. */
  async #round(): Promise<void> {
    this.#version ??= await this.#list();
    await this.#follow(this.#version);
  }

  /** How long to wait. What a watch missed while it could not connect only a list tells. */
  #judge(error: ApiError): number {
    this.#version = undefined;
    // A version that is too old is nothing wrong.
    if (error.status === GONE) return this.#state === 'listed' ? 1 : this.#backoff.nextMs();
    const kind = `${error.trouble} ${error.status}`;
    if (this.#troubled !== kind) {
      this.#troubled = kind;
      this.#listener.trouble(error);
    }
    return this.#backoff.nextMs(error.retryAfterMs);
  }

  /** Page by page, so that a large cluster is never in memory whole. */
  async #list(): Promise<string> {
    const found = new Map<string, Value>();
    let more = '';
    let version = '';
    do {
      const query = { ...this.#selectors(), limit: PAGE, ...(more !== '' && { continue: more }) };
      const page = fieldsOf(await this.#client.ask({ path: this.#resource.path, query }));
      const metadata = fieldsOf(page.metadata);
      if (!Array.isArray(page.items)) {
        throw new ApiError('garbage', `${this.#resource.path}: the answer is no list`);
      }
      for (const item of page.items) this.#keep(found, fieldsOf(item));
      version = textOf(metadata.resourceVersion);
      more = textOf(metadata.continue);
    } while (more !== '' && !this.#abort.signal.aborted);
    const isNew = this.#state === 'unlisted' || !isSame(this.#objects, found);
    this.#objects = found;
    this.#state = 'listed';
    this.#recover();
    if (isNew) this.#listener.changed();
    return version;
  }

  async #follow(version: string): Promise<void> {
    const seconds = Math.round(WATCH_S.least + this.#random() * WATCH_S.spread);
    const query = {
      ...this.#selectors(),
      watch: '1',
      allowWatchBookmarks: 'true',
      resourceVersion: version,
      timeoutSeconds: String(seconds),
    };
    const startedMs = performance.now();
    await this.#client.stream(
      { path: this.#resource.path, query },
      {
        onValue: (value) => this.#onEvent(readEvent(value)),
        silenceMs: seconds * 1000 + SILENCE_SLACK_MS,
        signal: this.#abort.signal,
      },
    );
    // Whoever ends it at once, again and again, is not asked again and again at once.
    if (performance.now() - startedMs < 1000) await sleep(this.#backoff.nextMs());
    else this.#backoff.reset();
  }

  #onEvent({ type, object }: WatchEvent): void {
    if (type === 'ERROR') {
      const status = typeof object.code === 'number' ? object.code : 0;
      const message = `${this.#resource.path}: ${textOf(object.message) || 'an error'}`;
      throw new ApiError('refused', message, { status });
    }
    const version = textOf(fieldsOf(object.metadata).resourceVersion);
    if (version !== '') this.#version = version;
    this.#recover();
    if (type === 'BOOKMARK') return;
    if (type === 'DELETED') {
      if (this.#objects.delete(keyOf(object))) this.#listener.changed();
      return;
    }
    const before = this.#objects.get(keyOf(object));
    this.#keep(this.#objects, object);
    if (!isEqual(before, this.#objects.get(keyOf(object)))) this.#listener.changed();
  }

  #keep(objects: Map<string, Value>, raw: Fields): void {
    const value = this.#resource.trim(raw);
    if (value === undefined) objects.delete(keyOf(raw));
    else objects.set(keyOf(raw), value);
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

function readEvent(value: unknown): WatchEvent {
  const { type, object } = fieldsOf(value);
  return { type: textOf(type), object: fieldsOf(object) };
}

function keyOf(object: Fields): string {
  const { namespace, name } = fieldsOf(object.metadata);
  return `${textOf(namespace)}/${textOf(name)}`;
}

function isSame<Value>(a: ReadonlyMap<string, Value>, b: ReadonlyMap<string, Value>): boolean {
  if (a.size !== b.size) return false;
  for (const [key, value] of a) if (!b.has(key) || !isEqual(value, b.get(key))) return false;
  return true;
}

/** They are plain data, made by one function. */
function isEqual(a: unknown, b: unknown): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

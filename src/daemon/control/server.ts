/**
 * Answers the control socket inside of the real-time process. Whatever comes in, it costs no more than
 * its purse holds; then nothing is read until there is something in it again, and whoever sends waits.
 * No request is begun when the engine wants to be called before it would be done. Nothing of it waits
 * for a client, and what a client can make us keep is bounded.
 */
import { type Request, type RequestId, SCHEMA } from '../../api/protocol.ts';
import type { Micros } from '../../base/time.ts';
import type { Clock } from '../../ports/clock.ts';
import type { LocalConnection, LocalListener, LocalPeer } from '../../ports/local-socket.ts';
import type { EventHistory } from '../events/history.ts';
import { Connection } from './connection.ts';
import { NamedTimers } from './named-timers.ts';
import { type Outcome, renderAnswer } from './outcome.ts';
import { type ControlPurses, Purse, REAL_TIME_PURSES } from './purse.ts';
import { isChange, readRequest } from './read-request.ts';

const CONNECTIONS_MAX = 16;
/** The rest is kept for those who may change something. */
const READERS_MAX = 12;
/** Some 33 connections are accepted a second. */
const ACCEPT_PURSE = { perSecondUs: 10_000, mostUs: 10_000 };
/** What is paid at least, whatever the clock says: the kernel has its part, and so has the collector. */
const ACCEPT_COST_US = 300;
const READ_COST_US = 40;
const REQUEST_COST_US = 200;
/** After an empty purse nothing is tried for at least so long: to begin to watch has its price, too. */
const REST_MS = 100;
const RETRY_WRITE_MS = 10;
/** What was recorded is told to followers together. */
const NEWS_MS = 20;
/** A request is not begun where the engine is due within what such a one usually takes. */
const EXPECTED_COST_US = 500;
const POSTPONED_MAX = 20;
const MISTAKES_MAX = 8;
const SWEEP_MS = 1000;
const INCOMPLETE_LIMIT_US = 5e6;
const STUCK_LIMIT_US = 10e6;
const IDLE_LIMIT_US = 300e6;

/** A function puts together what takes time; it is not called for a client that has gone. */
export type Reply = (outcome: Outcome | (() => Outcome)) => void;

export interface ControlServerParts {
  /** Those of the real-time process where absent. */
  readonly purses?: ControlPurses;
  /** Of those who may change something. */
  readonly requestBytesMax?: number;
  readonly clock: Clock;
  readonly history: EventHistory;
  mayChange(peer: LocalPeer): boolean;
  /** When the engine wants to be called next; Infinity where it does not. */
  untilDueUs(): number;
  /** Answers now or later, exactly once. `peer` may do what it asks for. */
  handle(request: Request, reply: Reply, peer: LocalPeer): void;
  /** Counted up. */
  readonly figures: ControlFigures;
}

export interface ControlFigures {
  connections: number;
  requests: number;
  /** By error code; `dropped`: connections that were cut. */
  readonly refused: Record<string, number>;
}

export class ControlServer {
  readonly #parts: ControlServerParts;
  readonly #listener: LocalListener;
  readonly #connections = new Set<Connection>();
  readonly #changers: Purse;
  readonly #readers: Purse;
  readonly #accepts = new Purse(ACCEPT_PURSE);
  /** Requests that are read, in the order in which they are answered. */
  readonly #queue: { readonly connection: Connection; readonly line: string }[] = [];
  #turn: 'none' | 'scheduled' = 'none';
  #postponed = 0;
  readonly #timers = new NamedTimers();
  readonly #expectedUs = new Map<string, number>();
  readonly #forgetHistory: () => void;
  #phase: 'open' | 'closed' = 'open';

  constructor(listener: LocalListener, parts: ControlServerParts) {
    this.#listener = listener;
    this.#parts = parts;
    const { changers, readers } = parts.purses ?? REAL_TIME_PURSES;
    this.#changers = new Purse(changers);
    this.#readers = new Purse(readers);
    this.#forgetHistory = parts.history.listen(() => this.#onNews());
    this.#listen();
  }

  close(): void {
    if (this.#phase === 'closed') return;
    this.#phase = 'closed';
    this.#forgetHistory();
    this.#timers.close();
    for (const connection of this.#connections) connection.close();
    this.#connections.clear();
    this.#listener.close();
  }

  #listen(): void {
    this.#listener.watch(() => this.#accept());
  }

  /** One a turn of the loop. */
  #accept(): void {
    const { clock } = this.#parts;
    const began = clock.now();
    const waitUs = this.#accepts.waitUs(began);
    if (waitUs > 0) {
      this.#listener.unwatch();
      this.#after('accept', waitUs, () => this.#listen());
      return;
    }
    const socket = this.#listener.accept();
    if (socket !== 'none') this.#admit(socket, began);
    this.#accepts.charge(Math.max(ACCEPT_COST_US, clock.now() - began));
  }

  #admit(socket: LocalConnection, at: Micros): void {
    const rights = this.#parts.mayChange(socket.peer) ? 'change' : 'read';
    const purse = rights === 'change' ? this.#changers : this.#readers;
    const requestBytesMax = rights === 'change' ? this.#parts.requestBytesMax : undefined;
    const connection = new Connection(socket, { rights, purse, at, requestBytesMax });
    this.#parts.figures.connections++;
    const readers = [...this.#connections].filter((one) => one.rights === 'read').length;
    const full =
      this.#connections.size >= CONNECTIONS_MAX || (rights === 'read' && readers >= READERS_MAX);
    if (full) {
      this.#count('busy');
      const message = `there are ${this.#connections.size} connections already`;
      connection.write(renderAnswer(undefined, { ok: false, error: { code: 'busy', message } }));
      connection.close();
      return;
    }
    this.#connections.add(connection);
    this.#timers.after('sweep', SWEEP_MS, () => this.#sweep());
    this.#watch(connection);
  }

  #drop(connection: Connection): void {
    connection.close();
    this.#connections.delete(connection);
  }

  #cut(connection: Connection): void {
    this.#count('dropped');
    this.#drop(connection);
  }

  /** Those who wait for nothing, send nothing whole, or do not read. */
  #sweep(): void {
    const now = this.#parts.clock.now();
    for (const connection of this.#connections) {
      const { phase, activeAt, begunAt, hasOutput } = connection;
      const idleUs = now - activeAt;
      const isSlow = begunAt !== undefined && now - begunAt > INCOMPLETE_LIMIT_US;
      const isStuck = hasOutput && idleUs > STUCK_LIMIT_US;
      const isIdle = phase === 'reading' && idleUs > IDLE_LIMIT_US;
      if ((isSlow && phase === 'reading') || isStuck || isIdle) this.#cut(connection);
    }
    if (this.#connections.size > 0) this.#timers.after('sweep', SWEEP_MS, () => this.#sweep());
  }

  // --- reading ---

  #watch(connection: Connection): void {
    connection.socket.watch(() => this.#read(connection));
  }

  #read(connection: Connection): void {
    const { clock } = this.#parts;
    const began = clock.now();
    const { purse } = connection;
    const waitUs = purse.waitUs(began);
    if (waitUs > 0) {
      this.#rest(purse, waitUs);
      return;
    }
    const found = connection.read();
    if (found === 'end') this.#drop(connection);
    else if (found === 'some') this.#take(connection, began);
    purse.charge(Math.max(READ_COST_US, clock.now() - began));
  }

  /** Nobody who pays from this purse is read from until there is something in it. */
  #rest(purse: Purse, waitUs: number): void {
    const isConcerned = (one: Connection): boolean =>
      one.purse === purse && (one.phase === 'reading' || one.phase === 'following');
    for (const one of this.#connections) if (isConcerned(one)) one.socket.unwatch();
    this.#after(purse === this.#changers ? 'changers' : 'readers', waitUs, () => {
      for (const one of this.#connections) if (isConcerned(one)) this.#watch(one);
    });
  }

  #take(connection: Connection, now: Micros): void {
    if (connection.following !== undefined) {
      // It was told that it may say nothing more.
      this.#cut(connection);
      return;
    }
    const line = connection.takeLine();
    if (line === 'incomplete') {
      connection.begunAt ??= connection.hasInput ? now : undefined;
      return;
    }
    connection.begunAt = undefined;
    connection.activeAt = now;
    connection.socket.unwatch();
    connection.phase = 'waiting';
    if (line === 'too long') {
      connection.afterAnswer = 'close';
      const message = `a request has at most ${connection.requestBytesMax} bytes, its newline included`;
      this.#answer(connection, undefined, { ok: false, error: { code: 'malformed', message } });
      return;
    }
    this.#queue.push({ connection, line });
    this.#schedule();
  }

  // --- answering ---

  #schedule(): void {
    if (this.#turn === 'scheduled' || this.#queue.length === 0) return;
    this.#turn = 'scheduled';
    setImmediate(() => {
      this.#turn = 'none';
      if (this.#phase === 'open') this.#handleNext();
    });
  }

  /** One request a turn of the loop, and only where it does not hold up what is due. */
  #handleNext(): void {
    const { clock } = this.#parts;
    const began = clock.now();
    const index = this.#queue.findIndex(({ connection }) => connection.purse.waitUs(began) === 0);
    const next = this.#queue[index];
    if (next === undefined) {
      const waits = this.#queue.map(({ connection }) => connection.purse.waitUs(began));
      if (waits.length > 0) this.#after('turn', Math.min(...waits), () => this.#schedule());
      return;
    }
    const read = readRequest(next.line);
    const expectedUs = read.ok ? (this.#expectedUs.get(read.request.op) ?? EXPECTED_COST_US) : 0;
    const dueUs = this.#parts.untilDueUs();
    if (dueUs < expectedUs && this.#postponed < POSTPONED_MAX) {
      this.#postponed++;
      this.#timers.after('due', Math.max(0, dueUs) / 1000 + 1, () => this.#schedule());
      return;
    }
    this.#postponed = 0;
    this.#queue.splice(index, 1);
    if (next.connection.phase === 'waiting') this.#handle(next.connection, read);
    const costUs = clock.now() - began;
    next.connection.purse.charge(Math.max(REQUEST_COST_US, costUs));
    if (read.ok) this.#learn(read.request.op, costUs);
    this.#schedule();
  }

  #learn(op: string, costUs: number): void {
    const before = this.#expectedUs.get(op) ?? EXPECTED_COST_US;
    this.#expectedUs.set(op, Math.max(EXPECTED_COST_US, costUs, before * 0.9));
  }

  #handle(connection: Connection, read: ReturnType<typeof readRequest>): void {
    connection.phase = 'answering';
    this.#parts.figures.requests++;
    if (!read.ok) {
      // What cannot be read tells nothing about where the next request begins.
      const { error, id } = read;
      const isHopeless = error.code === 'malformed' || ++connection.mistakes >= MISTAKES_MAX;
      if (isHopeless) connection.afterAnswer = 'close';
      this.#answer(connection, id, { ok: false, error });
      return;
    }
    const { request } = read;
    connection.mistakes = 0;
    if (request.op === 'events') {
      const { id, instance, limit = 100, since = 0 } = request;
      const following = { id, instance, limit, since };
      if (request.follow === true) connection.following = following;
      this.#sendPage(connection, following, 'also when empty');
      return;
    }
    if (isChange(request) && connection.rights !== 'change') {
      const message = `only root and the socket's group may ask for '${request.op}'`;
      this.#answer(connection, request.id, { ok: false, error: { code: 'forbidden', message } });
      return;
    }
    let when: 'now' | 'later' = 'now';
    const reply: Reply = (outcome) => {
      if (connection.phase !== 'answering') return;
      const { clock } = this.#parts;
      const began = clock.now();
      const known = typeof outcome === 'function' ? outcome() : outcome;
      this.#answer(connection, request.id, known);
      if (when === 'later') connection.purse.charge(clock.now() - began);
    };
    this.#parts.handle(request, reply, connection.socket.peer);
    when = 'later';
  }

  #answer(connection: Connection, id: RequestId | undefined, outcome: Outcome): void {
    if (!outcome.ok) this.#count(outcome.error.code);
    this.#send(connection, renderAnswer(id, outcome));
  }

  #sendPage(
    connection: Connection,
    following: NonNullable<Connection['following']>,
    empty: 'also when empty' | 'not when empty',
  ): void {
    const { id, instance, limit, since } = following;
    const page = this.#parts.history.page({
      since,
      limit,
      ...(instance !== undefined && { instance }),
    });
    following.since = page.last;
    if (page.events.length === 0 && page.lost === 0 && empty === 'not when empty') return;
    // The events are there as text already.
    const { last, more, lost } = page;
    const rest = JSON.stringify({ last, more, lost }).slice(1);
    const result = `{"events":[${page.events.map(({ json }) => json).join(',')}],${rest}`;
    const head = JSON.stringify({ schema: SCHEMA, ...(id !== undefined && { id }), ok: true });
    this.#send(connection, `${head.slice(0, -1)},"result":${result}}`);
  }

  #send(connection: Connection, line: string): void {
    connection.phase = 'answering';
    connection.activeAt = this.#parts.clock.now();
    this.#afterWriting(connection, connection.write(line));
  }

  #afterWriting(connection: Connection, outcome: 'all' | 'rest' | 'end'): void {
    if (outcome === 'rest') {
      this.#timers.after('write', RETRY_WRITE_MS, () => this.#writeOn());
      return;
    }
    if (outcome === 'end' || connection.afterAnswer === 'close') {
      this.#drop(connection);
      return;
    }
    const { following } = connection;
    if (following !== undefined) {
      connection.phase = 'following';
      this.#watch(connection);
      if (following.since < this.#parts.history.last) this.#onNews();
      return;
    }
    connection.phase = 'reading';
    if (connection.hasInput) this.#take(connection, this.#parts.clock.now());
    if (connection.phase === 'reading') this.#watch(connection);
  }

  #writeOn(): void {
    for (const connection of this.#connections) {
      if (connection.hasOutput) this.#afterWriting(connection, connection.flush());
    }
  }

  // --- followers ---

  #onNews(): void {
    if (this.#connections.size === 0) return;
    this.#timers.after('news', NEWS_MS, () => this.#tellFollowers());
  }

  #tellFollowers(): void {
    const { clock, history } = this.#parts;
    for (const connection of this.#connections) {
      const { following, purse } = connection;
      if (connection.phase !== 'following' || following === undefined) continue;
      if (following.since >= history.last) continue;
      const began = clock.now();
      const waitUs = purse.waitUs(began);
      if (waitUs > 0) {
        this.#after('news', waitUs, () => this.#tellFollowers());
        continue;
      }
      this.#sendPage(connection, following, 'not when empty');
      purse.charge(Math.max(REQUEST_COST_US, clock.now() - began));
    }
  }

  // --- the rest ---

  #after(name: string, waitUs: number, act: () => void): void {
    this.#timers.after(name, Math.max(REST_MS, Math.ceil(waitUs / 1000)), act);
  }

  #count(code: string): void {
    const { refused } = this.#parts.figures;
    refused[code] = (refused[code] ?? 0) + 1;
  }
}

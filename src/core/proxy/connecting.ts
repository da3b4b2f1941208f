/** From "a server is wanted" to a connection, or to the reason why there is none. */
import { addMicros, earliest, MICROS_PER_SECOND, type Micros, micros } from '../../base/time.ts';
import type { Applicant, Dispatcher } from './dispatcher.ts';
import type { LiveServer } from './live.ts';

/** Whether a connection could not be made at all, or not in time. */
export type ConnectFailure = 'refused' | 'timeout' | 'resource';

export type Fruitless = 'no-server' | 'queue-full' | 'queue-timeout' | ConnectFailure;

export interface ConnectingHands {
  /** Begins a connection; `connected` or `failed` follows, never before this returns. */
  connect(server: LiveServer): void;
  /** The one that was begun is not wanted any more. */
  abandon(): void;
  /** The slot is the session's, which gives it back to the dispatcher. */
  onConnected(server: LiveServer): void;
  /** `server`: the last that was tried. */
  onFruitless(reason: Fruitless, server: LiveServer | undefined): void;
  /** A try failed; what others learn from that. */
  onTryFailed(server: LiveServer, failure: ConnectFailure): void;
}

export interface ConnectingTimes {
  readonly startedAt: Micros;
  /** When the last slot was granted, and when the connection was there. */
  grantedAt?: Micros;
  connectedAt?: Micros;
}

type Phase =
  | { readonly kind: 'idle' | 'over'; readonly until?: undefined }
  | { readonly kind: 'queued'; readonly until: Micros | undefined }
  | { readonly kind: 'connecting'; readonly server: LiveServer; readonly until: Micros | undefined }
  | { readonly kind: 'pausing'; readonly server: LiveServer; readonly until: Micros };

/** Before the same server is tried again. */
const PAUSE_MAX = micros(MICROS_PER_SECOND);

/** One session's search for a server. */
export class Connecting {
  readonly times: ConnectingTimes;
  readonly #dispatcher: Dispatcher;
  readonly #hands: ConnectingHands;
  readonly #applicant: Applicant & { bound?: LiveServer };
  #phase: Phase = { kind: 'idle' };
  /** The server that failed, until there is a place at another one. */
  #leaving: LiveServer | undefined;
  /** Where it stood when it began to wait, from 1; 0: it did not wait there. */
  place = { server: 0, backend: 0 };
  retries = 0;
  redispatched = false;

  constructor(
    dispatcher: Dispatcher,
    hands: ConnectingHands,
    now: Micros,
    wanted: { readonly hash?: number; readonly bound?: LiveServer } = {},
  ) {
    this.#dispatcher = dispatcher;
    this.#hands = hands;
    this.times = { startedAt: now };
    this.#applicant = { ...wanted, granted: (at, server) => this.#connect(at, server) };
  }

  get isOver(): boolean {
    return this.#phase.kind === 'over';
  }

  /** What it waits for now. */
  get waitsFor(): 'queue' | 'connection' {
    return this.#phase.kind === 'queued' ? 'queue' : 'connection';
  }

  start(now: Micros): void {
    this.#apply(now);
  }

  connected(now: Micros): void {
    if (this.#phase.kind !== 'connecting') return;
    const { server } = this.#phase;
    this.#phase = { kind: 'over' };
    this.times.connectedAt = now;
    this.#hands.onConnected(server);
  }

  failed(now: Micros, failure: ConnectFailure): void {
    if (this.#phase.kind !== 'connecting') return;
    const { server } = this.#phase;
    this.#hands.onTryFailed(server, failure);
    // Whoever learns of it may end the session.
    if ((this.#phase as Phase).kind === 'over') return;
    this.#phase = { kind: 'idle' };
    this.#dispatcher.release(now, server);
    if (this.retries >= this.#dispatcher.proxy.config.retries) {
      this.#count(server, 'connectErrors');
      this.#end(failure, server);
      return;
    }
    this.retries += 1;
    if (this.#mayMove()) this.#move(now, server);
    else this.#pause(now, server);
  }

  expire(now: Micros): void {
    const phase = this.#phase;
    if (phase.until === undefined || phase.until > now) return;
    switch (phase.kind) {
      case 'queued':
        this.times.grantedAt ??= now;
        this.#endWithoutPlace('queue-timeout', this.#dispatcher.leave(this.#applicant));
        return;
      case 'connecting':
        this.#hands.abandon();
        this.failed(now, 'timeout');
        return;
      case 'pausing':
        this.#dispatcher.takeAgain(phase.server);
        this.#connect(now, phase.server);
    }
  }

  nextDeadline(): Micros | undefined {
    return this.#phase.until;
  }

  /** Nobody wants it any more. */
  cancel(now: Micros): void {
    const phase = this.#phase;
    this.#phase = { kind: 'over' };
    if (phase.kind === 'queued') {
      this.times.grantedAt ??= now;
      this.#dispatcher.leave(this.#applicant);
    }
    if (phase.kind !== 'connecting') return;
    this.#hands.abandon();
    this.#dispatcher.release(now, phase.server);
  }

  #apply(now: Micros, not?: LiveServer): void {
    const { timeouts } = this.#dispatcher.proxy.config;
    const limit = timeouts.queue ?? timeouts.connect;
    const until = limit === undefined ? undefined : addMicros(now, limit);
    this.#phase = { kind: 'queued', until };
    const { kind, server } = this.#dispatcher.apply(now, this.#applicant, not);
    if (kind === 'queued') this.place = this.#dispatcher.placeOf(this.#applicant);
    if (kind === 'none') this.#endWithoutPlace('no-server', undefined);
    if (kind === 'full') this.#endWithoutPlace('queue-full', server);
  }

  #endWithoutPlace(reason: Fruitless, server: LiveServer | undefined): void {
    if (server === undefined) this.#dispatcher.back.counters.connectErrors += 1;
    else this.#count(server, 'connectErrors');
    this.#end(reason, server);
  }

  #connect(now: Micros, server: LiveServer): void {
    const { connect } = this.#dispatcher.proxy.config.timeouts;
    this.times.grantedAt ??= now;
    this.#arrive(server);
    this.#phase = {
      kind: 'connecting',
      server,
      until: connect === undefined ? undefined : addMicros(now, connect),
    };
    this.#hands.connect(server);
  }

  #mayMove(): boolean {
    const { redispatch, balance, retries } = this.#dispatcher.proxy.config;
    if (redispatch === 0) return false;
    const isByTurns = balance.kind === 'roundrobin' || balance.kind === 'static-rr';
    if (isByTurns) return true;
    const every = Math.abs(redispatch);
    return redispatch > 0
      ? this.retries % every === 0
      : (retries - this.retries) % every === 0 && retries - this.retries < every;
  }

  #move(now: Micros, from: LiveServer): void {
    delete this.#applicant.bound;
    this.#leaving = from;
    this.#apply(now, from);
  }

  /** Who is sent to the one that has just failed, since its hash says so, tries again without a pause. */
  #arrive(at: LiveServer): void {
    const from = this.#leaving;
    if (from === undefined) return;
    this.#leaving = undefined;
    if (from !== at) this.redispatched = true;
    this.#count(from, from === at ? 'retries' : 'redispatches');
  }

  #pause(now: Micros, server: LiveServer): void {
    this.#count(server, 'retries');
    const limit = earliest(this.#dispatcher.proxy.config.timeouts.connect, PAUSE_MAX) ?? PAUSE_MAX;
    this.#phase = { kind: 'pausing', server, until: addMicros(now, limit) };
  }

  #count(server: LiveServer, what: 'connectErrors' | 'retries' | 'redispatches'): void {
    server.counters[what] += 1;
    this.#dispatcher.back.counters[what] += 1;
  }

  #end(reason: Fruitless, server: LiveServer | undefined): void {
    this.#phase = { kind: 'over' };
    this.#hands.onFruitless(reason, server);
  }
}

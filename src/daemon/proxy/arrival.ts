import { addMicros, type Micros } from '../../base/time.ts';
import type { Bind } from '../../config/model/proxy.ts';
import type { LiveProxy } from '../../core/proxy/live.ts';
import type { TlsFacts } from '../../core/proxy/samples/facts.ts';
import type { Stream } from '../../ports/streams.ts';
import type { TlsFailure, TlsStream } from '../../ports/tls.ts';
import type { TlsAcceptor } from './tls/acceptor.ts';
import type { Session, Traffic } from './traffic.ts';

/** Why nothing came of it. */
export type ArrivalFailure = TlsFailure | 'timeout';

export interface ArrivalHands {
  /** What comes now is the session's. */
  onReady(arrival: Arrival, client: Stream): void;
  /** It is closed. */
  onFailure(arrival: Arrival, why: ArrivalFailure): void;
}

/** A client until the end of its handshake; it has its place from the beginning. */
export class Arrival implements Session {
  readonly front: LiveProxy;
  readonly bind: Bind;
  readonly acceptedAt: Micros;
  readonly id: string;
  readonly server = undefined;
  readonly #traffic: Traffic;
  readonly #acceptor: TlsAcceptor;
  readonly #hands: ArrivalHands;
  #isOver = false;
  client: Stream;

  constructor(
    traffic: Traffic,
    front: LiveProxy,
    bind: Bind,
    client: Stream,
    acceptor: TlsAcceptor,
    hands: ArrivalHands,
  ) {
    this.#traffic = traffic;
    this.front = front;
    this.bind = bind;
    this.client = client;
    this.#acceptor = acceptor;
    this.#hands = hands;
    this.acceptedAt = traffic.clock.now();
    this.id = traffic.nextId();
  }

  start(): void {
    this.#traffic.scheduler.update(this);
    this.#acceptor.accept(
      this.client,
      (stream) => {
        this.client = stream;
      },
      (outcome) => this.#done(outcome),
    );
  }

  kill(): void {
    this.#fail('closed');
  }

  expire(now: Micros): void {
    const at = this.nextDeadline();
    if (at !== undefined && at <= now) this.#fail('timeout');
  }

  nextDeadline(): Micros | undefined {
    const limit = this.front.config.timeouts.client;
    return this.#isOver || limit === undefined ? undefined : addMicros(this.acceptedAt, limit);
  }

  #done(outcome: TlsFacts | TlsFailure): void {
    if (this.#isOver) return;
    if (typeof outcome === 'string') {
      this.#fail(outcome);
      return;
    }
    this.#isOver = true;
    const counters = this.front.front?.counters;
    if (counters !== undefined) {
      counters.tlsSessions += 1;
      if ((this.client as TlsStream).isResumed) counters.tlsResumed += 1;
    }
    this.#hands.onReady(this, this.client);
  }

  #fail(why: ArrivalFailure): void {
    if (this.#isOver) return;
    this.#isOver = true;
    const counters = this.front.front?.counters;
    if (counters !== undefined && why !== 'closed') counters.tlsFailures += 1;
    this.client.close();
    this.#hands.onFailure(this, why);
  }
}

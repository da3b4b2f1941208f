/** How one request gets a connection to a server: one that was kept, or a new one. */
import { addMicros, type Micros } from '../../../base/time.ts';
import {
  type ConnectFailure,
  Connecting,
  type ConnectingHands,
  type Fruitless,
} from '../../../core/proxy/connecting.ts';
import type { Dispatcher } from '../../../core/proxy/dispatcher.ts';
import type { Keeping } from '../../../core/proxy/http/forwarding.ts';
import type { LiveServer } from '../../../core/proxy/live.ts';
import type { SampleFacts } from '../../../core/proxy/samples/facts.ts';
import { fruitlessEnd, type SessionEnd } from '../../../core/proxy/session-end.ts';
import type { Stream } from '../../../ports/streams.ts';
import { beginConnection, countConnection, type WantedConnection } from '../server-connection.ts';
import type { ExchangeOptions } from './exchange-options.ts';

const AT_ONCE = Promise.resolve();

export interface ReachHands {
  /** The stream is the caller's now; `reused`: others were asked over it before. */
  onReached(server: LiveServer, stream: Stream, how: 'new' | 'reused'): void;
  onUnreachable(end: SessionEnd): void;
}

export class ServerReach {
  readonly connecting: Connecting;
  readonly #o: ExchangeOptions;
  readonly #hands: ReachHands;
  readonly #dispatcher: Dispatcher;
  #pending: Stream | undefined;
  #isReused = false;
  /** At the server: from the connection on until it is given back, or handed over. */
  #hasPlace = false;
  /** For the connection that takes the place of a kept one. */
  #connectsUntil: Micros | undefined;
  #isOver = false;
  /** The one that is tried, or that was tried last. */
  server: LiveServer | undefined;

  constructor(options: ExchangeOptions, hands: ReachHands, now: Micros) {
    this.#o = options;
    this.#hands = hands;
    this.#dispatcher = options.traffic.dispatcherOf(options.back);
    const { hash } = options;
    const wanted = hash === undefined ? {} : { hash };
    this.connecting = new Connecting(this.#dispatcher, this.#connectingHands(), now, wanted);
  }

  expire(now: Micros): void {
    this.connecting.expire(now);
    if (this.#connectsUntil !== undefined && this.#connectsUntil <= now)
      this.#hands.onUnreachable(fruitlessEnd.timeout);
  }

  nextDeadline(): Micros | undefined {
    return this.#connectsUntil ?? this.connecting.nextDeadline();
  }

  /** Over a new connection, in place of the one that was kept. */
  connectAnew(server: LiveServer): void {
    const { connect } = this.#o.back.config.timeouts;
    this.#connectsUntil = connect && addMicros(this.#o.traffic.clock.now(), connect);
    this.#o.hands.onDeadline();
    this.#pending = beginConnection(this.#o.traffic, this.#wanted(server), (outcome) => {
      if (this.#isOver) return;
      if (outcome === 'connected') this.#reached(server, 'new');
      else this.#hands.onUnreachable(fruitlessEnd[outcome]);
    });
  }

  /** Whoever has taken the connection over gives the place back as well. */
  handOver(): void {
    this.#isOver = true;
    this.#hasPlace = false;
  }

  /** The connection, if there is one, is kept or closed, and the place given back. */
  end(stream: Stream | undefined, how: Keeping): void {
    this.#isOver = true;
    const now = this.#o.traffic.clock.now();
    if (!this.connecting.isOver) this.connecting.cancel(now);
    this.#pending?.close();
    const { server } = this;
    if (server === undefined || !this.#hasPlace) return;
    if (how === 'keep' && stream !== undefined) this.#o.kept.keep(server, stream);
    else stream?.close();
    this.#dispatcher.release(now, server);
  }

  #connectingHands(): ConnectingHands {
    return {
      connect: (server) => this.#connect(server),
      abandon: () => {
        this.#pending?.close();
        this.#pending = undefined;
      },
      onConnected: (server) => {
        this.#hasPlace = true;
        this.#reached(server, this.#isReused ? 'reused' : 'new');
      },
      onFruitless: (reason, server) => this.#giveUp(reason, server),
      onTryFailed: (server) =>
        this.#o.traffic.observe(server, { layer: 4, result: 'unsuccessful-connection' }),
    };
  }

  #connect(server: LiveServer): void {
    this.server = server;
    this.#o.hands.onDeadline(); // The wait for a place had a later limit.
    const { traffic, kept, isFirst } = this.#o;
    const serverName = traffic.connectors.get(server.config)?.nameFor(() => this.#factsOf(server));
    const known = isFirst ? undefined : kept.take(server, serverName);
    this.#isReused = known !== undefined;
    if (known !== undefined) {
      countConnection(this.#o.back, server, 'reuses');
      this.#pending = known;
      // Soon, as `queueMicrotask` would call it, which costs four times as much.
      void AT_ONCE.then(() => {
        if (this.#pending === known) this.connecting.connected(traffic.clock.now());
      });
      return;
    }
    this.#pending = beginConnection(traffic, this.#wanted(server), (outcome) => {
      if (this.#isOver) return;
      const now = traffic.clock.now();
      if (outcome === 'connected') this.connecting.connected(now);
      else this.#connectFailed(now, outcome);
    });
  }

  #wanted(server: LiveServer): WantedConnection {
    const { back, client } = this.#o;
    return { back, server, client, facts: () => this.#factsOf(server) };
  }

  #factsOf(server: LiveServer): SampleFacts {
    return this.#o.factsOf({ server });
  }

  #connectFailed(now: Micros, failure: ConnectFailure): void {
    this.#pending = undefined;
    this.connecting.failed(now, failure);
    this.#o.hands.onDeadline();
  }

  #reached(server: LiveServer, how: 'new' | 'reused'): void {
    const stream = this.#pending;
    if (stream === undefined) return;
    this.#pending = undefined;
    if (how === 'new') this.#o.traffic.observe(server, { layer: 4, result: 'success' });
    this.#hands.onReached(server, stream, how);
  }

  #giveUp(reason: Fruitless, server: LiveServer | undefined): void {
    this.server = server;
    this.#hands.onUnreachable(fruitlessEnd[reason]);
  }
}

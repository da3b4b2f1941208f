/** One request on its way to a server and back, and what follows it where the protocol changes. */
import type { Micros } from '../../../base/time.ts';
import {
  allowedKeeping,
  clientKeeping,
  type Keeping,
} from '../../../core/proxy/http/forwarding.ts';
import type { DraftRequest } from '../../../core/proxy/http/rules.ts';
import type { LiveProxy, LiveServer } from '../../../core/proxy/live.ts';
import type { SampleFacts } from '../../../core/proxy/samples/facts.ts';
import { countAbort, type SessionEnd } from '../../../core/proxy/session-end.ts';
import type { Readiness, Stream } from '../../../ports/streams.ts';
import type { Inbox } from '../../../proxy/http/inbox.ts';
import type { Side } from '../../../proxy/relay.ts';
import type { Traffic } from '../traffic.ts';
import { balanceHash } from './balance-hash.ts';
import { countArrival, countBytes, countResponse } from './counting.ts';
import { Exchange } from './exchange.ts';
import type { BodyState, ExchangeFailure, ExchangeHands } from './exchange-options.ts';
import type { HttpRequestRecord } from './http-services.ts';
import type { KeptServers } from './kept-servers.ts';
import { HttpTunnel } from './tunnel.ts';
import type { UnderstoodRequest } from './understanding.ts';

/** Each but the first two comes once, and is the last that comes. */
export interface ForwardHands {
  /** The next deadline may be earlier than it was. */
  onDeadline(): void;
  /** The response has begun, and is not over. */
  onResponding(): void;
  /** All is said; whether the client's connection can go on. */
  onDone(keeping: Keeping): void;
  /** Nothing was sent to the client. */
  onFailure(
    status: ExchangeFailure,
    end: SessionEnd,
    body: BodyState,
    of: Pick<ForwardedRequest, 'back' | 'server'>,
  ): void;
  /** A kept connection took the request and ended: the client has to ask again. */
  onUnanswered(): void;
  /** What was begun cannot be ended, or was a tunnel. */
  onOver(end: SessionEnd): void;
}

export interface ForwardOptions {
  readonly traffic: Traffic;
  readonly kept: KeptServers;
  readonly front: LiveProxy;
  readonly back: LiveProxy;
  readonly client: Stream;
  readonly inbox: Inbox;
  readonly source: string | undefined;
  readonly request: UnderstoodRequest;
  readonly draft: DraftRequest;
  readonly isFirst: boolean;
  readonly record: HttpRequestRecord;
  readonly facts: () => SampleFacts;
  readonly hands: ForwardHands;
}

/** It is the hands of its exchange itself: nothing is made for each request but what it needs. */
export class ForwardedRequest implements ExchangeHands {
  readonly #o: ForwardOptions;
  readonly #exchange: Exchange;
  #tunnel: HttpTunnel | undefined;
  #isOver = false;

  constructor(options: ForwardOptions) {
    this.#o = options;
    const { record, back, request, traffic } = options;
    record.back = back;
    countArrival(back.back, request.counted, traffic.clock.now());
    this.#exchange = this.#createExchange();
  }

  get back(): LiveProxy {
    return this.#o.back;
  }

  get server(): LiveServer | undefined {
    return this.#exchange.server;
  }

  start(): void {
    this.#exchange.start();
  }

  expire(now: Micros): void {
    if (this.#tunnel !== undefined) this.#tunnel.expire(now);
    else this.#exchange.expire(now);
  }

  nextDeadline(): Micros | undefined {
    return (this.#tunnel ?? this.#exchange).nextDeadline();
  }

  /** What the client's connection told; a tunnel is told by itself. */
  clientReady(readiness: Readiness): void {
    if (this.#tunnel === undefined) this.#exchange.clientReady(readiness);
  }

  /** Nobody is told. */
  stop(): void {
    if (this.#tunnel !== undefined) {
      this.#tunnel.stop();
      this.#leaveServer();
    } else this.#exchange.stop();
    this.#settle();
  }

  #createExchange(): Exchange {
    const { request, draft, front, back, facts } = this.#o;
    const { head, framing, keeping } = request;
    const { traffic, kept, client, inbox, isFirst, source } = this.#o;
    const wanted = clientKeeping(head);
    const allowed = allowedKeeping(front.config, back.config).client;
    return new Exchange(
      {
        ...{ traffic, front, back, kept, client, inbox, request: head, draft, isFirst, source },
        clientKeeping: keeping === 'close' || allowed === 'close' ? 'close' : wanted,
        isDoubtful: keeping === 'close',
        requestBytes: request.counted,
        hash: balanceHash(back, facts),
        factsOf: (more) => ({ ...facts(), ...more }),
        hands: this,
      },
      framing,
    );
  }

  onBytes(from: Side, count: number, server: LiveServer): void {
    const { front, back, record } = this.#o;
    const sides = [front.front?.counters, back.back?.counters, server.counters, record];
    countBytes(from, count, sides);
  }

  onDeadline(): void {
    this.#o.hands.onDeadline();
  }

  onResponding(): void {
    this.#note();
    this.#o.hands.onResponding();
  }

  onDone(keeping: Keeping): void {
    this.#settle();
    this.#o.hands.onDone(keeping);
  }

  onFailure(status: ExchangeFailure, end: SessionEnd, body: BodyState): void {
    this.#settle();
    this.#o.hands.onFailure(status, end, body, this);
  }

  onUnanswered(): void {
    const { back, hands } = this.#o;
    this.#settle();
    if (back.back !== undefined) back.back.counters.requests -= 1;
    hands.onUnanswered();
  }

  onBroken(end: SessionEnd): void {
    this.#settle();
    this.#o.hands.onOver(end);
  }

  onTunnel(server: LiveServer, stream: Stream, first: Uint8Array): void {
    const { traffic, front, back, client, inbox, hands } = this.#o;
    const rest = inbox.bytes.slice();
    inbox.drop();
    this.#tunnel = new HttpTunnel({
      ...{ traffic, front, back, client, stream },
      onBytes: (from, count) => this.onBytes(from, count, server),
      onDeadline: () => hands.onDeadline(),
      onOver: (end) => {
        this.#leaveServer();
        this.#settle();
        countAbort(end, [front.front?.counters, back.back?.counters, server.counters]);
        hands.onOver(end);
      },
    });
    this.#tunnel.start(rest, first);
    hands.onDeadline();
  }

  /** The exchange has handed its connection over, and with it the place at the server. */
  #leaveServer(): void {
    const { traffic, back } = this.#o;
    const { server } = this;
    if (server !== undefined) traffic.dispatcherOf(back).release(traffic.clock.now(), server);
  }

  /** What became of it, for the log and the counters. */
  #settle(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#note();
    const { front, back } = this.#o;
    countResponse(this.#exchange.response?.status, [front.front?.counters, back.back?.counters]);
    if (back.back !== undefined) back.back.counters.current -= 1;
  }

  #note(): void {
    const { record } = this.#o;
    const { server, response } = this.#exchange;
    record.exchange = this.#exchange;
    if (server !== undefined) record.server = server;
    if (response !== undefined) record.response = response;
  }
}

import { addMicros, type Micros } from '../../base/time.ts';
import type { Bind } from '../../config/model/proxy.ts';
import { Due } from '../../core/due-heap.ts';
import type { LiveProxy } from '../../core/proxy/live.ts';
import type { TurnedAway } from '../../core/proxy/log/predefined.ts';
import type { TlsFacts } from '../../core/proxy/samples/facts.ts';
import { ENDING, type Readiness, type Stream } from '../../ports/streams.ts';
import type { TlsFailure, TlsStream } from '../../ports/tls.ts';
import { decodeProxyHeader } from '../../wire/proxy-protocol.ts';
import type { TlsAcceptor } from './tls/acceptor.ts';
import type { Session, Traffic } from './traffic.ts';

const LETTER_P = 80;
const RETURN = 13;

/** Why nothing came of it. */
export type ArrivalFailure = TurnedAway;

export interface ArrivalHands {
  /** What comes now is the session's. */
  onReady(arrival: Arrival, client: Stream): void;
  /** It is closed. */
  onFailure(arrival: Arrival, why: ArrivalFailure): void;
}

/** A client until the end of its handshake; it has its place from the beginning. */
export class Arrival implements Session {
  readonly due = new Due();
  seat = -1;
  readonly front: LiveProxy;
  readonly bind: Bind;
  readonly acceptedAt: Micros;
  readonly id: string;
  readonly server = undefined;
  readonly #traffic: Traffic;
  readonly #acceptor: TlsAcceptor;
  readonly #hands: ArrivalHands;
  #isInHeader = false;
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
    if (this.bind.acceptProxy) this.#awaitHeader();
    else this.#agree();
  }

  /** It comes before TLS, in the clear. */
  #awaitHeader(): void {
    this.#isInHeader = true;
    this.client.onReady = (readiness) => this.#readHeader(readiness);
    this.#readHeader(0);
  }

  #readHeader(readiness: Readiness): void {
    const bytes = this.#acceptor.peek(this.client);
    const header = decodeProxyHeader(bytes);
    if (header === 'incomplete') {
      if ((readiness & ENDING) !== 0)
        this.#fail(bytes.length === 0 ? 'closed-before-header' : 'closed-in-header');
    } else if (header === 'malformed') {
      this.#fail(bytes[0] === LETTER_P || bytes[0] === RETURN ? 'bad-header' : 'no-header');
    } else {
      this.#acceptor.take(this.client, header.length);
      if (header.kind === 'proxied') {
        const { source, destination } = header.addresses;
        this.client.peer = { kind: 'ip', ...source };
        this.client.local = () => ({ kind: 'ip', ...destination });
      }
      this.#isInHeader = false;
      this.#agree();
    }
  }

  #agree(): void {
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
    if (at !== undefined && at <= now)
      this.#fail(this.#isInHeader ? 'timeout-before-header' : 'timeout');
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
    if (counters !== undefined && !this.#isInHeader && why !== 'closed') counters.tlsFailures += 1;
    this.client.close();
    this.#hands.onFailure(this, why);
  }
}

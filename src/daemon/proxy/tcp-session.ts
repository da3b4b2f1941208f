import { type Micros, micros } from '../../base/time.ts';
import { Due } from '../../core/due-heap.ts';
import { hashOfAddress } from '../../core/proxy/balance/hashing.ts';
import {
  type ConnectFailure,
  Connecting,
  type ConnectingHands,
  type Fruitless,
} from '../../core/proxy/connecting.ts';
import type { SideCounters } from '../../core/proxy/counters.ts';
import type { Dispatcher } from '../../core/proxy/dispatcher.ts';
import { relayLimit } from '../../core/proxy/limits.ts';
import type { LiveProxy, LiveServer } from '../../core/proxy/live.ts';
import type { SampleFacts } from '../../core/proxy/samples/facts.ts';
import {
  countAbort,
  fruitlessEnd,
  IN_ORDER,
  type SessionEnd,
} from '../../core/proxy/session-end.ts';
import { BROKEN, HANG_UP, PEER_ENDED, type Readiness, type Stream } from '../../ports/streams.ts';
import { Relay, type Side } from '../../proxy/relay.ts';
import { drain } from './drain.ts';
import { isIpEndpoint } from './endpoints.ts';
import { beginConnection } from './server-connection.ts';
import type { TcpRecord } from './tcp-record.ts';
import type { Session, Traffic } from './traffic.ts';

/** One connection of a client that is carried to a server as it is. */
export class TcpSession implements Session, TcpRecord {
  readonly due = new Due();
  seat = -1;
  readonly front: LiveProxy;
  readonly back: LiveProxy;
  readonly client: Stream;
  readonly acceptedAt: Micros;
  readonly #number: number;
  readonly #isUnlingering: boolean;
  readonly #traffic: Traffic;
  readonly #dispatcher: Dispatcher;
  readonly #connecting: Connecting;
  readonly #sides: SideCounters[];
  readonly #onChange: (session: TcpSession) => void;
  #pending: Stream | undefined;
  #relay: Relay | undefined;
  #first: Uint8Array | undefined;
  /** All that edges have told of either side; undefined: somebody else has heard some, or OpenSSL. */
  readonly #told: { client?: Readiness; server?: Readiness } = {};
  /** The first time limit that was over. */
  #late: SessionEnd | undefined;
  /** When handshakes were over. */
  readonly #startedAt: Micros;
  server: LiveServer | undefined;
  end: SessionEnd | undefined;
  endedAt: Micros | undefined;
  isTold = false;
  bytesIn = 0;
  bytesOut = 0;

  constructor(
    traffic: Traffic,
    front: LiveProxy,
    back: LiveProxy,
    client: Stream,
    onChange: (session: TcpSession) => void,
    arrivedAt: Micros,
    first?: Uint8Array,
  ) {
    this.#traffic = traffic;
    this.front = front;
    this.back = back;
    this.client = client;
    this.#onChange = onChange;
    this.#first = first;
    this.acceptedAt = arrivedAt;
    this.#startedAt = traffic.clock.now();
    this.#number = traffic.nextNumber();
    this.#isUnlingering = hasOption(front, 'nolinger') || hasOption(back, 'nolinger');
    this.#dispatcher = traffic.dispatcherOf(back);
    this.#sides = [front.front?.counters, back.back?.counters].filter(isPresent);
    this.#connecting = new Connecting(
      this.#dispatcher,
      this.#hands(),
      this.#startedAt,
      hashOf(back, client),
    );
    if (first === undefined && client.tls === undefined) this.#told.client = 0;
    client.onReady = (readiness) => {
      if (this.#told.client !== undefined) this.#told.client |= readiness;
      if ((readiness & (BROKEN | HANG_UP)) !== 0) this.#finish({ cause: 'C', phase: 'D' });
      else if ((readiness & PEER_ENDED) !== 0) this.#clientEndedEarly();
    };
  }

  /** After the owner knows it. */
  start(): void {
    const { counters, sessionRate } = this.#dispatcher.back;
    counters.sessions += 1;
    counters.current += 1;
    counters.most = Math.max(counters.most, counters.current);
    sessionRate.count(this.#startedAt);
    if (this.#first !== undefined) this.#countBytes('client', this.#first.length);
    this.#connecting.start(this.#startedAt);
    this.#traffic.scheduler.update(this);
  }

  get id(): string {
    return this.#traffic.idOf(this.#number);
  }

  get handshakeTook(): Micros {
    return micros(this.#startedAt - this.acceptedAt);
  }

  get times(): Connecting['times'] {
    return this.#connecting.times;
  }

  get place(): Connecting['place'] {
    return this.#connecting.place;
  }

  get retries(): { readonly count: number; readonly redispatched: boolean } {
    return { count: this.#connecting.retries, redispatched: this.#connecting.redispatched };
  }

  kill(why: 'K' | 'D' | 'U'): void {
    this.#finish({ cause: why, phase: '-' });
  }

  expire(now: Micros): void {
    if (this.end !== undefined) return;
    if (this.#relay === undefined) {
      this.#connecting.expire(now);
      return;
    }
    for (;;) {
      const limit = this.end === undefined ? this.#limit() : undefined;
      if (limit === undefined || limit.at > now) return;
      this.#leaveOff(this.#relay, limit.side);
    }
  }

  /** Who is silent for too long has ended, as far as the other side sees; who does not read is given up. */
  #leaveOff(relay: Relay, side: Side): void {
    const { ended } = relay;
    this.#late ??= { cause: side === 'client' ? 'c' : 's', phase: 'D' };
    if (ended.client || ended.server || relay.isBlockedBy(side)) this.#finish(this.#late);
    else relay.finish(side);
  }

  nextDeadline(): Micros | undefined {
    if (this.end !== undefined) return undefined;
    return this.#relay === undefined ? this.#connecting.nextDeadline() : this.#limit()?.at;
  }

  #limit(): ReturnType<typeof relayLimit> {
    const relay = this.#relay;
    if (relay === undefined) return undefined;
    return relayLimit(relay, this.front.config.timeouts, this.back.config.timeouts);
  }

  #hands(): ConnectingHands {
    return {
      connect: (server) => this.#connect(server),
      abandon: () => {
        this.#pending?.close();
        this.#pending = undefined;
      },
      onConnected: (server) => this.#carry(server),
      onFruitless: (reason, server) => this.#giveUp(reason, server),
      onTryFailed: (server) =>
        this.#traffic.observe(server, { layer: 4, result: 'unsuccessful-connection' }),
    };
  }

  #connect(server: LiveServer): void {
    this.server = server;
    // Where somebody else's end has given it the place, the wait for a place had a later limit.
    this.#traffic.scheduler.update(this);
    const { client, front, back } = this;
    const facts = (): SampleFacts =>
      this.#traffic.facts({
        ...{ front, back, server },
        ...(isIpEndpoint(client.peer) && { source: client.peer }),
        ...(client.tls !== undefined && { tls: client.tls }),
      });
    this.#pending = beginConnection(
      this.#traffic,
      { back, server, client, facts },
      (outcome, told) => {
        if (this.end !== undefined) return;
        if (told !== undefined) this.#told.server = told;
        if (outcome === 'connected') this.#connecting.connected(this.#traffic.clock.now());
        else this.#failed(outcome);
      },
    );
  }

  #failed(failure: ConnectFailure): void {
    this.#pending = undefined;
    this.#connecting.failed(this.#traffic.clock.now(), failure);
    this.#traffic.scheduler.update(this);
  }

  /** Whoever ends without a word is not connected any more; otherwise its words still go (`abortonclose`). */
  #clientEndedEarly(): void {
    const { shared, live } = this.#traffic;
    const known = this.#first ?? new Uint8Array(0);
    const room = Math.max(0, live.config.global.bufferSize - known.length);
    const count =
      room === 0 ? 0 : this.client.receive(shared, 0, Math.min(room, shared.bytes.length));
    if (count > 0) {
      this.#first = Uint8Array.of(...known, ...shared.bytes.subarray(0, count));
      this.#countBytes('client', count);
    }
    if (!this.#isSilent() && !this.back.config.options.has('abortonclose')) return;
    this.#finish({ cause: 'C', phase: this.#connecting.waitsFor === 'queue' ? 'Q' : 'C' });
  }

  /** The client, before it had a server. */
  #isSilent(): boolean {
    return this.#first === undefined || this.#first.length === 0;
  }

  #carry(server: LiveServer): void {
    const stream = this.#pending;
    if (stream === undefined) return;
    this.#pending = undefined;
    this.#traffic.observe(server, { layer: 4, result: 'success' });
    this.#sides.push(server.counters);
    // What came while it was sought.
    server.counters.bytesIn += this.bytesIn;
    this.#onChange(this);
    const relay = new Relay(this.client, stream, {
      streams: this.#traffic.streams,
      shared: this.#traffic.shared,
      now: () => this.#traffic.clock.now(),
      onBytes: (from, count) => this.#countBytes(from, count),
      onChange: () => this.#onRelayChange(),
      ...(this.#isSilent() && { clientActiveAt: this.acceptedAt }),
      told: this.#told,
      ...(this.#isUnlingering && { connections: 'whole' }),
    });
    this.#relay = relay;
    relay.start(this.#first);
    this.#first = undefined;
    this.#traffic.scheduler.update(this);
  }

  #onRelayChange(): void {
    const relay = this.#relay;
    if (relay === undefined || this.end !== undefined) return;
    // Without lingering nothing is half closed: the first end is both ends.
    if (relay.state !== 'over' && this.#isUnlingering) {
      relay.stop('reset');
      this.#finish(this.#late ?? IN_ORDER);
    } else if (relay.state !== 'over') this.#traffic.scheduler.update(this);
    else if (relay.broken === undefined) this.#finish(this.#late ?? IN_ORDER);
    else this.#finish({ cause: relay.broken === 'client' ? 'C' : 'S', phase: 'D' });
  }

  #countBytes(from: 'client' | 'server', count: number): void {
    if (from === 'client') {
      this.bytesIn += count;
      for (const counters of this.#sides) counters.bytesIn += count;
    } else {
      this.bytesOut += count;
      for (const counters of this.#sides) counters.bytesOut += count;
    }
  }

  #giveUp(reason: Fruitless, server: LiveServer | undefined): void {
    this.server = server;
    this.#finish(fruitlessEnd[reason]);
  }

  #finish(end: SessionEnd): void {
    if (this.end !== undefined) return;
    this.end = end;
    const now = this.#traffic.clock.now();
    this.endedAt = now;
    if (!this.#connecting.isOver) this.#connecting.cancel(now);
    if (this.#relay === undefined) {
      this.#countBytes('client', drain(this.client, this.#traffic.shared));
      if (this.server !== undefined) this.server.counters.bytesIn += this.bytesIn;
      this.client.close();
    } else {
      this.#relay.stop();
      if (this.server !== undefined) this.#dispatcher.release(now, this.server);
    }
    this.#dispatcher.back.counters.current -= 1;
    if (end !== IN_ORDER) countAbort(end, new Set([...this.#sides, this.server?.counters]));
    this.#onChange(this);
    this.#traffic.ended(this, this.front);
  }
}

function hashOf(back: LiveProxy, client: Stream): { readonly hash?: number } {
  if (back.config.balance.kind !== 'source' || !isIpEndpoint(client.peer)) return {};
  return { hash: hashOfAddress(client.peer.ip) };
}

const hasOption = ({ config }: LiveProxy, name: 'nolinger'): boolean => config.options.has(name);

function isPresent<Value>(value: Value | undefined): value is Value {
  return value !== undefined;
}

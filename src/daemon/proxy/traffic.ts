import type { Rng } from '../../base/rng.ts';
import type { Micros } from '../../base/time.ts';
import type { Bind, ListenAddress, ProxySection, Server } from '../../config/model/proxy.ts';
import { Crowd, type Seated } from '../../core/crowd.ts';
import { Dispatcher } from '../../core/proxy/dispatcher.ts';
import type { Observation } from '../../core/proxy/health/types.ts';
import type { LiveConfig, LiveFront, LiveProxy, LiveServer } from '../../core/proxy/live.ts';
import type { SampleFacts } from '../../core/proxy/samples/facts.ts';
import { type Place, shareOf } from '../../core/proxy/workers/place.ts';
import type { Clock } from '../../ports/clock.ts';
import type {
  Block,
  Endpoint,
  Stream,
  StreamListener,
  StreamListenOptions,
  Streams,
} from '../../ports/streams.ts';
import { isSysError, type SysError } from '../../ports/sys-error.ts';
import { Arrival, type ArrivalFailure } from './arrival.ts';
import { isIpEndpoint } from './endpoints.ts';
import { Scheduler, type Timed } from './scheduler.ts';
import type { TlsAcceptor } from './tls/acceptor.ts';
import type { TlsConnector } from './tls/connector.ts';
import type { Loads } from './workers/loads.ts';

const BACKLOG = 4096;
/** Of one turn, where other processes accept as well: they get their part of those who come at once. */
const ACCEPTS_SHARED = 4;

/** A connection of a client, whatever it carries. */
export interface Session extends Timed, Seated {
  readonly front: LiveProxy;
  readonly client: Stream;
  readonly server: LiveServer | undefined;
  readonly acceptedAt: Micros;
  /** `0x` and hexadecimal digits. */
  readonly id: string;
  start(): void;
  /** The process is to end: so is this, once nothing is under way. */
  finish?(): void;
  /** Ends it at once: an operator (`K`), its server is down (`D`), a backup that gives way (`U`). */
  kill(why: 'K' | 'D' | 'U'): void;
}

export interface TrafficParts {
  readonly live: LiveConfig;
  /** Which process this is of those that accept. */
  readonly place: Place;
  readonly streams: Streams;
  /** One chunk, which is empty between any two calls. */
  readonly shared: Block;
  readonly clock: Clock;
  readonly rng: Rng;
  /** Takes the client; `start` is called when it is known here, and it calls `ended` once. */
  readonly open: (
    traffic: Traffic,
    front: LiveProxy,
    bind: Bind,
    client: Stream,
    arrivedAt: Micros,
  ) => Session | undefined;
  /** Of binds whose clients speak TLS. */
  readonly acceptors: ReadonlyMap<Bind, TlsAcceptor>;
  /** Of servers with which TLS is spoken. */
  readonly connectors: ReadonlyMap<Server, TlsConnector>;
  readonly facts: (known: Pick<SampleFacts, 'front'> & Partial<SampleFacts>) => SampleFacts;
  /** Of a server that is observed. */
  readonly onObserved: (server: LiveServer, seen: Observation) => void;
  /** A client with which no session could begin. */
  readonly onTurnedAway: (arrival: Arrival, why: ArrivalFailure) => void;
}

interface OpenBind {
  readonly proxy: LiveProxy;
  readonly front: LiveFront;
  readonly bind: Bind;
  readonly address: ListenAddress;
  readonly listener: StreamListener;
}

/** Listening sockets, the sessions that came in by them, and what all sessions share. */
export class Traffic {
  readonly live: LiveConfig;
  readonly streams: Streams;
  readonly clock: Clock;
  readonly scheduler: Scheduler;
  readonly shared: Block;
  readonly sessions = new Crowd<Session>();
  /** Of the process; changed by the socket. */
  maxconn: number | undefined;
  /** Where other processes accept as well. */
  loads: Loads | undefined;
  /** The process is to end: connections are not kept for another request. */
  isLeaving = false;
  #count = 0;
  readonly connectors: TrafficParts['connectors'];
  readonly facts: TrafficParts['facts'];
  readonly #parts: TrafficParts;
  readonly #dispatchers = new Map<LiveProxy, Dispatcher>();
  #binds: OpenBind[] = [];
  #onEmpty: (() => void) | undefined;

  constructor(parts: TrafficParts) {
    const { live, streams, clock, rng, shared } = parts;
    this.#parts = parts;
    this.live = live;
    this.streams = streams;
    this.clock = clock;
    this.scheduler = new Scheduler(clock);
    this.shared = shared;
    this.connectors = parts.connectors;
    this.facts = parts.facts;
    this.maxconn = live.config.global.maxconn;
    for (const proxy of live.proxies)
      if (proxy.back !== undefined)
        this.#dispatchers.set(proxy, new Dispatcher(proxy, proxy.back, rng.fork()));
  }

  /** A name for a new session. */
  nextId(): string {
    return this.idOf(this.nextNumber());
  }

  /** What `idOf` makes a name of, when somebody asks for it. */
  nextNumber(): number {
    const { index, count } = this.#parts.place;
    this.#count += 1;
    return (this.#count - 1) * count + index + 1;
  }

  idOf(number: number): string {
    return `0x${number.toString(16)}`;
  }

  dispatcherOf(proxy: LiveProxy): Dispatcher {
    const dispatcher = this.#dispatchers.get(proxy);
    if (dispatcher === undefined) throw new Error(`${proxy.config.name} has no servers`);
    return dispatcher;
  }

  /** All addresses of all frontends, or nothing but what failed. */
  listen(inherited: ReadonlyMap<string, number> = new Map()): readonly ListenFailure[] {
    const failures: ListenFailure[] = [];
    for (const proxy of this.live.proxies) {
      if (proxy.front === undefined || proxy.state === 'stopped') continue;
      if (proxy.accepts === 'elsewhere') continue;
      for (const bind of proxy.config.binds)
        for (const address of bind.addresses) {
          const listener = this.#listenAt(proxy, bind, address, inherited);
          if (isSysError(listener)) failures.push({ proxy, bind, address, error: listener });
          else this.#binds.push({ proxy, front: proxy.front, bind, address, listener });
        }
    }
    return failures;
  }

  /** Descriptors that listen, by their addresses: for the processes that share them. */
  listeningDescriptors(): readonly (readonly [address: string, fd: number])[] {
    return this.#binds.map(({ address, listener }) => [keyOf(address), listener.fd]);
  }

  /** Nobody new comes in; sessions go on. */
  stopListening(proxy?: LiveProxy): void {
    const [mine, others] = [
      this.#binds.filter((open) => proxy === undefined || open.proxy === proxy),
      this.#binds.filter((open) => proxy !== undefined && open.proxy !== proxy),
    ];
    if (proxy === undefined) this.loads?.leave();
    for (const { listener } of mine) listener.finish();
    this.#binds = others;
  }

  /** Nobody new for now. */
  pause(): void {
    for (const { listener } of this.#binds) listener.pause();
  }

  /** The limits of a frontend, or its state, have changed. */
  adjustListeners(): void {
    for (const { proxy, front, listener } of this.#binds)
      if (proxy.state === 'open' && !this.#isFull(front, proxy.place)) listener.resume();
      else listener.pause();
  }

  /** A session is over: its places are free. */
  ended(session: Session, proxy: LiveProxy): void {
    const { front } = proxy;
    if (front === undefined || !this.sessions.delete(session)) return;
    this.scheduler.remove(session);
    this.#leave(front, proxy.place);
  }

  /** What was a connection is a session now; it keeps its place. */
  replace(old: Session, next: Session): void {
    this.scheduler.remove(old);
    this.sessions.delete(old);
    this.sessions.add(next);
    next.start();
  }

  /** Nobody new; sessions end when nothing is under way. */
  leave(): void {
    this.isLeaving = true;
    this.stopListening();
    for (const session of this.sessions.all()) session.finish?.();
  }

  /** Resolves when there is no session, and no way for one to come. */
  whenEmpty(): Promise<void> {
    if (this.sessions.size === 0) return Promise.resolve();
    return new Promise((resolve) => {
      this.#onEmpty = resolve;
    });
  }

  /** What traffic has shown of a server, for `observe`; that may end the session of whoever tells it. */
  observe(server: LiveServer, seen: Observation): void {
    if (server.config.observe !== 'none') this.#parts.onObserved(server, seen);
  }

  killSessionsOf(server: LiveServer, why: 'K' | 'D' | 'U'): void {
    for (const session of this.sessions.all()) if (session.server === server) session.kill(why);
  }

  close(): void {
    this.stopListening();
    for (const session of this.sessions.all()) session.kill('K');
    this.scheduler.close();
  }

  #listenAt(
    proxy: LiveProxy,
    bind: Bind,
    address: ListenAddress,
    inherited: ReadonlyMap<string, number>,
  ): StreamListener | SysError {
    const onStream = (client: Stream): void => this.#accept(proxy, bind, client);
    const shared =
      proxy.place.count > 1
        ? { acceptsMost: ACCEPTS_SHARED, yields: () => this.loads?.isAhead() === true }
        : {};
    const known = inherited.get(keyOf(address));
    if (known !== undefined) return this.streams.adopt(known, onStream, shared);
    if (address.kind === 'descriptor') return this.streams.adopt(address.fd, onStream, shared);
    const options = { ...listenOptions(proxy.config, bind, address), ...shared };
    return this.streams.listen(address, options, onStream);
  }

  #accept(proxy: LiveProxy, bind: Bind, client: Stream): void {
    const { front } = proxy;
    if (front === undefined) {
      client.close();
      return;
    }
    const now = this.clock.now();
    const { counters } = front;
    counters.connections += 1;
    counters.sessions += 1;
    counters.current += 1;
    counters.most = Math.max(counters.most, counters.current);
    this.live.current += 1;
    this.live.connections += 1;
    this.loads?.set(this.live.current);
    front.connectionRate.count(now);
    front.sessionRate.count(now);
    const acceptor = this.#parts.acceptors.get(bind);
    if (acceptor === undefined) this.#begin(proxy, front, bind, client, now);
    else this.#await(proxy, front, bind, client, acceptor);
    if (this.#isFull(front, proxy.place)) this.adjustListeners();
  }

  #await(
    proxy: LiveProxy,
    front: LiveFront,
    bind: Bind,
    client: Stream,
    acceptor: TlsAcceptor,
  ): void {
    const arrival = new Arrival(this, proxy, bind, client, acceptor, {
      onReady: (it, stream) => {
        this.sessions.delete(it);
        this.scheduler.remove(it);
        this.#begin(proxy, front, bind, stream, it.acceptedAt);
      },
      onFailure: (it, why) => {
        this.#parts.onTurnedAway(it, why);
        this.ended(it, proxy);
      },
    });
    this.sessions.add(arrival);
    arrival.start();
  }

  /** The client has its place already. */
  #begin(proxy: LiveProxy, front: LiveFront, bind: Bind, client: Stream, arrivedAt: Micros): void {
    const session = this.#parts.open(this, proxy, bind, client, arrivedAt);
    if (session === undefined) {
      client.close();
      this.#leave(front, proxy.place);
      return;
    }
    this.sessions.add(session);
    session.start();
  }

  #leave(front: LiveFront, place: Place): void {
    const wasFull = this.#isFull(front, place);
    front.counters.current -= 1;
    this.live.current -= 1;
    this.loads?.set(this.live.current);
    if (wasFull) this.adjustListeners();
    if (this.sessions.size === 0) this.#onEmpty?.();
  }

  #isFull(front: LiveFront, place: Place): boolean {
    const { maxconn, live } = this;
    if (maxconn !== undefined && live.current >= shareOf(maxconn, live.place)) return true;
    return front.maxconn > 0 && front.counters.current >= shareOf(front.maxconn, place);
  }
}

export function listenOptions(
  { backlog, options }: ProxySection,
  bind: Bind,
  address: ListenAddress,
): StreamListenOptions {
  const { transparent, v4v6, mode } = bind;
  return {
    backlog: bind.backlog ?? backlog ?? BACKLOG,
    transparent,
    shared: true,
    keepAlive: options.has('clitcpka'),
    ...(isIpEndpoint(address) && { v4v6 }),
    ...(bind.interface !== undefined && { interface: bind.interface }),
    ...(mode !== undefined && { mode }),
  };
}

export interface ListenFailure {
  readonly proxy: LiveProxy;
  readonly bind: Bind;
  readonly address: ListenAddress;
  readonly error: SysError;
}

/** `127.0.0.1:80`, `/run/x.sock`: what tells listening sockets apart. */
export function keyOf(endpoint: Endpoint | ListenAddress): string {
  if (endpoint.kind === 'descriptor') return `fd ${endpoint.fd}`;
  return endpoint.kind === 'ip'
    ? `${endpoint.ip} ${endpoint.port}`
    : `${endpoint.kind} ${endpoint.path}`;
}

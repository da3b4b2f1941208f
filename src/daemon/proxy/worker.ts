/** One process of the proxy: its traffic, the health of its servers, its logs, and its sockets. */
import { hostname } from 'node:os';
import type { Rng } from '../../base/rng.ts';
import { type Micros, micros, ZERO } from '../../base/time.ts';
import type { Bind, ProxyConfig } from '../../config/model/proxy.ts';
import { Due } from '../../core/due-heap.ts';
import { buildLive } from '../../core/proxy/build-live.ts';
import { HealthEngine } from '../../core/proxy/health/engine.ts';
import type { HealthEffect, HealthInput } from '../../core/proxy/health/types.ts';
import type { LiveConfig, LiveProxy, LiveServer } from '../../core/proxy/live.ts';
import type { SampleFacts } from '../../core/proxy/samples/facts.ts';
import type { Place } from '../../core/proxy/workers/place.ts';
import type { Clock } from '../../ports/clock.ts';
import type { ProxyChecks, RunningCheck } from '../../ports/proxy-checks.ts';
import type { Block, Stream, Streams } from '../../ports/streams.ts';
import { Admission, type AdmissionHands, needsAdmission, type Refusal } from './admission.ts';
import type { HttpServices } from './http/http-services.ts';
import { HttpSession } from './http/http-session.ts';
import { KeptServers } from './http/kept-servers.ts';
import type { Offload } from './offload/offload.ts';
import { Pulse } from './pulse.ts';
import { Scheduler } from './scheduler.ts';
import { chooseBackend } from './switching.ts';
import type { TcpRecord } from './tcp-record.ts';
import { TcpSession } from './tcp-session.ts';
import type { ProxyTls } from './tls/proxy-tls.ts';
import { type ListenFailure, type Session, Traffic, type TrafficParts } from './traffic.ts';
import type { Team } from './workers/team.ts';

export interface WorkerParts {
  readonly config: ProxyConfig;
  /** Whether it leads, follows, or is alone. */
  readonly place: Place;
  readonly streams: Streams;
  readonly shared: Block;
  readonly tls: ProxyTls;
  readonly clock: Clock;
  readonly rng: Rng;
  readonly maxDescriptors: number;
  readonly checks: ProxyChecks;
  /** What is told of servers: for the log, and for whoever follows the proxy. */
  readonly onHealth: (effect: HealthEffect, live: LiveConfig) => void;
  /** For the log of a proxy. */
  readonly onWarning: (proxy: LiveProxy, text: string) => void;
  readonly log: (worker: ProxyWorker) => HttpServices['log'];
  /** Lines that no log took. */
  readonly droppedLogs: () => number;
  readonly stats: (worker: ProxyWorker) => Pick<HttpServices, 'stats' | 'metrics'>;
  /** Called when a server has been reached, and at the end. */
  readonly onTcp: (worker: ProxyWorker) => (record: TcpRecord) => void;
  readonly onTurnedAway: (worker: ProxyWorker) => TrafficParts['onTurnedAway'];
  /** A PROXY header was missing or wrong. */
  readonly onRefused: (worker: ProxyWorker) => AdmissionHands['onBadHeader'];
}

export class ProxyWorker {
  readonly live: LiveConfig;
  readonly traffic: Traffic;
  readonly clock: Clock;
  /** Read at the start: after chroot there is nothing to read it from. */
  readonly maxDescriptors: number;
  readonly place: Place;
  /** Of this process, in the last second. */
  readonly pulse: Pulse;
  /** Names that had no address when they were looked for. */
  failedResolutions = 0;
  isStopping = false;
  /** Those that follow this process; it has to be told of all that they should know. */
  team: Team | undefined;
  offload: Offload | undefined;
  /** Where another process leads: it judges servers. */
  onObserved: (input: HealthInput) => void = () => {};
  readonly #parts: WorkerParts;
  readonly #health: HealthEngine;
  readonly #scheduler: Scheduler;
  readonly #running = new Map<string, RunningCheck>();
  readonly #services: HttpServices;
  readonly #onTcp: (record: TcpRecord) => void;
  readonly #onBadHeader: AdmissionHands['onBadHeader'];
  readonly #hostName = hostname();

  constructor(parts: WorkerParts) {
    const { config, place, streams, shared, tls, clock, rng } = parts;
    this.#parts = parts;
    this.place = place;
    this.clock = clock;
    this.maxDescriptors = parts.maxDescriptors;
    this.live = buildLive(config, clock.now(), place);
    this.pulse = new Pulse(this.live);
    this.#health = new HealthEngine(this.live, rng.fork());
    this.#scheduler = new Scheduler(clock);
    this.traffic = new Traffic({
      ...{ live: this.live, place, streams, shared, clock, rng },
      open: (traffic, front, bind, client, at) => this.#open(traffic, front, bind, client, at),
      ...{ acceptors: tls.acceptors, connectors: tls.connectors },
      facts: (known) => this.factsOf(known),
      onObserved: (server, seen) => this.feed({ kind: 'observed', server, seen }),
      onTurnedAway: parts.onTurnedAway(this),
    });
    this.#onTcp = parts.onTcp(this);
    this.#onBadHeader = parts.onRefused(this);
    this.#services = {
      kept: new KeptServers(shared),
      facts: (known) => this.factsOf(known),
      log: parts.log(this),
      ...parts.stats(this),
    };
  }

  listen(inherited?: ReadonlyMap<string, number>): readonly ListenFailure[] {
    return this.traffic.listen(inherited);
  }

  /** Encrypted ones that are open, to clients and servers. */
  tlsConnections(): number {
    return this.#parts.tls.open();
  }

  /** With the other processes that carry traffic. */
  shareTickets(secret: Uint8Array): void {
    this.#parts.tls.shareTickets(secret);
  }

  droppedLogs(): number {
    return this.#parts.droppedLogs();
  }

  /** Checks begin. */
  start(): void {
    this.feed({ kind: 'started' });
  }

  feed(input: HealthInput): void {
    if (this.place.index > 0) {
      this.onObserved(input);
      return;
    }
    const effects: HealthEffect[] = [];
    this.#health.handle(this.clock.now(), input, effects);
    this.#obey(effects);
  }

  /** Whoever else carries traffic hears what has changed of servers. */
  spread(): void {
    this.team?.spread();
    this.offload?.spread();
  }

  /** What others have counted until now is known when this resolves. */
  async ask(): Promise<void> {
    await Promise.all([this.team?.ask(), this.offload?.ask()]);
  }

  /** Nothing more is asked over connections that were made before. */
  forgetConnections(server: LiveServer): void {
    this.#services.kept.close(server);
  }

  sessionOf(id: string): Session | undefined {
    return this.traffic.sessions.all().find((session) => session.id === id);
  }

  /** Nobody new comes in; it is over when the last session is. */
  stopSoftly(): void {
    this.isStopping = true;
    for (const proxy of this.live.proxies) {
      proxy.state = 'stopped';
      this.feed({ kind: 'stopped', proxy });
    }
    this.traffic.leave();
    this.#services.kept.close();
  }

  close(): void {
    this.traffic.close();
    this.#services.kept.close();
    this.#scheduler.close();
    this.#parts.checks.close();
    this.pulse.close();
  }

  factsOf(known: Pick<SampleFacts, 'front'> & Partial<SampleFacts>): SampleFacts {
    return {
      live: this.live,
      now: this.clock.now(),
      wallSeconds: Math.floor(this.clock.wallMs() / 1000),
      hostName: this.#hostName,
      environment: process.env,
      random: () => this.#parts.rng.next(),
      ...known,
    };
  }

  #open(
    traffic: Traffic,
    front: LiveProxy,
    bind: Bind,
    client: Stream,
    arrivedAt: Micros,
  ): Session | undefined {
    if (needsAdmission(front, bind))
      return new Admission(
        ...([traffic, front, bind, client, arrivedAt] as const),
        this.#admissionHands(bind, client, front),
      );
    return this.#session(front, bind, client, { acceptedAt: arrivedAt });
  }

  #admissionHands(bind: Bind, client: Stream, front: LiveProxy): AdmissionHands {
    return {
      facts: (known) => this.factsOf(known),
      admit: (first, back, acceptedAt) =>
        this.#session(front, bind, client, { first, acceptedAt, ...(back && { back }) }) as Session,
      onRefused: (admission, back, why) =>
        this.#onTcp(refusedRecord(admission, back, why, this.clock.now())),
      onBadHeader: this.#onBadHeader,
    };
  }

  #session(front: LiveProxy, bind: Bind, client: Stream, begun: Begun): Session | undefined {
    const { traffic } = this;
    const { acceptedAt, first } = begun;
    if (front.config.mode === 'http')
      return new HttpSession(traffic, front, bind, client, this.#services, acceptedAt, first);
    const back = begun.back ?? chooseBackend(this.live, front, () => this.factsOf({ front }));
    if (back === undefined) return undefined;
    return new TcpSession(traffic, front, back, client, this.#onTcp, acceptedAt, first);
  }

  #obey(effects: readonly HealthEffect[]): void {
    for (const effect of effects) this.#carryOut(effect);
    if (effects.some(({ kind }) => isTold(kind))) this.spread();
    this.#scheduler.update(this.#timed);
  }

  readonly #timed = {
    due: new Due(),
    expire: (now: ReturnType<Clock['now']>): void => {
      const effects: HealthEffect[] = [];
      this.#health.expire(now, effects);
      this.#obey(effects);
    },
    nextDeadline: () => this.#health.nextDeadline(),
  };

  #carryOut(effect: HealthEffect): void {
    switch (effect.kind) {
      case 'probe':
        this.#ask(effect);
        return;
      case 'abandon':
        this.#running.get(keyOf(effect))?.abandon();
        this.#running.delete(keyOf(effect));
        return;
      case 'shutdownSessions': {
        const { server, because } = effect;
        const why = because === 'down' ? 'D' : 'U';
        // Not the one whose answer has just shown it, if it ends with that.
        queueMicrotask(() => this.traffic.killSessionsOf(server, why));
        this.team?.kill(server, why);
        return;
      }
      case 'changed':
        if (effect.change.event.kind !== 'up') this.#services.kept.close(effect.change.server);
        this.refresh(effect.change.server.proxy);
        break;
      case 'weightChanged':
      case 'limitChanged':
        this.refresh(effect.server.proxy);
        break;
      case 'judged':
      case 'backendChanged':
    }
    this.#parts.onHealth(effect, this.live);
  }

  /** For the log of this proxy. */
  warn(proxy: LiveProxy, text: string): void {
    this.#parts.onWarning(proxy, text);
  }

  /** Servers of this proxy, their weights or limits have changed. */
  refresh(proxy: LiveProxy): void {
    this.traffic.dispatcherOf(proxy).refresh(this.clock.now());
  }

  #ask(question: Extract<HealthEffect, { kind: 'probe' }>): void {
    const { server, what } = question;
    const { checks } = this.#parts;
    const key = keyOf(question);
    const running =
      what === 'check'
        ? checks.check(question, (result) => {
            this.#running.delete(key);
            this.feed({ kind: 'checked', server, result });
          })
        : checks.askAgent(question, (report) => {
            this.#running.delete(key);
            this.feed({ kind: 'agentAnswered', server, report });
          });
    this.#running.set(key, running);
  }
}

const isTold = (kind: HealthEffect['kind']): boolean =>
  kind === 'changed' || kind === 'weightChanged' || kind === 'limitChanged';

interface Begun {
  readonly first?: Uint8Array;
  readonly acceptedAt: Micros;
  readonly back?: LiveProxy;
}

function refusedRecord(
  { front, client, acceptedAt }: Admission,
  back: LiveProxy,
  why: Refusal,
  endedAt: Micros,
): TcpRecord {
  return {
    ...{ front, back, client, acceptedAt, endedAt, server: undefined, times: {} },
    ...{
      handshakeTook: ZERO,
      bytesIn: 0,
      bytesOut: 0,
      isTold: false,
      place: { server: 0, backend: 0 },
      retries: { count: 0, redispatched: false },
    },
    end: why === 'rejected' ? { cause: 'P', phase: 'R' } : { cause: 'S', phase: 'C' },
  };
}

function keyOf({ server, what }: Extract<HealthEffect, { kind: 'probe' | 'abandon' }>): string {
  return `${what} ${server.proxy.config.id} ${server.config.id}`;
}

/** Sixteen bits of chance are enough to differ from other processes. */
export function seedOf(clock: Clock): number {
  return Number(micros(clock.now())) % 0x1_0000_0000;
}

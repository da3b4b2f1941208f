/** One line of the log for each session, or each request of HTTP. */
import { hostname } from 'node:os';
import { ok } from '../../base/result.ts';
import type { Micros } from '../../base/time.ts';
import type { ProxySection } from '../../config/model/proxy.ts';
import type { Sample } from '../../config/model/proxy-rules.ts';
import { readSample } from '../../core/proxy/http/expand.ts';
import type { LiveConfig, LiveProxy } from '../../core/proxy/live.ts';
import { compileLogFormat, type LineWriter } from '../../core/proxy/log/compile.ts';
import { logDate } from '../../core/proxy/log/dates.ts';
import {
  type Endpoint as LogEndpoint,
  type SessionFacts,
  type SessionTimes,
  serverLabels,
} from '../../core/proxy/log/facts.ts';
import {
  connectionLine,
  predefinedWriter,
  turnedAwayLine,
} from '../../core/proxy/log/predefined.ts';
import { evaluateSample } from '../../core/proxy/samples/evaluate.ts';
import type { SampleFacts } from '../../core/proxy/samples/facts.ts';
import { IN_ORDER, type SessionEnd } from '../../core/proxy/session-end.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Endpoint, Stream } from '../../ports/streams.ts';
import type { Admission } from './admission.ts';
import type { Arrival, ArrivalFailure } from './arrival.ts';
import type { HttpRequestRecord } from './http/http-services.ts';
import { type LogSender, zoneOf } from './log-sender.ts';
import type { TcpRecord } from './tcp-record.ts';

/** The samples of a custom format are taken when the line is written. */
interface LoggedFacts extends SessionFacts {
  readonly samples: () => SampleFacts;
}

const NO_TIMES = {
  handshake: 0,
  idle: 0,
  request: 0,
  queue: -1,
  connect: -1,
  response: -1,
} as const;

export class SessionLog {
  readonly #live: LiveConfig;
  readonly #clock: Clock;
  readonly #sender: LogSender;
  readonly #factsOf: (known: Pick<SampleFacts, 'front'> & Partial<SampleFacts>) => SampleFacts;
  readonly #writers = new Map<ProxySection, LineWriter>();
  readonly #hostName = hostname();
  #lines = 0;

  constructor(
    live: LiveConfig,
    clock: Clock,
    sender: LogSender,
    factsOf: (known: Pick<SampleFacts, 'front'> & Partial<SampleFacts>) => SampleFacts,
  ) {
    this.#factsOf = factsOf;
    this.#live = live;
    this.#clock = clock;
    this.#sender = sender;
  }

  tcp(session: TcpRecord): void {
    const { front, back, end = IN_ORDER, acceptedAt, times } = session;
    const config = front.config;
    if (config.logs.length === 0 || session.isTold) return;
    const isEarly = session.end === undefined;
    if (isEarly && !isToldEarly(config)) return;
    const isNull = session.bytesIn === 0 && !isEarly;
    if (isNull && config.options.has('dontlognull')) return;
    session.isTold = true;
    const endedAt = session.endedAt ?? this.#clock.now();
    const source = session.client.peer;
    const destination = session.client.local();
    const facts: LoggedFacts = {
      samples: () =>
        this.#factsOf({
          ...{ front, back },
          ...(source.kind === 'ip' && { source }),
          ...(session.client.tls !== undefined && { tls: session.client.tls }),
          ...(destination.kind === 'ip' && { destination }),
        }),
      ...this.#common(front, session.client, acceptedAt, end),
      backend: back.config.name,
      server: session.server?.config.name ?? serverLabels.none,
      times: {
        ...NO_TIMES,
        handshake: Math.floor(session.handshakeTook / 1000),
        idle: 0,
        request: 0,
        queue: sinceMs(times.grantedAt, acceptedAt),
        connect: sinceMs(times.connectedAt, times.grantedAt),
        active: sinceMs(endedAt, acceptedAt),
        total: sinceMs(endedAt, acceptedAt),
      },
      bytesIn: session.bytesIn,
      bytesOut: session.bytesOut,
      counts: this.#counts(front, back, session.server?.counters.current),
      serverQueue: session.place.server,
      backendQueue: session.place.backend,
      retries: session.retries.count,
      isRedispatched: session.retries.redispatched,
    };
    this.#write(front.config, facts, end);
  }

  /** `web/1: …`: a connection that did not become a session. */
  refused({ front, bind, client }: Admission, text: string): void {
    const { config } = front;
    if (config.logs.length === 0) return;
    const { peer } = client;
    const name = nameOf(peer, front, client.local());
    const from = name.kind === 'ip' ? `${name.ip}:${name.port}` : `unix:${name.id}`;
    const nowMs = this.#clock.wallMs();
    const date = logDate(nowMs, zoneOf(nowMs));
    const label = bind.name ?? String(config.binds.indexOf(bind) + 1);
    this.#lines += 1;
    this.#sender.send(config.logs, 'info', `${from} [${date}] ${config.name}/${label}: ${text}`);
  }

  http(record: HttpRequestRecord, end: SessionEnd): void {
    const { session, head, back = session.front, server, exchange } = record;
    const { front, acceptedAt } = session;
    const { config } = front;
    if (config.logs.length === 0) return;
    const status = record.status ?? record.response?.status ?? -1;
    const isNull = head === undefined && record.bytesIn === 0;
    if (isNull && config.options.has('dontlognull')) return;
    const now = this.#clock.now();
    const facts: LoggedFacts = {
      samples: () =>
        this.#factsOf({
          ...{ front, back },
          ...(session.source !== undefined && { source: session.source }),
          ...(session.client.tls !== undefined && { tls: session.client.tls }),
          ...(session.destination !== undefined && { destination: session.destination }),
          ...(server !== undefined && { server }),
          ...(head !== undefined && { request: { ...head, isFirst: false } }),
          ...(record.response !== undefined && { response: record.response }),
        }),
      ...this.#common(front, session.client, acceptedAt, end),
      ...(session.source !== undefined && { client: { kind: 'ip' as const, ...session.source } }),
      requestAtMs: this.#wallOf(record.startedAt),
      backend: head === undefined || record.back === undefined ? config.name : back.config.name,
      server:
        record.isOfStats === true ? serverLabels.stats : (server?.config.name ?? serverLabels.none),
      times: httpTimes(record, exchange?.connecting.times, exchange?.respondedAt, now),
      bytesIn: record.bytesIn,
      bytesOut: record.bytesOut,
      status,
      counts: this.#counts(front, record.back ?? front, server?.counters.current),
      serverQueue: exchange?.connecting.place.server ?? 0,
      backendQueue: exchange?.connecting.place.backend ?? 0,
      retries: exchange?.connecting.retries ?? 0,
      isRedispatched: exchange?.connecting.redispatched ?? false,
      ...(head !== undefined && {
        request: { method: head.method, uri: head.target, version: head.protocol },
      }),
      requestNumber: this.#live.requests - 1,
    };
    this.#write(config, facts, end);
  }

  turnedAway({ front, bind, client, acceptedAt }: Arrival, why: ArrivalFailure): void {
    const { config } = front;
    if (config.logs.length === 0) return;
    const isNull = /^(?:closed|timeout)/.test(why) && why !== 'closed-in-header';
    if (isNull && config.options.has('dontlognull')) return;
    const text = turnedAwayLine(
      {
        client: nameOf(client.peer, front, client.local()),
        acceptedAtMs: this.#wallOf(acceptedAt),
        zoneMinutes: zoneOf(this.#clock.wallMs()),
        frontend: config.name,
        bind: bind.name ?? String(config.binds.indexOf(bind) + 1),
      },
      why,
    );
    this.#lines += 1;
    const isGrave = config.options.has('log-separate-errors');
    this.#sender.send(config.logs, isGrave ? 'err' : 'info', text);
  }

  #write(config: ProxySection, facts: SessionFacts, end: SessionEnd): void {
    const isError = end.cause !== '-' && end.cause !== 'L';
    if (config.options.has('dontlog-normal') && !isError && facts.status < 500) return;
    const nowMs = this.#clock.wallMs();
    const context = { hostName: this.#hostName, pid: process.pid, zoneMinutes: zoneOf(nowMs) };
    const text = this.#writerOf(config)(facts, context);
    const isGrave = (isError || facts.status >= 500) && config.options.has('log-separate-errors');
    this.#lines += 1;
    this.#sender.send(config.logs, isGrave ? 'err' : 'info', text);
  }

  #writerOf(config: ProxySection): LineWriter {
    const known = this.#writers.get(config);
    if (known !== undefined) return known;
    const writer = createWriter(config);
    this.#writers.set(config, writer);
    return writer;
  }

  #common(
    front: LiveProxy,
    { peer, tls, local }: Pick<Stream, 'peer' | 'local' | 'tls'>,
    acceptedAt: Micros,
    { cause, phase }: SessionEnd,
  ): Pick<
    SessionFacts,
    | 'frontend'
    | 'isTls'
    | 'tlsVersion'
    | 'tlsCipher'
    | 'destination'
    | 'acceptedAtMs'
    | 'requestAtMs'
    | 'termination'
    | 'status'
    | 'serverQueue'
    | 'backendQueue'
    | 'requestNumber'
    | 'logNumber'
    | 'isEarly'
  > & { readonly client: LogEndpoint } {
    const client = nameOf(peer, front, local());
    const isHttp = front.config.mode === 'http';
    return {
      frontend: front.config.name,
      isTls: tls !== undefined,
      ...(tls !== undefined && { tlsVersion: tls.protocol, tlsCipher: tls.cipher }),
      client,
      destination: nameOf(local(), front, local()),
      acceptedAtMs: this.#wallOf(acceptedAt),
      requestAtMs: this.#wallOf(acceptedAt),
      termination: {
        cause: cause === 'L' && isHttp ? 'L' : cause,
        phase,
        cookie: '-',
        cookieAction: '-',
      },
      status: 0,
      serverQueue: 0,
      backendQueue: 0,
      requestNumber: this.#live.requests,
      logNumber: this.#lines,
      isEarly: front.config.options.has('logasap'),
    };
  }

  /** As they were while it lasted: what ended is counted out already. */
  #counts(front: LiveProxy, back: LiveProxy, server: number | undefined): SessionFacts['counts'] {
    return {
      process: this.#live.current,
      frontend: front.front?.counters.current ?? 0,
      backend: back.back?.counters.current ?? 0,
      server: server ?? 0,
    };
  }

  #wallOf(at: Micros): number {
    return this.#clock.wallMs() - (this.#clock.now() - at) / 1000;
  }
}

/** A client of the Unix domain by the number of the address where it came in. */
function nameOf(endpoint: Endpoint, { config }: LiveProxy, local: Endpoint): LogEndpoint {
  if (endpoint.kind === 'ip') return endpoint;
  const at = config.binds
    .flatMap(({ addresses }) => addresses)
    .findIndex((address) => 'path' in address && 'path' in local && address.path === local.path);
  return { kind: 'unix', id: at + 1 };
}

/** Where nothing of the end is told, a line does not wait for it. */
const isToldEarly = ({ options, logFormat }: ProxySection): boolean =>
  options.has('logasap') || logFormat.kind === 'none';

/** Of a tarpit the wait counts as one in a queue. */
function httpTimes(
  { session, startedAt, headAt, isTarpitted }: HttpRequestRecord,
  connecting: { readonly grantedAt?: Micros; readonly connectedAt?: Micros } | undefined,
  respondedAt: Micros | undefined,
  now: Micros,
): SessionTimes {
  const { acceptedAt, handshakeTook } = session;
  return {
    handshake: Math.floor(handshakeTook / 1000),
    idle: 0,
    request: headAt === undefined || isTarpitted === true ? -1 : sinceMs(headAt, startedAt),
    queue: sinceMs(isTarpitted === true ? now : connecting?.grantedAt, headAt),
    connect: sinceMs(connecting?.connectedAt, connecting?.grantedAt),
    response: sinceMs(respondedAt, connecting?.connectedAt),
    active: sinceMs(now, startedAt),
    total: sinceMs(now, acceptedAt),
  };
}

/** Whole milliseconds; -1 where one of both did not come. */
function sinceMs(to: Micros | undefined, from: Micros | undefined): number {
  return to === undefined || from === undefined ? -1 : Math.max(0, Math.floor((to - from) / 1000));
}

function createWriter({ logFormat, mode }: ProxySection): LineWriter {
  if (logFormat.kind === 'none') return (facts) => connectionLine(facts, mode);
  if (logFormat.kind !== 'custom') return predefinedWriter(logFormat.kind);
  const samples = {
    read: (text: string) => ok(readSample(text)),
    fetch: (sample: Sample, facts: SessionFacts) => {
      const value = evaluateSample(sample, (facts as LoggedFacts).samples());
      return typeof value === 'boolean' ? (value ? '1' : '0') : value?.toString();
    },
  };
  const writer = compileLogFormat(logFormat.format, mode, samples);
  // The reader has judged it.
  return writer.ok ? writer.value : predefinedWriter(mode === 'http' ? 'httplog' : 'tcplog');
}

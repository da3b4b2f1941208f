/** A connection of a client that speaks HTTP/1: one request after the other. */
import { addMicros, type Micros, micros } from '../../../base/time.ts';
import type { Bind } from '../../../config/model/proxy.ts';
import { hashOfAddress, hashOfText } from '../../../core/proxy/balance/hashing.ts';
import type { SideCounters } from '../../../core/proxy/counters.ts';
import { countedHead } from '../../../core/proxy/http/accounting.ts';
import { failurePage, type LocalAnswer } from '../../../core/proxy/http/answers.ts';
import {
  allowedKeeping,
  clientKeeping,
  hasOneHost,
  isBadUpgrade,
  type Keeping,
} from '../../../core/proxy/http/forwarding.ts';
import { applyRequestRules, type DraftRequest } from '../../../core/proxy/http/rules.ts';
import { relayLimit } from '../../../core/proxy/limits.ts';
import type { LiveProxy, LiveServer } from '../../../core/proxy/live.ts';
import { evaluateSample, holds } from '../../../core/proxy/samples/evaluate.ts';
import type { Peer, SampleFacts } from '../../../core/proxy/samples/facts.ts';
import { pathOf } from '../../../core/proxy/samples/fetches.ts';
import { IN_ORDER, type SessionEnd } from '../../../core/proxy/session-end.ts';
import { judgeTcpRules } from '../../../core/proxy/tcp-rules.ts';
import {
  BROKEN,
  END,
  HANG_UP,
  READABLE,
  type Readiness,
  type Stream,
  WOULD_BLOCK,
} from '../../../ports/streams.ts';
import { FULL, Inbox } from '../../../proxy/http/inbox.ts';
import { Relay } from '../../../proxy/relay.ts';
import { createBodyReader, type Framing } from '../../../wire/http1/framing.ts';
import { decodeRequestHead, latin1, type RequestHead } from '../../../wire/http1/head.ts';
import { drain } from '../drain.ts';
import { isIpEndpoint } from '../endpoints.ts';
import { chooseBackend } from '../switching.ts';
import type { Session, Traffic } from '../traffic.ts';
import { AnswerWriter } from './answer-writer.ts';
import { Exchange, framingOf } from './exchange.ts';
import type { HttpRequestRecord, HttpServices } from './http-services.ts';

const PEER_ENDED = 0x2000;

export class HttpSession implements Session {
  readonly front: LiveProxy;
  readonly client: Stream;
  readonly bind: Bind;
  readonly acceptedAt: Micros;
  readonly id: string;
  readonly handshakeTook: Micros;
  readonly source: Peer | undefined;
  readonly destination: Peer | undefined;
  readonly #traffic: Traffic;
  readonly #services: HttpServices;
  readonly #inbox: Inbox;
  readonly #writer: AnswerWriter;
  /** When the wait for a head began: for the first byte, then for the rest of it. */
  #waitingSince: Micros;
  #requests = 0;
  #exchange: Exchange | undefined;
  #relay: Relay | undefined;
  #record: HttpRequestRecord | undefined;
  #isReading = false;
  #form: AwaitedForm | undefined;
  #tarpitted: Tarpitted | undefined;
  #isOver = false;
  server: LiveServer | undefined;

  constructor(
    traffic: Traffic,
    front: LiveProxy,
    bind: Bind,
    client: Stream,
    services: HttpServices,
    arrivedAt: Micros,
    first?: Uint8Array,
  ) {
    this.front = front;
    this.bind = bind;
    this.client = client;
    this.#traffic = traffic;
    this.#services = services;
    this.acceptedAt = arrivedAt;
    this.id = traffic.nextId();
    this.#waitingSince = traffic.clock.now();
    this.handshakeTook = micros(this.#waitingSince - arrivedAt);
    this.source = peerOf(client.peer);
    this.destination = peerOf(client.local());
    this.#inbox = new Inbox(traffic.streams, traffic.live.config.global.bufferSize);
    if (first !== undefined) this.#inbox.put(first);
    this.#writer = new AnswerWriter(client, traffic.streams);
    client.onReady = (readiness) => this.#onReady(readiness);
  }

  start(): void {
    this.#traffic.scheduler.update(this);
    this.#read();
  }

  kill(why: 'K' | 'D' | 'U'): void {
    this.#close({ cause: why, phase: this.#exchange === undefined ? 'R' : 'D' });
  }

  expire(now: Micros): void {
    if (this.#isOver) return;
    const tarpitted = this.#tarpitted;
    if (tarpitted !== undefined) {
      if (tarpitted.until <= now) this.#leaveTarpit(tarpitted);
    } else if (this.#relay !== undefined) this.#expireTunnel(now);
    else if (this.#exchange !== undefined) this.#exchange.expire(now);
    else {
      const at = this.#headDeadline();
      if (at === undefined || at > now) return;
      this.#headTimedOut();
    }
  }

  nextDeadline(): Micros | undefined {
    if (this.#isOver) return undefined;
    if (this.#tarpitted !== undefined) return this.#tarpitted.until;
    if (this.#relay !== undefined) return this.#tunnelLimit()?.at;
    return this.#exchange === undefined ? this.#headDeadline() : this.#exchange.nextDeadline();
  }

  /** `http-request` from the first byte on, and for the first request from the beginning. */
  #headDeadline(): Micros | undefined {
    const { timeouts } = this.front.config;
    const isIdle = this.#requests > 0 && this.#inbox.length === 0;
    const limit = isIdle
      ? (timeouts.httpKeepAlive ?? timeouts.httpRequest ?? timeouts.client)
      : (timeouts.httpRequest ?? timeouts.client);
    return limit === undefined ? undefined : addMicros(this.#waitingSince, limit);
  }

  #headTimedOut(): void {
    const isIdle = this.#requests > 0 && this.#inbox.length === 0;
    const ignores = this.front.config.options.has('http-ignore-probes') && this.#inbox.length === 0;
    if (isIdle || ignores) this.#close(undefined);
    else this.#refuse(408, { cause: 'c', phase: 'R' });
  }

  #onReady(readiness: Readiness): void {
    if (this.#isOver) return;
    const isEnding = (readiness & (PEER_ENDED | HANG_UP | BROKEN)) !== 0;
    if (isEnding || (readiness & READABLE) !== 0) this.#inbox.ready(isEnding ? 'end' : 'open');
    if (this.#writer.isBusy) {
      this.#writer.continue();
      return;
    }
    if (this.#tarpitted !== undefined && isEnding) {
      this.#leaveTarpit(this.#tarpitted);
      return;
    }
    if (this.#exchange !== undefined) this.#exchange.clientReady(readiness);
    else this.#read();
  }

  /** As many requests as have come; each waits for the response of the one before it. */
  #read(): void {
    if (this.#isReading) return;
    this.#isReading = true;
    while (!this.#isOver && this.#exchange === undefined && this.#relay === undefined) {
      if (this.#writer.isBusy || this.#tarpitted !== undefined || !this.#step()) break;
    }
    this.#isReading = false;
  }

  /** Whether it makes sense to go on. */
  #step(): boolean {
    const form = this.#form;
    if (form !== undefined && this.#inbox.length >= form.bytes) {
      this.#takeForm(form);
      return true;
    }
    if (form === undefined && this.#inbox.length > 0) {
      const head = decodeRequestHead(this.#inbox.bytes);
      if (head !== 'incomplete') {
        if ('error' in head) this.#refuse(400, { cause: 'P', phase: 'R' });
        else this.#take(head);
        return true;
      }
    }
    const wasEmpty = this.#inbox.length === 0;
    const count = this.#inbox.receive(this.client);
    if (count > 0) {
      if (wasEmpty && this.#requests > 0) this.#waitingSince = this.#traffic.clock.now();
      this.#traffic.scheduler.update(this);
      return true;
    }
    if (count === WOULD_BLOCK) return false;
    if (count === FULL) this.#refuse(400, { cause: 'P', phase: 'R' });
    else if (this.#inbox.length === 0) this.#endedSilently();
    else if (count === END) this.#refuse(400, ABORTED);
    else this.#close(ABORTED);
    return true;
  }

  /** Between requests, or without any: who only looked whether somebody is there is logged as well. */
  #endedSilently(): void {
    if (this.#requests > 0 || this.front.config.options.has('http-ignore-probes')) {
      this.#close(undefined);
      return;
    }
    const record = { session: this, startedAt: this.#waitingSince, status: 400 };
    this.#record = { ...record, bytesIn: 0, bytesOut: 0 };
    this.#countBad();
    this.#close(ABORTED);
  }

  #take(head: RequestHead): void {
    this.#inbox.consume(head.length);
    const { front } = this.front;
    const now = this.#traffic.clock.now();
    this.#requests += 1;
    const counted = countedOf(head);
    if (front !== undefined) {
      front.counters.bytesIn += counted;
      front.counters.requests += 1;
      front.requestRate.count(now);
    }
    this.#traffic.live.requests += 1;
    this.#record = {
      session: this,
      head,
      startedAt: this.#waitingSince,
      headAt: now,
      bytesIn: counted,
      bytesOut: 0,
    };
    const framing = framingOf(head);
    if (
      framing === undefined ||
      !this.#isReadable(framing) ||
      !hasOneHost(head) ||
      isBadUpgrade(head)
    ) {
      this.#record = undefined;
      if (front !== undefined) front.counters.requests -= 1;
      this.#refuse(400, { cause: 'P', phase: 'R' });
      return;
    }
    this.#decide(head, { ...head, headers: [...head.headers] });
  }

  /** As far as its body has come. */
  #isReadable(framing: Framing): boolean {
    const { bytes } = this.#inbox;
    return (
      framing.kind !== 'chunked' || createBodyReader(framing).read(bytes, 0, bytes.length) >= 0
    );
  }

  #facts(request: RequestHead, draft: DraftRequest, back?: LiveProxy): SampleFacts {
    const isFirst = this.#requests === 1;
    return this.#services.facts({
      front: this.front,
      ...(this.source !== undefined && { source: this.source }),
      ...(this.destination !== undefined && { destination: this.destination }),
      ...(back !== undefined && { back }),
      ...(this.client.tls !== undefined && { tls: this.client.tls }),
      request: { ...request, ...draft, isFirst },
    });
  }

  #decide(head: RequestHead, draft: DraftRequest): void {
    if (this.#isTurnedAway(this.front, head, draft) || this.#isMonitor(head, draft)) return;
    if (!this.#passes(this.front, head, draft)) return;
    const back = this.#backOf(head, draft);
    if (back !== undefined && back !== this.front) {
      if (this.#isTurnedAway(back, head, draft) || !this.#passes(back, head, draft)) return;
    }
    const owners = back === undefined || back === this.front ? [this.front] : [this.front, back];
    if (owners.some((proxy) => this.#isForStats(proxy, head, draft))) return;
    if (back === undefined) {
      this.#answer(failurePage(503), { cause: 'S', phase: 'C' });
      return;
    }
    this.#exchangeWith(back, head, draft);
  }

  /** By `tcp-request content`: without an answer. */
  #isTurnedAway(proxy: LiveProxy, head: RequestHead, draft: DraftRequest): boolean {
    const { tcpRules } = proxy.config;
    if (!tcpRules.some(({ on }) => on === 'content')) return false;
    const facts = this.#facts(head, draft, proxy);
    if (judgeTcpRules(tcpRules, 'content', facts, 'final') !== 'reject') return false;
    const side = proxy.front ?? proxy.back;
    if (side !== undefined) side.counters.deniedRequests += 1;
    this.#record = { session: this, startedAt: this.#waitingSince, bytesIn: 0, bytesOut: 0 };
    this.#close({ cause: 'P', phase: 'R' });
    return true;
  }

  #isMonitor(head: RequestHead, draft: DraftRequest): boolean {
    const { monitor } = this.front.config;
    if (monitor === undefined || draft.target !== monitor.uri) return false;
    const fails =
      monitor.failWhen !== undefined && holds(monitor.failWhen, this.#facts(head, draft));
    this.#answer(failurePage(fails ? 503 : 200), 'untold');
    return true;
  }

  #passes(proxy: LiveProxy, head: RequestHead, draft: DraftRequest): boolean {
    const { httpRequestRules, stats, name } = proxy.config;
    if (httpRequestRules.length === 0) return true;
    const verdict = applyRequestRules(
      httpRequestRules,
      draft,
      (changed) => this.#facts(head, changed, proxy),
      stats?.realm ?? name,
    );
    if (verdict.kind === 'go-on') return true;
    if (verdict.kind === 'service') {
      this.#answer(this.#services.metrics(draft), { cause: 'L', phase: 'R' });
      return false;
    }
    if (verdict.kind === 'tarpit') {
      this.#tarpit(proxy, verdict.status);
      return false;
    }
    const { front } = this.front;
    if (verdict.isDenial && front !== undefined) front.counters.deniedRequests += 1;
    const answer = verdict.isDenial ? this.#pageOf(proxy, verdict.answer) : verdict.answer;
    this.#answer(answer, { cause: verdict.isDenial ? 'P' : 'L', phase: 'R' });
    return false;
  }

  /** The answer comes late, so that the client has waited. */
  #tarpit(proxy: LiveProxy, status: number): void {
    const { tarpit, connect } = { ...this.front.config.timeouts, ...proxy.config.timeouts };
    const now = this.#traffic.clock.now();
    this.#tarpitted = { proxy, status, until: addMicros(now, tarpit ?? connect ?? 0) };
    if (this.front.front !== undefined) this.front.front.counters.deniedRequests += 1;
    this.#traffic.scheduler.update(this);
  }

  #leaveTarpit({ proxy, status }: Tarpitted): void {
    this.#tarpitted = undefined;
    const record = this.#record;
    if (record !== undefined) record.isTarpitted = true;
    this.#answer(this.#pageOf(proxy, failurePage(status)), { cause: 'P', phase: 'T' });
    this.#read();
  }

  #backOf(head: RequestHead, draft: DraftRequest): LiveProxy | undefined {
    return chooseBackend(this.#traffic.live, this.front, () => this.#facts(head, draft));
  }

  #isForStats(proxy: LiveProxy, head: RequestHead, draft: DraftRequest): boolean {
    const { stats } = proxy.config;
    if (stats === undefined || !draft.target.startsWith(stats.uri)) return false;
    const framing = framingOf(head);
    if (head.method === 'POST' && framing?.kind === 'length' && framing.bytes <= FORM_BYTES_MAX) {
      this.#form = { proxy, head, draft, bytes: framing.bytes };
      return true;
    }
    return this.#answerStats(proxy, head, draft, undefined);
  }

  #answerStats(
    proxy: LiveProxy,
    head: RequestHead,
    draft: DraftRequest,
    body: string | undefined,
  ): boolean {
    const answer = this.#services.stats(proxy, this.#facts(head, draft, proxy), body);
    if (answer === undefined) return false;
    if (this.#record !== undefined) this.#record.isOfStats = true;
    this.#answer(answer, { cause: 'L', phase: 'R' }, body === undefined ? 'unread' : 'read');
    return true;
  }

  /** The body of a form, which the page wants whole. */
  #takeForm({ proxy, head, draft, bytes }: AwaitedForm): void {
    this.#form = undefined;
    const body = latin1(this.#inbox.bytes, 0, bytes);
    this.#inbox.consume(bytes);
    if (!this.#answerStats(proxy, head, draft, body))
      this.#answer(failurePage(503), { cause: 'S', phase: 'C' });
  }

  #exchangeWith(back: LiveProxy, head: RequestHead, draft: DraftRequest): void {
    const framing = framingOf(head);
    if (framing === undefined) return;
    const record = this.#record;
    if (record !== undefined) record.back = back;
    const { back: side } = back;
    const now = this.#traffic.clock.now();
    if (side !== undefined) {
      side.counters.sessions += 1;
      side.counters.current += 1;
      side.counters.most = Math.max(side.counters.most, side.counters.current);
      side.counters.requests += 1;
      side.counters.bytesIn += countedOf(head);
      side.sessionRate.count(now);
    }
    const wanted = clientKeeping({ ...head, isFirst: false });
    const allowed = allowedKeeping(this.front.config, back.config).client;
    const exchange = new Exchange(
      {
        ...{ traffic: this.#traffic, front: this.front, back, kept: this.#services.kept },
        ...{ client: this.client, inbox: this.#inbox, request: head, draft },
        isFirst: this.#requests === 1,
        source: this.source?.ip,
        clientKeeping: this.#isBothWays(head) ? 'close' : allowed === 'close' ? 'close' : wanted,
        hash: this.#hashOf(back, head, draft),
        factsOf: (more) => ({ ...this.#facts(head, draft, back), ...more }),
        onBytes: (from, count, server) => this.#countBytes(back, from, count, server),
        hands: {
          onDeadline: () => this.#traffic.scheduler.update(this),
          onDone: (keeping) => this.#onDone(exchange, back, keeping),
          onFailure: (status, end) => {
            this.#exchangeOver(exchange, back);
            const sides = [back.back?.counters, exchange.server?.counters];
            this.#answer(this.#pageOf(back, failurePage(status)), end, 'unread', sides);
            this.#read();
          },
          onBroken: (end) => {
            this.#exchangeOver(exchange, back);
            this.#close(end);
          },
          onTunnel: (server, stream, first) => this.#tunnel(back, server, stream, first),
        },
      },
      framing,
    );
    this.#exchange = exchange;
    exchange.start();
    this.#traffic.scheduler.update(this);
  }

  /** A length beside chunks: what follows is not to be trusted. */
  #isBothWays({ headers }: RequestHead): boolean {
    const has = (wanted: string): boolean => headers.some(([name]) => name === wanted);
    return has('content-length') && has('transfer-encoding');
  }

  #hashOf(back: LiveProxy, head: RequestHead, draft: DraftRequest): number | undefined {
    const { balance } = back.config;
    const facts = (): SampleFacts => this.#facts(head, draft, back);
    switch (balance.kind) {
      case 'source':
        return this.source === undefined ? undefined : hashOfAddress(this.source.ip);
      case 'uri': {
        const path = balance.whole ? draft.target : pathOf({ ...head, ...draft, isFirst: false });
        const parts =
          balance.depth === undefined
            ? path
            : path
                .split('/')
                .slice(0, balance.depth + 1)
                .join('/');
        return hashOfText(balance.len === undefined ? parts : parts.slice(0, balance.len));
      }
      case 'hdr':
        return hashOfSample('req.hdr', balance.name, facts());
      case 'url_param':
        return hashOfSample('url_param', balance.name, facts());
      case 'hash': {
        const value = evaluateSample(balance.sample, facts());
        return value === undefined ? undefined : hashOfText(String(value));
      }
      default:
        return undefined;
    }
  }

  #onDone(exchange: Exchange, back: LiveProxy, keeping: Keeping): void {
    this.#exchangeOver(exchange, back);
    this.#log(IN_ORDER);
    if (keeping === 'close') this.#close(undefined);
    else {
      this.#waitForNext();
      this.#read();
    }
  }

  #exchangeOver(exchange: Exchange, back: LiveProxy): void {
    this.server = exchange.server;
    const record = this.#record;
    if (record !== undefined) {
      record.exchange = exchange;
      if (exchange.server !== undefined) record.server = exchange.server;
    }
    if (record !== undefined && exchange.response !== undefined)
      record.response = exchange.response;
    this.#countResponse(exchange.response?.status, exchange.server);
    if (back.back !== undefined) back.back.counters.current -= 1;
    this.#exchange = undefined;
  }

  #waitForNext(): void {
    this.#record = undefined;
    this.server = undefined;
    this.#waitingSince = this.#traffic.clock.now();
    this.#traffic.scheduler.update(this);
  }

  #tunnel(back: LiveProxy, server: LiveServer, stream: Stream, first: Uint8Array): void {
    this.server = server;
    const rest = this.#inbox.bytes.slice();
    this.#inbox.drop();
    const relay = new Relay(this.client, stream, {
      streams: this.#traffic.streams,
      shared: this.#traffic.shared,
      now: () => this.#traffic.clock.now(),
      onBytes: (from, count) => this.#countBytes(back, from, count, server),
      onChange: () => {
        if (relay.state !== 'over') this.#traffic.scheduler.update(this);
        else this.#tunnelOver(back, server, relay);
      },
    });
    this.#relay = relay;
    relay.start(rest, first);
    this.#traffic.scheduler.update(this);
  }

  #tunnelOver(back: LiveProxy, server: LiveServer, relay: Relay, end?: SessionEnd): void {
    const exchange = this.#exchange;
    this.#relay = undefined;
    this.#traffic.dispatcherOf(back).release(this.#traffic.clock.now(), server);
    if (exchange !== undefined) this.#exchangeOver(exchange, back);
    const broken = relay.broken === undefined ? IN_ORDER : ({ cause: 'C', phase: 'D' } as const);
    this.#close(end ?? broken);
  }

  #tunnelLimit(): ReturnType<typeof relayLimit> {
    const relay = this.#relay;
    const back = this.#record?.back ?? this.front;
    return relay && relayLimit(relay, this.front.config.timeouts, back.config.timeouts);
  }

  #expireTunnel(now: Micros): void {
    const limit = this.#tunnelLimit();
    const relay = this.#relay;
    const server = this.server;
    if (limit === undefined || limit.at > now || relay === undefined || server === undefined)
      return;
    relay.stop();
    const cause = limit.side === 'client' ? 'c' : 's';
    this.#tunnelOver(this.#record?.back ?? this.front, server, relay, { cause, phase: 'D' });
  }

  /** The page of the configuration, where it has one: a whole response, sent as it is. */
  #pageOf(proxy: LiveProxy, answer: LocalAnswer): LocalAnswer {
    const raw =
      proxy.config.errorFiles.get(answer.status) ?? this.front.config.errorFiles.get(answer.status);
    return raw === undefined ? answer : { ...answer, raw };
  }

  /** Nothing that follows it can be understood. */
  #refuse(status: 400 | 408, end: SessionEnd): void {
    this.#countBad();
    const { front } = this.front;
    if (front !== undefined) front.counters.requests += 1;
    this.#inbox.drop();
    this.#record ??= {
      ...{ session: this, startedAt: this.#waitingSince, bytesIn: 0, bytesOut: 0 },
    };
    this.#answer(this.#pageOf(this.front, failurePage(status, 'unread')), end);
  }

  /** `untold`: nothing is logged. */
  #answer(
    answer: LocalAnswer,
    end: SessionEnd | 'untold',
    body: 'read' | 'unread' = 'unread',
    sides: readonly (SideCounters | undefined)[] = [],
  ): void {
    const { front } = this.front;
    const record = this.#record;
    const head = record?.head;
    const isBodyLeft = body === 'unread' && head !== undefined && framingOf(head)?.kind !== 'none';
    const wanted: Keeping =
      head === undefined ? 'close' : clientKeeping({ ...head, isFirst: false });
    const allowed = allowedKeeping(this.front.config, undefined).client;
    const keeping: Keeping =
      answer.after === 'close' || isBodyLeft || allowed === 'close' ? 'close' : wanted;
    const bytes = this.#writer.write(answer, head, keeping, () => {
      if (this.#isOver) return;
      if (keeping === 'close') this.#close(undefined);
      else {
        this.#waitForNext();
        this.#read();
      }
    });
    if (record !== undefined) {
      record.status = answer.status;
      record.bytesOut += bytes;
    }
    for (const counters of sides) if (counters !== undefined) counters.bytesOut += bytes;
    if (front !== undefined) {
      front.counters.bytesOut += bytes;
      if (end === 'untold' || end.cause === 'L') front.counters.intercepted += 1;
    }
    this.#countResponse(answer.status, undefined);
    if (end === 'untold') this.#record = undefined;
    else this.#log(end);
    this.#writer.settle();
  }

  #countBad(): void {
    const { front } = this.front;
    if (front !== undefined) front.counters.badRequests += 1;
  }

  #countResponse(status: number | undefined, server: LiveServer | undefined): void {
    if (status === undefined) return;
    const digit = Math.floor(status / 100);
    const index = digit >= 1 && digit <= 5 ? digit : 0;
    const back = this.#record?.back?.back;
    for (const counters of [this.front.front?.counters, back?.counters, server?.counters])
      if (counters !== undefined) counters.responses[index] = (counters.responses[index] ?? 0) + 1;
  }

  #countBytes(back: LiveProxy, from: 'client' | 'server', count: number, server: LiveServer): void {
    const all: (SideCounters | undefined)[] = [
      this.front.front?.counters,
      back.back?.counters,
      server.counters,
    ];
    const record = this.#record;
    for (const counters of all) {
      if (counters === undefined) continue;
      if (from === 'client') counters.bytesIn += count;
      else counters.bytesOut += count;
    }
    if (record === undefined) return;
    if (from === 'client') record.bytesIn += count;
    else record.bytesOut += count;
  }

  #log(end: SessionEnd): void {
    const record = this.#record;
    if (record === undefined) return;
    this.#record = undefined;
    this.#services.log(record, end);
  }

  /** Undefined: there is no request to tell of. */
  #close(end: SessionEnd | undefined): void {
    if (this.#isOver) return;
    this.#isOver = true;
    if (end !== undefined) this.#log(end);
    const exchange = this.#exchange;
    if (exchange !== undefined) {
      exchange.stop();
      const back = this.#record?.back ?? this.front;
      if (back.back !== undefined && this.#exchange !== undefined) back.back.counters.current -= 1;
    }
    this.#relay?.stop();
    this.#writer.drop();
    this.#inbox.drop();
    drain(this.client, this.#traffic.shared);
    this.client.close();
    this.#traffic.ended(this, this.front);
  }
}

/** Of a form of the stats page. */
const FORM_BYTES_MAX = 16_000;

interface Tarpitted {
  readonly proxy: LiveProxy;
  readonly status: number;
  readonly until: Micros;
}

interface AwaitedForm {
  readonly proxy: LiveProxy;
  readonly head: RequestHead;
  readonly draft: DraftRequest;
  readonly bytes: number;
}

const ABORTED: SessionEnd = { cause: 'C', phase: 'R' };

function countedOf({ method, target, version, headers }: RequestHead): number {
  return countedHead([method, target, `HTTP/${version}`], headers);
}

function peerOf(endpoint: Stream['peer']): Peer | undefined {
  return isIpEndpoint(endpoint) ? endpoint : undefined;
}

function hashOfSample(fetch: string, name: string, facts: SampleFacts): number | undefined {
  const value = evaluateSample({ fetch, args: [name], converters: [] }, facts);
  return value === undefined ? undefined : hashOfText(String(value));
}

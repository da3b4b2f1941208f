/** A connection of a client that speaks HTTP/1: one request after the other. */
import { addMicros, type Micros, micros } from '../../../base/time.ts';
import type { Bind } from '../../../config/model/proxy.ts';
import type { SideCounters } from '../../../core/proxy/counters.ts';
import { failurePage, type LocalAnswer } from '../../../core/proxy/http/answers.ts';
import {
  allowedKeeping,
  clientKeeping,
  type Keeping,
} from '../../../core/proxy/http/forwarding.ts';
import type { DraftRequest } from '../../../core/proxy/http/rules.ts';
import { headLimit } from '../../../core/proxy/limits.ts';
import type { LiveProxy, LiveServer } from '../../../core/proxy/live.ts';
import type { Peer, SampleFacts } from '../../../core/proxy/samples/facts.ts';
import { IN_ORDER, type SessionEnd } from '../../../core/proxy/session-end.ts';
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
import type { Side } from '../../../proxy/relay.ts';
import { decodeRequestHead, latin1, type RequestHead } from '../../../wire/http1/head.ts';
import { drain } from '../drain.ts';
import { isIpEndpoint } from '../endpoints.ts';
import type { Session, Traffic } from '../traffic.ts';
import { AnswerWriter } from './answer-writer.ts';
import type { AwaitedForm, Tarpitted } from './awaited.ts';
import { balanceHash } from './balance-hash.ts';
import { countArrival, countBytes, countedRequest, countResponse } from './counting.ts';
import { decide } from './decision.ts';
import { Exchange } from './exchange.ts';
import type { HttpRequestRecord, HttpServices } from './http-services.ts';
import { HttpTunnel } from './tunnel.ts';
import { framingOf, hasBothLengths, isUnderstood } from './understanding.ts';

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
  #tunnelled: HttpTunnel | undefined;
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
    const { server } = this;
    if (this.#tunnelled !== undefined && server !== undefined) {
      // The exchange has handed its connection over, and with it the place at the server.
      this.#tunnelled.stop();
      this.#tunnelOver(this.#record?.back ?? this.front, server, { cause: why, phase: 'D' });
      return;
    }
    this.#close({ cause: why, phase: this.#exchange === undefined ? 'R' : 'D' });
  }

  expire(now: Micros): void {
    if (this.#isOver) return;
    const tarpitted = this.#tarpitted;
    if (tarpitted !== undefined) {
      if (tarpitted.until <= now) this.#leaveTarpit(tarpitted);
    } else if (this.#tunnelled !== undefined) this.#tunnelled.expire(now);
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
    if (this.#tunnelled !== undefined) return this.#tunnelled.nextDeadline();
    return this.#exchange === undefined ? this.#headDeadline() : this.#exchange.nextDeadline();
  }

  /** `http-request` from the first byte on, and for the first request from the beginning. */
  #headDeadline(): Micros | undefined {
    const { timeouts } = this.front.config;
    const isIdle = this.#requests > 0 && this.#inbox.length === 0;
    const limit = headLimit(timeouts, isIdle ? 'between' : 'head');
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
    while (!this.#isOver && this.#exchange === undefined && this.#tunnelled === undefined) {
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
    const counted = countedRequest(head);
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
    if (!isUnderstood(head, this.#inbox.bytes)) {
      this.#record = undefined;
      if (front !== undefined) front.counters.requests -= 1;
      this.#refuse(400, { cause: 'P', phase: 'R' });
      return;
    }
    this.#decide(head, { ...head, headers: [...head.headers] });
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
    const decision = decide(this.#traffic.live, this.front, draft, (changed, back) =>
      this.#facts(head, changed, back),
    );
    switch (decision.kind) {
      case 'turned-away':
        this.#record = { session: this, startedAt: this.#waitingSince, bytesIn: 0, bytesOut: 0 };
        this.#close({ cause: 'P', phase: 'R' });
        return;
      case 'tarpit':
        this.#tarpit(decision.owner, decision.status);
        return;
      case 'metrics':
        this.#answer(this.#services.metrics(draft), { cause: 'L', phase: 'R' });
        return;
      case 'answer': {
        const { answer, owner, end } = decision;
        this.#answer(owner === undefined ? answer : this.#pageOf(owner, answer), end);
        return;
      }
      case 'forward':
        this.#forward(decision.back, head, draft);
    }
  }

  /** To the statistics, or to a server. */
  #forward(back: LiveProxy | undefined, head: RequestHead, draft: DraftRequest): void {
    const owners = back === undefined || back === this.front ? [this.front] : [this.front, back];
    if (owners.some((proxy) => this.#isForStats(proxy, head, draft))) return;
    if (back !== undefined) this.#exchangeWith(back, head, draft);
    else this.#answer(failurePage(503), { cause: 'S', phase: 'C' });
  }

  /** The answer comes late, so that the client has waited. */
  #tarpit(proxy: LiveProxy, status: number): void {
    const { tarpit, connect } = { ...this.front.config.timeouts, ...proxy.config.timeouts };
    const now = this.#traffic.clock.now();
    this.#tarpitted = { proxy, status, until: addMicros(now, tarpit ?? connect ?? 0) };
    this.#traffic.scheduler.update(this);
  }

  #leaveTarpit({ proxy, status }: Tarpitted): void {
    this.#tarpitted = undefined;
    const record = this.#record;
    if (record !== undefined) record.isTarpitted = true;
    this.#answer(this.#pageOf(proxy, failurePage(status)), { cause: 'P', phase: 'T' });
    this.#read();
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
    countArrival(back.back, head, this.#traffic.clock.now());
    const wanted = clientKeeping({ ...head, isFirst: false });
    const allowed = allowedKeeping(this.front.config, back.config).client;
    const exchange = new Exchange(
      {
        ...{ traffic: this.#traffic, front: this.front, back, kept: this.#services.kept },
        ...{ client: this.client, inbox: this.#inbox, request: head, draft },
        isFirst: this.#requests === 1,
        source: this.source?.ip,
        clientKeeping: hasBothLengths(head) ? 'close' : allowed === 'close' ? 'close' : wanted,
        hash: balanceHash(back, () => this.#facts(head, draft, back)),
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
    this.#tunnelled = new HttpTunnel({
      ...{ traffic: this.#traffic, front: this.front, back, client: this.client, stream },
      onBytes: (from, count) => this.#countBytes(back, from, count, server),
      onDeadline: () => this.#traffic.scheduler.update(this),
      onOver: (end) => this.#tunnelOver(back, server, end),
    });
    this.#tunnelled.start(rest, first);
    this.#traffic.scheduler.update(this);
  }

  #tunnelOver(back: LiveProxy, server: LiveServer, end: SessionEnd): void {
    const exchange = this.#exchange;
    this.#tunnelled = undefined;
    this.#traffic.dispatcherOf(back).release(this.#traffic.clock.now(), server);
    if (exchange !== undefined) this.#exchangeOver(exchange, back);
    this.#close(end);
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
    const sides = [this.front.front?.counters, this.#record?.back?.back?.counters];
    countResponse(status, [...sides, server?.counters]);
  }

  #countBytes(back: LiveProxy, from: Side, count: number, server: LiveServer): void {
    const sides = [this.front.front?.counters, back.back?.counters, server.counters];
    countBytes(from, count, [...sides, this.#record]);
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
    this.#tunnelled?.stop();
    this.#writer.drop();
    this.#inbox.drop();
    drain(this.client, this.#traffic.shared);
    this.client.close();
    this.#traffic.ended(this, this.front);
  }
}

/** Of a form of the stats page. */
const FORM_BYTES_MAX = 16_000;

const ABORTED: SessionEnd = { cause: 'C', phase: 'R' };

function peerOf(endpoint: Stream['peer']): Peer | undefined {
  return isIpEndpoint(endpoint) ? endpoint : undefined;
}

/** A connection of a client that speaks HTTP/1: one request after the other. */
import { addMicros, type Micros, micros } from '../../../base/time.ts';
import type { Bind } from '../../../config/model/proxy.ts';
import { failurePage } from '../../../core/proxy/http/answers.ts';
import type { Keeping } from '../../../core/proxy/http/forwarding.ts';
import type { DraftRequest } from '../../../core/proxy/http/rules.ts';
import { headLimit } from '../../../core/proxy/limits.ts';
import type { LiveProxy, LiveServer } from '../../../core/proxy/live.ts';
import type { Peer, SampleFacts } from '../../../core/proxy/samples/facts.ts';
import { IN_ORDER, type SessionEnd } from '../../../core/proxy/session-end.ts';
import { BROKEN, HANG_UP, READABLE, type Readiness, type Stream } from '../../../ports/streams.ts';
import { Inbox } from '../../../proxy/http/inbox.ts';
import { latin1, type RequestHead } from '../../../wire/http1/head.ts';
import { drain } from '../drain.ts';
import { isIpEndpoint } from '../endpoints.ts';
import type { Session, Traffic } from '../traffic.ts';
import { Answering, pageOf, type Saying } from './answering.ts';
import { type AwaitedForm, awaitedForm, type Tarpitted, tarpittedBy } from './awaited.ts';
import { countRequest } from './counting.ts';
import { decide } from './decision.ts';
import { ForwardedRequest } from './forwarded-request.ts';
import type { HttpRequestRecord, HttpServices } from './http-services.ts';
import { readRequestHead, receiveMore } from './request-reader.ts';
import { framingOf, isUnderstood } from './understanding.ts';

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
  readonly #answering: Answering;
  /** When the wait for a head began: for the first byte, then for the rest of it. */
  #waitingSince: Micros;
  #requests = 0;
  #forwarded: ForwardedRequest | undefined;
  #record: HttpRequestRecord | undefined;
  #isReading = false;
  #form: AwaitedForm | undefined;
  #tarpitted: Tarpitted | undefined;
  #isOver = false;

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
    this.#answering = new Answering(front, client, traffic);
    client.onReady = (readiness) => this.#onReady(readiness);
  }

  get server(): LiveServer | undefined {
    return this.#forwarded?.server;
  }

  start(): void {
    this.#traffic.scheduler.update(this);
    this.#read();
  }

  finish(): void {
    this.#traffic.scheduler.update(this);
  }

  kill(why: 'K' | 'D' | 'U'): void {
    this.#close({ cause: why, phase: this.#forwarded === undefined ? 'R' : 'D' });
  }

  expire(now: Micros): void {
    if (this.#isOver) return;
    const tarpitted = this.#tarpitted;
    if (tarpitted !== undefined) {
      if (tarpitted.until <= now) this.#leaveTarpit(tarpitted);
    } else if (this.#forwarded !== undefined) this.#forwarded.expire(now);
    else {
      const at = this.#headDeadline();
      if (at === undefined || at > now) return;
      this.#headTimedOut();
    }
  }

  nextDeadline(): Micros | undefined {
    if (this.#isOver) return undefined;
    if (this.#tarpitted !== undefined) return this.#tarpitted.until;
    return this.#forwarded === undefined ? this.#headDeadline() : this.#forwarded.nextDeadline();
  }

  /** `http-request` from the first byte on, and for the first request from the beginning. */
  #headDeadline(): Micros | undefined {
    const { timeouts } = this.front.config;
    const isIdle = this.#requests > 0 && this.#inbox.length === 0;
    const idle = this.#traffic.isLeaving ? 'last' : 'between';
    const limit = headLimit(timeouts, isIdle ? idle : 'head');
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
    if (this.#answering.isBusy) {
      this.#answering.continue();
      return;
    }
    if (this.#tarpitted !== undefined && isEnding) {
      this.#leaveTarpit(this.#tarpitted);
      return;
    }
    if (this.#forwarded !== undefined) this.#forwarded.clientReady(readiness);
    else this.#read();
  }

  /** As many requests as have come; each waits for the response of the one before it. */
  #read(): void {
    if (this.#isReading) return;
    this.#isReading = true;
    while (!this.#isOver && this.#forwarded === undefined) {
      if (this.#answering.isBusy || this.#tarpitted !== undefined || !this.#step()) break;
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
    const wasEmpty = this.#inbox.length === 0;
    const outcome = (form === undefined ? readRequestHead : receiveMore)(this.#inbox, this.client);
    switch (outcome) {
      case 'waiting':
        return false;
      case 'received':
        if (wasEmpty && this.#requests > 0) this.#waitingSince = this.#traffic.clock.now();
        this.#traffic.scheduler.update(this);
        return true;
      case 'malformed':
        this.#refuse(400, { cause: 'P', phase: 'R' });
        return true;
      case 'ended':
      case 'broken':
        if (this.#inbox.length === 0) this.#endedSilently();
        else if (outcome === 'ended') this.#refuse(400, ABORTED);
        else this.#close(ABORTED);
        return true;
      default:
        this.#take(outcome);
        return true;
    }
  }

  /** Between requests, or without any: who only looked whether somebody is there is logged as well. */
  #endedSilently(): void {
    if (this.#requests > 0 || this.front.config.options.has('http-ignore-probes')) {
      this.#close(undefined);
      return;
    }
    this.#record = { ...this.#emptyRecord(), status: 400 };
    this.#countBad();
    this.#close(ABORTED);
  }

  #take(head: RequestHead): void {
    const { front } = this.front;
    const now = this.#traffic.clock.now();
    this.#requests += 1;
    this.#traffic.live.requests += 1;
    const bytesIn = countRequest(front, head, now);
    const startedAt = this.#waitingSince;
    this.#record = { session: this, head, startedAt, headAt: now, bytesIn, bytesOut: 0 };
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
        this.#record = this.#emptyRecord();
        this.#close({ cause: 'P', phase: 'R' });
        return;
      case 'tarpit':
        this.#tarpitted = tarpittedBy(decision, this.front, this.#traffic.clock.now());
        this.#traffic.scheduler.update(this);
        return;
      case 'metrics':
        this.#answer({ answer: this.#services.metrics(draft), end: { cause: 'L', phase: 'R' } });
        return;
      case 'answer': {
        const { answer, owner, end } = decision;
        const page = owner === undefined ? answer : pageOf(this.front, owner, answer);
        this.#answer({ answer: page, end });
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
    if (back === undefined) this.#answer(NO_SERVER);
    else this.#forwardTo(back, head, draft);
  }

  #leaveTarpit({ owner, status }: Tarpitted): void {
    this.#tarpitted = undefined;
    const record = this.#record;
    if (record !== undefined) record.isTarpitted = true;
    const answer = pageOf(this.front, owner, failurePage(status));
    this.#answer({ answer, end: { cause: 'P', phase: 'T' } });
    this.#read();
  }

  #isForStats(proxy: LiveProxy, head: RequestHead, draft: DraftRequest): boolean {
    const { stats } = proxy.config;
    if (stats === undefined || !draft.target.startsWith(stats.uri)) return false;
    this.#form = awaitedForm(proxy, head, draft);
    return this.#form !== undefined || this.#answerStats(proxy, head, draft, undefined);
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
    const end = { cause: 'L', phase: 'R' } as const;
    this.#answer({ answer, end, ...(body !== undefined && { body: 'read' }) });
    return true;
  }

  /** The body of a form, which the page wants whole. */
  #takeForm({ proxy, head, draft, bytes }: AwaitedForm): void {
    this.#form = undefined;
    const body = latin1(this.#inbox.bytes, 0, bytes);
    this.#inbox.consume(bytes);
    if (!this.#answerStats(proxy, head, draft, body)) this.#answer(NO_SERVER);
  }

  #forwardTo(back: LiveProxy, head: RequestHead, draft: DraftRequest): void {
    const framing = framingOf(head);
    const record = this.#record;
    if (framing === undefined || record === undefined) return;
    const forwarded = new ForwardedRequest({
      ...{ traffic: this.#traffic, kept: this.#services.kept, front: this.front, back },
      ...{ client: this.client, inbox: this.#inbox, source: this.source?.ip },
      ...{ head, draft, isFirst: this.#requests === 1, framing, record },
      facts: () => this.#facts(head, draft, back),
      hands: {
        onDeadline: () => this.#traffic.scheduler.update(this),
        onDone: (keeping) => {
          this.#forwarded = undefined;
          this.#log(IN_ORDER);
          this.#goOn(keeping);
        },
        onFailure: (status, end) => {
          this.#forwarded = undefined;
          const sides = [back.back?.counters, forwarded.server?.counters];
          this.#answer({ answer: pageOf(this.front, back, failurePage(status)), end, sides });
          this.#read();
        },
        onOver: (end) => {
          this.#forwarded = undefined;
          this.#close(end);
        },
      },
    });
    this.#forwarded = forwarded;
    forwarded.start();
    this.#traffic.scheduler.update(this);
  }

  /** With the next request, if the connection is kept. */
  #goOn(keeping: Keeping): void {
    if (keeping === 'close') {
      this.#close(undefined);
      return;
    }
    this.#record = undefined;
    this.#waitingSince = this.#traffic.clock.now();
    this.#traffic.scheduler.update(this);
    this.#read();
  }

  /** Nothing that follows it can be understood. */
  #refuse(status: 400 | 408, end: SessionEnd): void {
    this.#countBad();
    const { front } = this.front;
    if (front !== undefined) front.counters.requests += 1;
    this.#inbox.drop();
    this.#record ??= this.#emptyRecord();
    this.#answer({ answer: pageOf(this.front, this.front, failurePage(status, 'unread')), end });
  }

  #answer(saying: Saying): void {
    this.#answering.say(saying, this.#record, (keeping) => {
      if (!this.#isOver) this.#goOn(keeping);
    });
    if (saying.end === 'untold') this.#record = undefined;
    else this.#log(saying.end);
    this.#answering.settle();
  }

  #emptyRecord(): HttpRequestRecord {
    return { session: this, startedAt: this.#waitingSince, bytesIn: 0, bytesOut: 0 };
  }

  #countBad(): void {
    const { front } = this.front;
    if (front !== undefined) front.counters.badRequests += 1;
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
    this.#forwarded?.stop();
    if (end !== undefined) this.#log(end);
    this.#answering.drop();
    this.#inbox.drop();
    drain(this.client, this.#traffic.shared);
    this.client.close();
    this.#traffic.ended(this, this.front);
  }
}

const NO_SERVER: Saying = { answer: failurePage(503), end: { cause: 'S', phase: 'C' } };

const ABORTED: SessionEnd = { cause: 'C', phase: 'R' };

function peerOf(endpoint: Stream['peer']): Peer | undefined {
  return isIpEndpoint(endpoint) ? endpoint : undefined;
}

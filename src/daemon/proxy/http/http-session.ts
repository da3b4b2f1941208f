/** A connection of a client that speaks HTTP/1: one request after the other. */
import { addMicros, type Micros, micros } from '../../../base/time.ts';
import type { Bind } from '../../../config/model/proxy.ts';
import { Due } from '../../../core/due-heap.ts';
import { failurePage, type LocalAnswer } from '../../../core/proxy/http/answers.ts';
import { type Keeping, withoutKeeping } from '../../../core/proxy/http/forwarding.ts';
import type { DraftRequest } from '../../../core/proxy/http/rules.ts';
import { headLimit } from '../../../core/proxy/limits.ts';
import type { LiveProxy, LiveServer } from '../../../core/proxy/live.ts';
import type { Peer, SampleFacts } from '../../../core/proxy/samples/facts.ts';
import { ABORTED, IN_ORDER, NO_SERVER, type SessionEnd } from '../../../core/proxy/session-end.ts';
import { ENDING, READABLE, type Readiness, type Stream } from '../../../ports/streams.ts';
import { Inbox } from '../../../proxy/http/inbox.ts';
import type { RequestHead } from '../../../wire/http1/head.ts';
import { drain } from '../drain.ts';
import { asPeer } from '../endpoints.ts';
import type { Session, Traffic } from '../traffic.ts';
import { Answering, pageOf, type Saying, unreadPageOf } from './answering.ts';
import { countRequest, countTurnedAway, countVisit } from './counting.ts';
import { decide } from './decision.ts';
import type { BodyState } from './exchange-options.ts';
import { ForwardedRequest, type ForwardHands } from './forwarded-request.ts';
import type { HttpRequestRecord, HttpServices } from './http-services.ts';
import { readRequestHead, receiveMore } from './request-reader.ts';
import { newRecord } from './request-record.ts';
import { sessionFacts } from './session-facts.ts';
import { StatsAsking } from './stats-asking.ts';
import { type Tarpitted, tarpittedBy } from './tarpit.ts';
import { skipBody, type UnderstoodRequest, understand } from './understanding.ts';

export class HttpSession implements Session {
  readonly due = new Due();
  seat = -1;
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
  readonly #stats: StatsAsking;
  /** For one request after the other. */
  readonly #forwardHands: ForwardHands;
  /** When the wait for a head began: for the first byte, then for the rest of it. */
  #waitingSince: Micros;
  #requests = 0;
  #forwarded: ForwardedRequest | undefined;
  #request: UnderstoodRequest | undefined;
  #record: HttpRequestRecord | undefined;
  #isReading = false;
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
    this.source = asPeer(client.peer);
    this.destination = asPeer(client.local());
    this.#inbox = new Inbox(traffic.streams, traffic.live.config.global.bufferSize);
    if (first !== undefined) this.#inbox.put(first);
    this.#answering = new Answering(front, client, traffic);
    this.#forwardHands = this.#createForwardHands();
    this.#stats = new StatsAsking(services, (...known) => this.#facts(...known));
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
    const at = this.nextDeadline();
    if (this.#forwarded !== undefined) this.#forwarded.expire(now);
    else if (at === undefined || at > now) return;
    else if (this.#tarpitted !== undefined) this.#leaveTarpit(this.#tarpitted);
    else this.#headTimedOut();
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
    const ignores = this.front.config.options.has('http-ignore-probes');
    if (isIdle || (ignores && this.#inbox.length === 0)) this.#close(undefined);
    else this.#refuse(408, { cause: 'c', phase: 'R' });
  }

  #onReady(readiness: Readiness): void {
    if (this.#isOver) return;
    const isEnding = (readiness & ENDING) !== 0;
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
    const isForm = this.#stats.isAwaiting;
    if (isForm) {
      const answer = this.#stats.takeForm(this.#inbox);
      if (answer !== 'awaited') {
        this.#answerForm(answer);
        return true;
      }
    }
    const wasEmpty = this.#inbox.length === 0;
    const outcome = (isForm ? receiveMore : readRequestHead)(this.#inbox, this.client);
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
        this.#ended(outcome);
        return true;
      default:
        this.#take(outcome);
        return true;
    }
  }

  /** Between requests nobody is told; who only looked whether somebody is there is logged as well. */
  #ended(how: 'ended' | 'broken'): void {
    const isIdle = this.#inbox.length === 0;
    const ignores = this.front.config.options.has('http-ignore-probes');
    if (isIdle && (this.#requests > 0 || ignores)) this.#close(undefined);
    else if (how === 'ended') this.#refuse(400, ABORTED);
    else {
      this.#record ??= newRecord(this, this.#waitingSince);
      if (isIdle) this.#record.status = 400;
      if (isIdle && this.front.front !== undefined) this.front.front.counters.badRequests += 1;
      this.#close(ABORTED);
    }
  }

  #take(received: RequestHead): void {
    const { front } = this.front;
    this.#requests += 1;
    this.#traffic.live.requests += 1;
    const request = understand(received, this.#inbox.bytes, this.#traffic.live.config.global);
    if (typeof request === 'number') {
      this.#refuse(request, { cause: 'P', phase: 'R' });
      return;
    }
    const { head, counted: bytesIn } = request;
    const now = this.#traffic.clock.now();
    countRequest(front, bytesIn, now);
    const startedAt = this.#waitingSince;
    this.#request = request;
    this.#record = newRecord(this, startedAt, { head, at: now, bytes: bytesIn });
    const { method, target } = head;
    this.#decide(request, { method, target, headers: [...withoutKeeping(head.headers)] });
  }

  #facts(request: RequestHead, draft: DraftRequest, back?: LiveProxy): SampleFacts {
    const isFirst = this.#requests === 1;
    return sessionFacts(this, this.#services, request, { isFirst, ...draft }, back);
  }

  #decide(request: UnderstoodRequest, draft: DraftRequest): void {
    const { head } = request;
    const decision = decide(this.#traffic.live, this.front, draft, (changed, back) =>
      this.#facts(head, changed, back),
    );
    if (decision.ruledBy !== undefined) {
      countVisit(decision.ruledBy.back, request.counted, this.#traffic.clock.now());
      if (this.#record !== undefined) this.#record.back = decision.ruledBy;
    }
    switch (decision.kind) {
      case 'turned-away':
        countTurnedAway(this.front, decision.ruledBy, request.counted);
        this.#record = newRecord(this, this.#waitingSince);
        this.#close({ cause: 'P', phase: 'R' });
        return;
      case 'tarpit':
        this.#tarpitted = tarpittedBy(decision, this.front, this.#traffic.clock.now());
        this.#traffic.scheduler.update(this);
        return;
      case 'metrics':
        this.#answer(this.#services.metrics(draft), { cause: 'L', phase: 'R' });
        return;
      case 'answer': {
        const { answer, owner, end } = decision;
        this.#answer(owner === undefined ? answer : pageOf(this.front, owner, answer), end);
        return;
      }
      case 'forward':
        this.#forward(decision.back, request, draft);
    }
  }

  /** To the statistics, or to a server. */
  #forward(back: LiveProxy | undefined, request: UnderstoodRequest, draft: DraftRequest): void {
    let stats = this.#stats.ask(this.front, request, draft);
    if (back !== undefined && back !== this.front) stats ??= this.#stats.ask(back, request, draft);
    if (stats !== undefined) {
      if (stats !== 'awaited') this.#answerStats(stats, 'untouched');
      return;
    }
    if (back !== undefined) {
      this.#forwardTo(back, request, draft);
      return;
    }
    // As HAProxy logs what it could send nowhere: it has not looked at the request to the end.
    if (this.#record !== undefined) this.#record.headAt = undefined;
    this.#answer(failurePage(503), NO_SERVER);
  }

  #leaveTarpit({ owner, status }: Tarpitted): void {
    this.#tarpitted = undefined;
    const record = this.#record;
    if (record !== undefined) record.isTarpitted = true;
    const page = pageOf(this.front, owner, failurePage(status));
    this.#answer(page, { cause: 'P', phase: 'T' });
    this.#read();
  }

  #answerStats(answer: LocalAnswer, body: BodyState): void {
    if (this.#record !== undefined) this.#record.isOfStats = true;
    this.#say({ answer, end: { cause: 'L', phase: 'R' }, body });
  }

  #answerForm(answer: LocalAnswer | undefined): void {
    if (answer !== undefined) this.#answerStats(answer, 'read');
    else this.#say({ answer: failurePage(503), end: NO_SERVER, body: 'read' });
  }

  #forwardTo(back: LiveProxy, request: UnderstoodRequest, draft: DraftRequest): void {
    const record = this.#record;
    if (record === undefined) return;
    const forwarded = new ForwardedRequest({
      ...{ traffic: this.#traffic, kept: this.#services.kept, front: this.front, back },
      ...{ client: this.client, inbox: this.#inbox, source: this.source?.ip },
      ...{ request, draft, isFirst: this.#requests === 1, record },
      facts: () => this.#facts(request.head, draft, back),
      hands: this.#forwardHands,
    });
    this.#forwarded = forwarded;
    forwarded.start();
    this.#traffic.scheduler.update(this);
  }

  #createForwardHands(): ForwardHands {
    const over = (end: SessionEnd | undefined): void => {
      this.#forwarded = undefined;
      this.#close(end);
    };
    return {
      onDeadline: () => this.#traffic.scheduler.update(this),
      onResponding: () => {
        if (this.front.config.options.has('logasap')) this.#log(IN_ORDER);
      },
      onDone: (keeping) => {
        this.#forwarded = undefined;
        this.#log(IN_ORDER);
        this.#goOn(keeping);
      },
      onFailure: (status, end, body, { back, server }) => {
        this.#forwarded = undefined;
        const answer = pageOf(this.front, back, failurePage(status));
        this.#say({ answer, end, body, sides: [server?.counters] });
        this.#read();
      },
      onUnanswered: () => over(undefined),
      onOver: over,
    };
  }

  /** With the next request, if the connection is kept. */
  #goOn(keeping: Keeping): void {
    if (keeping === 'close') {
      this.#close(undefined);
      return;
    }
    this.#record = undefined;
    this.#request = undefined;
    this.#waitingSince = this.#traffic.clock.now();
    this.#traffic.scheduler.update(this);
    this.#read();
  }

  /** Nothing that follows it can be understood. */
  #refuse(status: 400 | 408 | 422, end: SessionEnd): void {
    const { front } = this.front;
    if (front !== undefined) {
      front.counters.badRequests += 1;
      front.counters.requests += 1;
    }
    this.#inbox.drop();
    this.#record ??= newRecord(this, this.#waitingSince);
    this.#say({ answer: unreadPageOf(this.front, status), end, body: 'begun' });
  }

  #answer(answer: LocalAnswer, end: Saying['end']): void {
    this.#say({ answer, end, body: 'untouched' });
  }

  /** A body that is nobody's is taken out of the way. */
  #say(saying: Saying): void {
    const request = this.#request;
    const isOurs = saying.body === 'untouched' && request !== undefined;
    const body = isOurs ? skipBody(request, this.#inbox, this.front, this.#record) : saying.body;
    this.#answering.say({ ...saying, body }, this.#record, (keeping) => {
      if (!this.#isOver) this.#goOn(keeping);
    });
    if (saying.end === 'untold') this.#record = undefined;
    else this.#log(saying.end);
    this.#answering.settle();
  }

  #log(end: SessionEnd): void {
    const record = this.#record;
    this.#record = undefined;
    if (record !== undefined) this.#services.log(record, end);
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

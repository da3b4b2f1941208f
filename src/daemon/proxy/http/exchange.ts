/** One request, from the choice of a server to the end of the response. */
import { addMicros, type Micros } from '../../../base/time.ts';
import type { Connecting } from '../../../core/proxy/connecting.ts';
import { countedResponse } from '../../../core/proxy/http/accounting.ts';
import {
  isSafelyRepeated,
  isUpgrade,
  type Keeping,
  responseHeaders,
  saysClose,
  serverKeeping,
} from '../../../core/proxy/http/forwarding.ts';
import type { LiveServer } from '../../../core/proxy/live.ts';
import type { RequestFacts } from '../../../core/proxy/samples/facts.ts';
import type { SessionEnd } from '../../../core/proxy/session-end.ts';
import {
  BROKEN,
  ENDING,
  HANG_UP,
  READABLE,
  type Readiness,
  type Stream,
  WRITABLE,
} from '../../../ports/streams.ts';
import { Inbox } from '../../../proxy/http/inbox.ts';
import type { MessagePump, MessageState } from '../../../proxy/http/message-pump.ts';
import type { Framing } from '../../../wire/http1/framing.ts';
import { type Header, headText, type ResponseHead, withHead } from '../../../wire/http1/head.ts';
import { createPump } from './create-pump.ts';
import { ExchangeCounts, isFailure } from './exchange-counts.ts';
import type { ExchangeFailure, ExchangeOptions } from './exchange-options.ts';
import { isInterim, sendInterim } from './interim.ts';
import { requestHeadOf } from './request-head.ts';
import { readResponseHead } from './response-reader.ts';
import { judgeResponse } from './response-verdict.ts';
import { type ReachHands, ServerReach } from './server-reach.ts';

export class Exchange {
  readonly #o: ExchangeOptions;
  readonly #reach: ServerReach;
  readonly #serverInbox: Inbox;
  readonly #framing: Framing;
  readonly #counts: ExchangeCounts;
  readonly #facts: RequestFacts;
  #stream: Stream | undefined;
  #isReused = false;
  #isOver = false;
  #up: MessagePump | undefined;
  #down: MessagePump | undefined;
  #upState: MessageState = 'waiting';
  #framed: Framing | undefined;
  /** Of responses before the response: what the client has not taken. */
  #interimLeft = '';
  #isResponding = false;
  /** The client has all of the response, and the server not all of the request. */
  #isAnswered = false;
  /** The client is not there any more: the server's answer is waited for, and nobody gets it. */
  #isAbandoned = false;
  #again: NodeJS.Immediate | undefined;
  #activeAt: Micros;
  #keepServer: Keeping = 'keep';
  #keepClient: Keeping;
  response: ResponseHead | undefined;
  respondedAt: Micros | undefined;

  constructor(options: ExchangeOptions, framing: Framing) {
    this.#o = options;
    this.#framing = framing;
    this.#counts = new ExchangeCounts(options);
    const { traffic, request, draft, isFirst, clientKeeping } = options;
    const { method, target, headers } = draft;
    this.#facts = { method, target, version: request.version, headers, isFirst };
    this.#activeAt = traffic.clock.now();
    this.#keepClient = clientKeeping;
    const { bufferSize } = traffic.live.config.global;
    this.#serverInbox = new Inbox(traffic.streams, bufferSize);
    const hands: ReachHands = {
      onReached: (...reached) => this.#send(...reached),
      onUnreachable: (end) => this.#fail(503, end),
    };
    this.#reach = new ServerReach(options, hands, this.#activeAt);
  }

  get connecting(): Connecting {
    return this.#reach.connecting;
  }

  get server(): LiveServer | undefined {
    return this.#reach.server;
  }

  start(): void {
    this.connecting.start(this.#activeAt);
  }

  expire(now: Micros): void {
    if (this.#isOver) return;
    if (this.#stream === undefined) {
      this.#reach.expire(now);
      return;
    }
    const at = this.#deadline();
    if (at === undefined || at > now) return;
    if (this.#waitsForClient()) this.#break({ cause: 'c', phase: 'D' });
    else if (this.response === undefined) {
      this.#counts.observe(this.server, 'read-timeout');
      this.#fail(504, { cause: 's', phase: 'H' });
    } else this.#break({ cause: 's', phase: 'D' });
  }

  nextDeadline(): Micros | undefined {
    if (this.#isOver) return undefined;
    return this.#stream === undefined ? this.#reach.nextDeadline() : this.#deadline();
  }

  /** What the client's connection told. */
  clientReady(readiness: Readiness): void {
    if (this.#isOver) return;
    if ((readiness & (BROKEN | HANG_UP)) !== 0) {
      this.#clientBroke();
      return;
    }
    if ((readiness & WRITABLE) !== 0) this.#down?.sinkReady();
    this.#run();
  }

  /** Without `abortonclose` a server that works on a request already is let finish it. */
  #clientBroke(): void {
    const before = this.connecting.waitsFor === 'queue' ? 'Q' : 'C';
    const since = this.response === undefined ? 'H' : 'D';
    const phase = this.#stream === undefined ? before : since;
    const mayAbort = this.#o.back.config.options.has('abortonclose');
    if (phase !== 'H' || mayAbort || this.#upState !== 'done') {
      this.#break({ cause: 'C', phase });
      return;
    }
    if (this.#isAbandoned) return;
    this.#isAbandoned = true;
    this.#counts.abort(this.server, { cause: 'C', phase: 'D' });
  }

  stop(): void {
    if (!this.#isOver) this.#end('close');
  }

  /** The client has to take what there is for it; all else is the server's to do. */
  #waitsForClient(): boolean {
    return this.#isAnswered || (this.#down?.backlog ?? 0) > 0;
  }

  #deadline(): Micros | undefined {
    const { front, back } = this.#o;
    const limit = this.#waitsForClient()
      ? front.config.timeouts.client
      : back.config.timeouts.server;
    return limit === undefined ? undefined : addMicros(this.#activeAt, limit);
  }

  #send(server: LiveServer, stream: Stream, how: 'new' | 'reused'): void {
    const { traffic, client, inbox } = this.#o;
    this.#stream = stream;
    this.#isReused = how === 'reused';
    stream.onReady = (readiness) => this.#serverReady(readiness);
    // Whoever is told of it by an edge need not ask first; a new server may have spoken already.
    if (this.#isReused) this.#serverInbox.expectNews();
    const { text, keeping } = requestHeadOf(this.#o, this.#facts, this.#framing);
    this.#keepServer = keeping;
    this.#up = createPump(traffic, this.#framing, {
      ...{ source: client, inbox, sink: stream },
      onBytes: (count) => this.#o.hands.onBytes('client', count, server),
    });
    this.#up.queueHead(text);
    this.#counts.request(server);
    this.#activeAt = traffic.clock.now();
    this.#run();
    this.#o.hands.onDeadline();
  }

  #serverReady(readiness: Readiness): void {
    if (this.#isOver) return;
    const isEnding = (readiness & ENDING) !== 0;
    if (isEnding || (readiness & READABLE) !== 0)
      this.#serverInbox.ready(isEnding ? 'end' : 'open');
    if ((readiness & (WRITABLE | HANG_UP)) !== 0) this.#up?.sinkReady();
    this.#run();
  }

  /** Who is told of again and again, but moves nothing, gets no more time. */
  #run(): void {
    if (this.#isOver || this.#up === undefined) return;
    const before = this.#moves();
    this.#carry();
    if (this.#moves() !== before) this.#activeAt = this.#o.traffic.clock.now();
  }

  #moves(): number {
    const sent = (this.#up?.departures ?? 0) + (this.#down?.departures ?? 0);
    return sent + this.#o.inbox.arrivals + this.#serverInbox.arrivals;
  }

  #carry(): void {
    if (this.#up === undefined) return;
    if (this.#upState !== 'done') this.#upState = this.#up.run();
    if (this.#upState === 'source-ended' || this.#upState === 'broken-source') {
      this.#break({ cause: 'C', phase: 'D' });
      return;
    }
    if (this.#upState === 'malformed' && this.response === undefined) {
      this.#fail(400, { cause: 'P', phase: 'H' });
      return;
    }
    if (this.#isAnswered) {
      if (this.#upState !== 'waiting' && this.#upState !== 'busy') this.#finish();
      else if (this.#upState === 'busy') this.#continueLater();
      return;
    }
    if (this.response === undefined) this.#readHead();
    if (this.response !== undefined && !this.#isOver) this.#carryResponse();
    if (this.#upState === 'busy' && !this.#isOver) this.#continueLater();
  }

  #readHead(): void {
    while (this.#stream !== undefined) {
      const head = readResponseHead(this.#serverInbox, this.#stream);
      if (head === 'waiting') return;
      if (head === 'ended' || head === 'broken') this.#endedBeforeHead(head);
      else if (head === 'malformed') this.#refuse();
      else if (isInterim(head)) {
        this.#passInterim(head);
        continue;
      } else this.#takeResponse(head);
      return;
    }
  }

  /** The server has not answered as one can. */
  #refuse(): void {
    this.#counts.bad(this.server);
    this.#counts.observe(this.server, 'invalid-headers');
    this.#fail(502, { cause: 'P', phase: 'H' });
  }

  /**
   * A connection that was kept may have been closed in the meantime: the request goes over another one
   * where that does no harm; otherwise only the client knows whether to ask again.
   */
  #endedBeforeHead(how: 'ended' | 'broken'): void {
    const { server } = this;
    if (this.#isReused && this.#serverInbox.length === 0 && server !== undefined) {
      this.#o.kept.close(server);
      if (this.#framing.kind !== 'none' || !isSafelyRepeated(this.#o.draft.method)) {
        this.#end('close');
        this.#o.hands.onUnanswered();
        return;
      }
      this.#stream?.close();
      this.#stream = undefined;
      this.#up?.drop();
      this.#up = undefined;
      this.#upState = 'waiting';
      this.#reach.connectAnew(server);
      return;
    }
    this.#counts.bad(this.server);
    this.#counts.observe(this.server, how === 'broken' ? 'read-error' : 'closed');
    // HAProxy counts the connection that failed as well.
    if (how === 'broken') this.#counts.bad(this.server);
    this.#fail(502, { cause: 'S', phase: 'H' });
  }

  /** RFC 9110, 15.2: a client of 1.0 takes it for the response. */
  #passInterim(head: ResponseHead): void {
    if (this.#o.request.version === '1.0') return;
    this.#counts.response(this.server, head, countedResponse(head, head.headers));
    this.#interimLeft = sendInterim(this.#o, head, this.#interimLeft);
  }

  #takeResponse(received: ResponseHead): void {
    const { traffic, client } = this.#o;
    const { server } = this;
    const facts = this.#facts;
    this.#counts.observe(server, isFailure(received) ? 'wrong-response' : 'success');
    if (this.#isOver) return;
    const inbox = this.#serverInbox;
    const verdict = judgeResponse(this.#o, received, facts, inbox, server, this.#counts);
    if (verdict.kind !== 'passed') {
      if (verdict.kind !== 'denied') this.#counts.bad(server);
      this.#fail(502, { cause: 'P', phase: 'H' });
      return;
    }
    const { head, framing } = verdict;
    this.respondedAt = traffic.clock.now();
    const isLast = framing.kind === 'until-close' || traffic.isLeaving;
    if (isLast || saysClose(head.headers)) this.#keepClient = 'close';
    if (serverKeeping(received) === 'close' || framing.kind === 'until-close')
      this.#keepServer = 'close';
    this.response = head;
    this.#framed = framing;
    const headers = responseHeaders(head, facts, this.#keepClient);
    const line = `HTTP/${head.version} ${head.code} ${head.reason}`;
    if (framing.kind === 'tunnel') {
      this.#tunnel(line, headers);
      return;
    }
    // Nobody knows what the client makes of such a status.
    if (head.status < 100) this.#keepClient = 'close';
    this.#down = createPump(traffic, framing, {
      ...{ source: this.#stream as Stream, inbox, sink: client },
      onBytes: (count) => this.#counts.body(server, count),
    });
    this.#down.queueHead(this.#interimLeft + headText(line, headers));
  }

  #tunnel(line: string, headers: readonly Header[]): void {
    const { server } = this;
    const stream = this.#stream;
    if (server === undefined || stream === undefined) return;
    this.#counts.body(server, this.#serverInbox.length);
    const text = this.#interimLeft + headText(line, headers);
    const first = withHead(text, this.#serverInbox.bytes);
    this.#serverInbox.drop();
    this.#up?.drop();
    this.#isOver = true;
    this.#reach.handOver();
    this.#responding();
    this.#o.hands.onTunnel(server, stream, first);
  }

  #carryResponse(): void {
    const down = this.#down;
    if (down === undefined) return;
    const state = down.run();
    if (state === 'waiting' || state === 'busy') this.#responding();
    const isEnd = state === 'source-ended' && this.#framed?.kind === 'until-close';
    if (state === 'done' || isEnd) this.#answered();
    else if (state === 'malformed') this.#break({ cause: 'S', phase: 'D' }, 'invalid');
    else if (state === 'busy') this.#continueLater();
    else if (state !== 'waiting')
      this.#break({ cause: state === 'broken-sink' ? 'C' : 'S', phase: 'D' });
  }

  #responding(): void {
    if (this.#isResponding) return;
    this.#isResponding = true;
    this.#o.hands.onResponding();
  }

  /** The rest of the request still goes where it belongs, for as long as the client sends it. */
  #answered(): void {
    this.#isAnswered = true;
    if (this.#upState === 'waiting' || this.#upState === 'busy') this.#o.hands.onDeadline();
    else this.#finish();
  }

  #finish(): void {
    const isWhole = this.#upState === 'done' && this.#serverInbox.length === 0;
    this.#end(isWhole && this.#keepServer === 'keep' ? 'keep' : 'close');
    this.#o.hands.onDone(this.#upState === 'done' ? this.#keepClient : 'close');
  }

  #fail(status: ExchangeFailure, end: SessionEnd): void {
    if (this.#isOver) return;
    if (end.cause === 's' && end.phase === 'H') this.#counts.bad(this.server);
    // Half a response cannot be followed by another.
    if (this.#interimLeft !== '') {
      this.#break(end);
      return;
    }
    this.response = undefined;
    const body = this.#upState === 'done' ? 'read' : this.#up === undefined ? 'untouched' : 'begun';
    this.#end('close');
    this.#o.hands.onFailure(status, end, body);
  }

  #break(end: SessionEnd, how?: 'invalid'): void {
    if (this.#isOver) return;
    this.#counts.abort(this.server, end, how);
    this.#end('close');
    this.#o.hands.onBroken(end);
  }

  #end(how: Keeping): void {
    this.#isOver = true;
    // A server that could not be reached has been sent it all the same, as HAProxy counts.
    if (this.server !== undefined) this.#counts.request(this.server);
    if (this.#again !== undefined) clearImmediate(this.#again);
    this.#up?.drop();
    this.#down?.drop();
    this.#serverInbox.drop();
    const mayKeep = how === 'keep' && !isUpgrade(this.#o.draft.headers);
    this.#reach.end(this.#stream, mayKeep ? 'keep' : 'close');
  }

  #continueLater(): void {
    this.#again ??= setImmediate(() => {
      this.#again = undefined;
      this.#run();
    });
  }
}

/** One request, from the choice of a server to the end of the response. */
import { addMicros, type Micros } from '../../../base/time.ts';
import {
  type ConnectFailure,
  Connecting,
  type ConnectingHands,
  type Fruitless,
} from '../../../core/proxy/connecting.ts';
import type { Dispatcher } from '../../../core/proxy/dispatcher.ts';
import {
  allowedKeeping,
  isUpgrade,
  type Keeping,
  requestHeaders,
  responseHeaders,
  serverKeeping,
} from '../../../core/proxy/http/forwarding.ts';
import type { LiveServer } from '../../../core/proxy/live.ts';
import type { RequestFacts, SampleFacts } from '../../../core/proxy/samples/facts.ts';
import { fruitlessEnd, type SessionEnd } from '../../../core/proxy/session-end.ts';
import {
  BROKEN,
  END,
  HANG_UP,
  READABLE,
  type Readiness,
  type Stream,
  WOULD_BLOCK,
  WRITABLE,
} from '../../../ports/streams.ts';
import { FULL, Inbox } from '../../../proxy/http/inbox.ts';
import { MessagePump, type MessageState } from '../../../proxy/http/message-pump.ts';
import { createBodyReader, type Framing, responseFraming } from '../../../wire/http1/framing.ts';
import {
  decodeResponseHead,
  type Header,
  headText,
  type ResponseHead,
  writeLatin1,
} from '../../../wire/http1/head.ts';
import { beginConnection, countConnection, type WantedConnection } from '../server-connection.ts';
import { ExchangeCounts } from './exchange-counts.ts';
import type { ExchangeFailure, ExchangeOptions } from './exchange-options.ts';
import { ruledResponse } from './response-rules.ts';

const PEER_ENDED = 0x2000;
export class Exchange {
  readonly #o: ExchangeOptions;
  readonly #dispatcher: Dispatcher;
  readonly #connecting: Connecting;
  readonly #serverInbox: Inbox;
  readonly #framing: Framing;
  readonly #counts: ExchangeCounts;
  #pending: Stream | undefined;
  #stream: Stream | undefined;
  #isReused = false;
  /** At the server: from the connection on until it is given back, or handed over. */
  #hasPlace = false;
  /** For the connection that takes the place of a kept one. */
  #connectsUntil: Micros | undefined;
  #isOver = false;
  #up: MessagePump | undefined;
  #down: MessagePump | undefined;
  #upState: MessageState = 'waiting';
  #again: NodeJS.Immediate | undefined;
  #activeAt: Micros;
  #keepServer: Keeping = 'keep';
  #keepClient: Keeping;
  server: LiveServer | undefined;
  response: ResponseHead | undefined;
  respondedAt: Micros | undefined;

  constructor(options: ExchangeOptions, framing: Framing) {
    this.#o = options;
    this.#framing = framing;
    this.#counts = new ExchangeCounts(options);
    const { traffic, back, hash, clientKeeping } = options;
    this.#dispatcher = traffic.dispatcherOf(back);
    this.#activeAt = traffic.clock.now();
    this.#keepClient = clientKeeping;
    const { bufferSize } = traffic.live.config.global;
    this.#serverInbox = new Inbox(traffic.streams, bufferSize);
    const wanted = hash === undefined ? {} : { hash };
    this.#connecting = new Connecting(this.#dispatcher, this.#hands(), this.#activeAt, wanted);
  }

  get connecting(): Connecting {
    return this.#connecting;
  }

  start(): void {
    this.#connecting.start(this.#activeAt);
  }

  expire(now: Micros): void {
    if (this.#isOver) return;
    if (this.#stream === undefined) {
      this.#connecting.expire(now);
      if (this.#connectsUntil !== undefined && this.#connectsUntil <= now)
        this.#fail(503, fruitlessEnd.timeout);
      return;
    }
    const limit = this.#limit();
    if (limit === undefined || limit.at > now) return;
    if (limit.side === 'client') this.#break({ cause: 'c', phase: 'D' });
    else if (this.response === undefined) this.#fail(504, { cause: 's', phase: 'H' });
    else this.#break({ cause: 's', phase: 'D' });
  }

  nextDeadline(): Micros | undefined {
    if (this.#isOver) return undefined;
    if (this.#stream !== undefined) return this.#limit()?.at;
    return this.#connectsUntil ?? this.#connecting.nextDeadline();
  }

  /** What the client's connection told. */
  clientReady(readiness: Readiness): void {
    if (this.#isOver) return;
    if ((readiness & (BROKEN | HANG_UP)) !== 0) {
      if (this.response === undefined) this.#break({ cause: 'C', phase: this.#phase() });
      else this.#break({ cause: 'C', phase: 'D' });
      return;
    }
    if ((readiness & WRITABLE) !== 0) this.#down?.sinkReady();
    this.#run();
  }

  stop(): void {
    if (!this.#isOver) this.#end('close');
  }

  #phase(): 'Q' | 'C' | 'H' {
    if (this.#stream !== undefined) return 'H';
    return this.#connecting.waitsFor === 'queue' ? 'Q' : 'C';
  }

  /** Whoever has to do something: the client while its request or what it does not take is waited for. */
  #limit(): { readonly at: Micros; readonly side: 'client' | 'server' } | undefined {
    const { front, back } = this.#o;
    const waitsForClient =
      (this.#down?.backlog ?? 0) > 0 ||
      (this.response === undefined &&
        this.#upState === 'waiting' &&
        (this.#up?.backlog ?? 0) === 0);
    const side = waitsForClient ? 'client' : 'server';
    const limit = waitsForClient ? front.config.timeouts.client : back.config.timeouts.server;
    return limit === undefined ? undefined : { at: addMicros(this.#activeAt, limit), side };
  }

  #hands(): ConnectingHands {
    return {
      connect: (server) => this.#connect(server),
      abandon: () => {
        this.#pending?.close();
        this.#pending = undefined;
      },
      onConnected: (server) => {
        this.#hasPlace = true;
        this.#send(server);
      },
      onFruitless: (reason, server) => this.#giveUp(reason, server),
      onTryFailed: () => {},
    };
  }

  #connect(server: LiveServer): void {
    this.server = server;
    this.#o.hands.onDeadline(); // The wait for a place had a later limit.
    const { traffic, kept, isFirst } = this.#o;
    const serverName = traffic.connectors.get(server.config)?.nameFor(() => this.#factsOf(server));
    const known = isFirst ? undefined : kept.take(server, serverName);
    this.#isReused = known !== undefined;
    if (known !== undefined) {
      countConnection(this.#o.back, server, 'reuses');
      this.#pending = known;
      queueMicrotask(() => {
        if (this.#pending === known) this.#connecting.connected(traffic.clock.now());
      });
      return;
    }
    this.#pending = beginConnection(traffic, this.#wanted(server), (outcome) => {
      if (this.#isOver) return;
      const now = traffic.clock.now();
      if (outcome === 'connected') this.#connecting.connected(now);
      else this.#connectFailed(now, outcome);
    });
  }

  #wanted(server: LiveServer): WantedConnection {
    const { back, client } = this.#o;
    return { back, server, client, facts: () => this.#factsOf(server) };
  }

  #factsOf(server: LiveServer): SampleFacts {
    return this.#o.factsOf({ server });
  }

  #connectFailed(now: Micros, failure: ConnectFailure): void {
    this.#pending = undefined;
    this.#connecting.failed(now, failure);
    this.#o.hands.onDeadline();
  }

  #send(server: LiveServer): void {
    const stream = this.#pending;
    if (stream === undefined) return;
    const { traffic, front, back, draft, request, source, client, inbox } = this.#o;
    this.#pending = undefined;
    this.#stream = stream;
    stream.onReady = (readiness) => this.#serverReady(readiness);
    // Whoever is told of it by an edge need not ask first; a new server may have spoken already.
    if (this.#isReused) this.#serverInbox.expectNews();
    const { server: allowed } = allowedKeeping(front.config, back.config);
    this.#keepServer = allowed;
    const facts: RequestFacts = { ...request, ...draft, isFirst: this.#o.isFirst };
    const forwardFor = back.config.forwardFor ?? front.config.forwardFor;
    const headers = requestHeaders(facts, forwardFor, source, allowed);
    this.#up = new MessagePump({
      ...{ source: client, inbox, sink: stream },
      ...{ streams: traffic.streams, shared: traffic.shared },
      body: createBodyReader(this.#framing),
      onBytes: (count) => this.#o.onBytes('client', count, server),
    });
    this.#up.queueHead(
      headText(`${draft.method} ${draft.target} HTTP/${request.version}`, headers),
    );
    this.#counts.request(server);
    this.#activeAt = traffic.clock.now();
    this.#run();
    this.#o.hands.onDeadline();
  }

  #serverReady(readiness: Readiness): void {
    if (this.#isOver) return;
    if ((readiness & (READABLE | PEER_ENDED | HANG_UP | BROKEN)) !== 0)
      this.#serverInbox.ready((readiness & (PEER_ENDED | HANG_UP | BROKEN)) !== 0 ? 'end' : 'open');
    if ((readiness & (WRITABLE | HANG_UP)) !== 0) this.#up?.sinkReady();
    this.#run();
  }

  #run(): void {
    if (this.#isOver || this.#up === undefined) return;
    this.#activeAt = this.#o.traffic.clock.now();
    if (this.#upState !== 'done') this.#upState = this.#up.run();
    if (this.#upState === 'source-ended' || this.#upState === 'broken-source') {
      if (this.response === undefined) {
        this.#break({ cause: 'C', phase: 'D' });
        return;
      }
    }
    if (this.#upState === 'malformed' && this.response === undefined) {
      this.#break({ cause: 'P', phase: 'D' });
      return;
    }
    if (this.response === undefined) this.#readHead();
    if (this.response !== undefined && !this.#isOver) this.#carryResponse();
    if (this.#upState === 'busy' && !this.#isOver) this.#continueLater();
  }

  #readHead(): void {
    const stream = this.#stream;
    if (stream === undefined) return;
    for (;;) {
      const count = this.#serverInbox.receive(stream);
      if (this.#serverInbox.length > 0) {
        const verdict = this.#decodeHead(count === FULL);
        if (verdict === 'go-on') continue;
        if (verdict === 'taken') return;
      }
      if (count === WOULD_BLOCK) return;
      if (count === END || count < 0) {
        this.#endedBeforeHead();
        return;
      }
    }
  }

  #decodeHead(isFull: boolean): 'go-on' | 'taken' | 'wait' {
    const head = decodeResponseHead(this.#serverInbox.bytes);
    if (head === 'incomplete') {
      if (!isFull) return 'wait';
      this.#counts.bad(this.server);
      this.#fail(502, { cause: 'P', phase: 'H' });
      return 'taken';
    }
    if ('error' in head) {
      this.#counts.bad(this.server);
      this.#fail(502, { cause: 'P', phase: 'H' });
      return 'taken';
    }
    this.#serverInbox.consume(head.length);
    if (head.status >= 100 && head.status < 200 && head.status !== 101) {
      this.#passInterim(head);
      return 'go-on';
    }
    this.#takeResponse(head);
    return 'taken';
  }

  /** A connection that was kept may have been closed in the meantime: the request goes elsewhere. */
  #endedBeforeHead(): void {
    const { server } = this;
    const isUntouched = this.#framing.kind === 'none' && this.#serverInbox.length === 0;
    if (this.#isReused && isUntouched && server !== undefined) {
      this.#stream?.close();
      this.#stream = undefined;
      this.#up?.drop();
      this.#up = undefined;
      this.#upState = 'waiting';
      this.#o.kept.close(server);
      this.#connectAnew(server);
      return;
    }
    this.#counts.bad(this.server);
    this.#fail(502, { cause: 'S', phase: 'H' });
  }

  #connectAnew(server: LiveServer): void {
    this.#isReused = false;
    const { connect } = this.#o.back.config.timeouts;
    this.#connectsUntil = connect && addMicros(this.#o.traffic.clock.now(), connect);
    this.#o.hands.onDeadline();
    this.#pending = beginConnection(this.#o.traffic, this.#wanted(server), (outcome) => {
      if (this.#isOver) return;
      if (outcome === 'connected') this.#send(server);
      else this.#fail(503, fruitlessEnd[outcome]);
    });
  }

  #passInterim(head: ResponseHead): void {
    if (this.#o.request.version === '1.0') return;
    const text = headText(`HTTP/1.1 ${head.status} ${head.reason}`, head.headers);
    this.#counts.response(this.server, head);
    const { shared } = this.#o.traffic;
    writeLatin1(text, shared.bytes, 0);
    this.#o.client.send(shared, 0, text.length);
  }

  #takeResponse(head: ResponseHead): void {
    const { traffic, client, draft, request, isFirst } = this.#o;
    const framing = responseFraming(head, draft.method);
    if (framing === 'malformed') {
      this.#counts.bad(this.server);
      this.#fail(502, { cause: 'P', phase: 'H' });
      return;
    }
    const facts: RequestFacts = { ...request, ...draft, isFirst };
    const ruled = ruledResponse(this.#o, head, facts, this.server);
    if (ruled === 'denied') {
      const { back } = this.#o.back;
      if (back !== undefined) back.counters.deniedResponses += 1;
      this.#fail(502, { cause: 'P', phase: 'H' });
      return;
    }
    this.respondedAt = traffic.clock.now();
    if (framing.kind === 'until-close') this.#keepClient = 'close';
    if (serverKeeping(head) === 'close' || framing.kind === 'until-close')
      this.#keepServer = 'close';
    const final: ResponseHead = { ...head, ...ruled };
    this.response = final;
    this.#counts.response(this.server, head);
    const headers = responseHeaders(final, facts, this.#keepClient);
    const line = `HTTP/${head.version} ${final.status} ${final.reason}`;
    if (framing.kind === 'tunnel') {
      this.#tunnel(line, headers);
      return;
    }
    const { server } = this;
    this.#down = new MessagePump({
      ...{ source: this.#stream as Stream, inbox: this.#serverInbox, sink: client },
      ...{ streams: traffic.streams, shared: traffic.shared },
      body: createBodyReader(framing),
      onBytes: (count) => {
        if (server !== undefined) this.#o.onBytes('server', count, server);
      },
    });
    this.#down.queueHead(headText(line, headers));
  }

  #tunnel(line: string, headers: readonly Header[]): void {
    const { server } = this;
    const stream = this.#stream;
    if (server === undefined || stream === undefined) return;
    const head = headText(line, headers);
    const rest = this.#serverInbox.bytes;
    const first = new Uint8Array(head.length + rest.length);
    first.set(rest, writeLatin1(head, first, 0));
    this.#serverInbox.drop();
    this.#up?.drop();
    this.#isOver = true;
    this.#hasPlace = false;
    this.#o.hands.onTunnel(server, stream, first);
  }

  #carryResponse(): void {
    const down = this.#down;
    if (down === undefined) return;
    const state = down.run();
    switch (state) {
      case 'done':
        this.#finish();
        return;
      case 'source-ended':
        if (this.#keepClient === 'close' && !down.isBodyComplete && this.#isUntilClose())
          this.#finish();
        else this.#break({ cause: 'S', phase: 'D' });
        return;
      case 'broken-source':
      case 'malformed':
        this.#break({ cause: 'S', phase: 'D' });
        return;
      case 'broken-sink':
        this.#break({ cause: 'C', phase: 'D' });
        return;
      case 'busy':
        this.#continueLater();
        return;
      case 'waiting':
    }
  }

  #isUntilClose(): boolean {
    const { response } = this;
    if (response === undefined) return false;
    const framing = responseFraming(response, this.#o.draft.method);
    return framing !== 'malformed' && framing.kind === 'until-close';
  }

  /** A server that answers before it has the whole request is not asked anything else. */
  #finish(): void {
    const isWhole = this.#upState === 'done' && this.#serverInbox.length === 0;
    this.#end(isWhole && this.#keepServer === 'keep' ? 'keep' : 'close');
    this.#o.hands.onDone(this.#upState === 'done' ? this.#keepClient : 'close');
  }

  #giveUp(reason: Fruitless, server: LiveServer | undefined): void {
    this.server = server;
    this.#fail(503, fruitlessEnd[reason]);
  }

  #fail(status: ExchangeFailure, end: SessionEnd): void {
    if (this.#isOver) return;
    if (end.cause === 's' && end.phase === 'H') this.#counts.bad(this.server);
    this.response = undefined;
    this.#end('close');
    this.#o.hands.onFailure(status, end);
  }

  #break(end: SessionEnd): void {
    if (this.#isOver) return;
    this.#counts.abort(this.server, end);
    this.#end('close');
    this.#o.hands.onBroken(end);
  }

  #end(how: Keeping): void {
    this.#isOver = true;
    if (this.#again !== undefined) clearImmediate(this.#again);
    const now = this.#o.traffic.clock.now();
    if (!this.#connecting.isOver) this.#connecting.cancel(now);
    this.#pending?.close();
    this.#up?.drop();
    this.#down?.drop();
    this.#serverInbox.drop();
    const { server } = this;
    const stream = this.#stream;
    if (server === undefined || !this.#hasPlace) return;
    const mayKeep = how === 'keep' && !isUpgrade(this.#o.draft.headers);
    if (mayKeep && stream !== undefined) this.#o.kept.keep(server, stream);
    else stream?.close();
    this.#dispatcher.release(now, server);
  }

  #continueLater(): void {
    this.#again ??= setImmediate(() => {
      this.#again = undefined;
      this.#run();
    });
  }
}

/** One request, from the choice of a server to the end of the response. */
import { addMicros, type Micros } from '../../../base/time.ts';
import type { Connecting } from '../../../core/proxy/connecting.ts';
import {
  allowedKeeping,
  isUpgrade,
  type Keeping,
  requestHeaders,
  responseHeaders,
  serverKeeping,
} from '../../../core/proxy/http/forwarding.ts';
import type { LiveServer } from '../../../core/proxy/live.ts';
import type { RequestFacts } from '../../../core/proxy/samples/facts.ts';
import type { SessionEnd } from '../../../core/proxy/session-end.ts';
import {
  BROKEN,
  HANG_UP,
  READABLE,
  type Readiness,
  type Stream,
  WRITABLE,
} from '../../../ports/streams.ts';
import { Inbox } from '../../../proxy/http/inbox.ts';
import { MessagePump, type MessageState } from '../../../proxy/http/message-pump.ts';
import { createBodyReader, type Framing, responseFraming } from '../../../wire/http1/framing.ts';
import { type Header, headText, type ResponseHead, writeLatin1 } from '../../../wire/http1/head.ts';
import { ExchangeCounts } from './exchange-counts.ts';
import type { ExchangeFailure, ExchangeOptions } from './exchange-options.ts';
import { readResponseHead } from './response-reader.ts';
import { ruledResponse } from './response-rules.ts';
import { ServerReach } from './server-reach.ts';

const PEER_ENDED = 0x2000;

export class Exchange {
  readonly #o: ExchangeOptions;
  readonly #reach: ServerReach;
  readonly #serverInbox: Inbox;
  readonly #framing: Framing;
  readonly #counts: ExchangeCounts;
  #stream: Stream | undefined;
  #isReused = false;
  #isOver = false;
  #up: MessagePump | undefined;
  #down: MessagePump | undefined;
  #upState: MessageState = 'waiting';
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
    const { traffic, clientKeeping } = options;
    this.#activeAt = traffic.clock.now();
    this.#keepClient = clientKeeping;
    const { bufferSize } = traffic.live.config.global;
    this.#serverInbox = new Inbox(traffic.streams, bufferSize);
    const hands = {
      onReached: (server: LiveServer, stream: Stream, how: 'new' | 'reused') => {
        this.#isReused = how === 'reused';
        this.#send(server, stream);
      },
      onUnreachable: (end: SessionEnd) => this.#fail(503, end),
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
    const limit = this.#limit();
    if (limit === undefined || limit.at > now) return;
    if (limit.side === 'client') this.#break({ cause: 'c', phase: 'D' });
    else if (this.response === undefined) this.#fail(504, { cause: 's', phase: 'H' });
    else this.#break({ cause: 's', phase: 'D' });
  }

  nextDeadline(): Micros | undefined {
    if (this.#isOver) return undefined;
    if (this.#stream !== undefined) return this.#limit()?.at;
    return this.#reach.nextDeadline();
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
    return this.connecting.waitsFor === 'queue' ? 'Q' : 'C';
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

  #send(server: LiveServer, stream: Stream): void {
    const { traffic, front, back, draft, request, source, client, inbox } = this.#o;
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
    while (this.#stream !== undefined) {
      const head = readResponseHead(this.#serverInbox, this.#stream);
      if (head === 'waiting') return;
      if (head === 'ended') this.#endedBeforeHead();
      else if (head === 'malformed') this.#refuse();
      else if (head.status >= 100 && head.status < 200 && head.status !== 101) {
        this.#passInterim(head);
        continue;
      } else this.#takeResponse(head);
      return;
    }
  }

  /** The server has not answered as one can. */
  #refuse(): void {
    this.#counts.bad(this.server);
    this.#fail(502, { cause: 'P', phase: 'H' });
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
      this.#isReused = false;
      this.#reach.connectAnew(server);
      return;
    }
    this.#counts.bad(this.server);
    this.#fail(502, { cause: 'S', phase: 'H' });
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
      this.#refuse();
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
    if (framing.kind === 'until-close' || traffic.isLeaving) this.#keepClient = 'close';
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
    this.#reach.handOver();
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

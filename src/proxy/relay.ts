import type { Micros } from '../base/time.ts';
import {
  type Block,
  BROKEN,
  HANG_UP,
  type Readiness,
  type Stream,
  type Streams,
  WRITABLE,
} from '../ports/streams.ts';
import { Pump } from './pump.ts';

export type Side = 'client' | 'server';

export interface RelayOptions {
  readonly streams: Streams;
  readonly shared: Block;
  readonly now: () => Micros;
  /** When the client was last heard of, if that is not now. */
  readonly clientActiveAt?: Micros;
  /** All that edges have told of a side so far; absent where somebody else has heard them, or OpenSSL. */
  readonly told?: Partial<Record<Side, Readiness>>;
  /** `whole`: nothing is half closed, the owner breaks off both when one ends. */
  readonly connections?: 'whole';
  readonly onBytes: (from: Side, count: number) => void;
  /** A side has ended, or the relay is over; `broken` is whose connection failed. */
  readonly onChange: (relay: Relay) => void;
}

/**
 * Two connections of which each gets what the other sends, until both have ended or one breaks. What
 * time limits there are is the owner's matter: it reads `activeAt`.
 */
export class Relay {
  readonly client: Stream;
  readonly server: Stream;
  readonly #up: Pump;
  readonly #down: Pump;
  readonly #options: RelayOptions;
  #hasMoved = false;
  #again: NodeJS.Immediate | undefined;
  state: 'flowing' | 'over' = 'flowing';
  /** When bytes last moved, or a side ended, for each side. */
  readonly activeAt: Record<Side, Micros>;
  broken: Side | undefined;

  constructor(client: Stream, server: Stream, options: RelayOptions) {
    const { streams, shared, onBytes } = options;
    this.client = client;
    this.server = server;
    this.#options = options;
    const now = options.now();
    this.activeAt = { client: options.clientActiveAt ?? now, server: now };
    const counting = (from: Side) => (count: number) => {
      this.#hasMoved = true;
      onBytes(from, count);
    };
    this.#up = new Pump(client, server, streams, shared, counting('client'));
    this.#down = new Pump(server, client, streams, shared, counting('server'));
    const { told } = options;
    if (told?.client !== undefined) this.#up.expect(told.client);
    if (told?.server !== undefined) this.#down.expect(told.server);
    if (options.connections === 'whole')
      for (const each of [this.#up, this.#down]) each.end = 'kept';
    client.onReady = (readiness) => this.#onReady(readiness, this.#up, this.#down);
    server.onReady = (readiness) => this.#onReady(readiness, this.#down, this.#up);
  }

  /** Bytes of the client, and for it, that there were before this began. */
  start(fromClient?: Uint8Array, toClient?: Uint8Array): void {
    if (fromClient !== undefined) this.#up.preload(fromClient);
    if (toClient !== undefined) this.#down.preload(toClient);
    const { client } = this.activeAt;
    this.#run();
    if (!this.#hasMoved) this.activeAt.client = client;
  }

  /** As if this side had ended in order: the other one is told, and may still speak. */
  finish(side: Side): void {
    (side === 'client' ? this.#up : this.#down).finish();
    this.#run();
  }

  /** Who has ended its side. */
  get ended(): { readonly client: boolean; readonly server: boolean } {
    return { client: this.#up.hasEnd, server: this.#down.hasEnd };
  }

  /** Whether bytes wait that this side does not take. */
  isBlockedBy(side: Side): boolean {
    return (side === 'client' ? this.#down : this.#up).backlog > 0;
  }

  /** Both connections are closed; `reset` tells their ends that it was not in order. */
  stop(how: 'close' | 'reset' = 'close'): void {
    if (this.state === 'over') return;
    // What is not read makes a break of a close; the end that was told before counts.
    if (how === 'close' && this.#down.state !== 'ended') this.client.shutdown();
    if (how === 'close' && this.#up.state !== 'ended') this.server.shutdown();
    this.#drop();
    for (const stream of [this.client, this.server])
      if (how === 'reset') stream.reset();
      else stream.close();
  }

  #drop(): void {
    this.state = 'over';
    if (this.#again !== undefined) clearImmediate(this.#again);
    this.#up.drop();
    this.#down.drop();
  }

  #onReady(readiness: Readiness, fromIt: Pump, toIt: Pump): void {
    if (this.state === 'over') return;
    fromIt.sourceTold(readiness);
    if ((readiness & (WRITABLE | HANG_UP | BROKEN)) !== 0) toIt.sinkReady();
    this.#run();
  }

  #run(): void {
    if (this.state === 'over') return;
    const before = this.#ends();
    // Where the other way has ended, closing tells of this end as well.
    if (isOver(this.#down)) this.#up.end = 'kept';
    const up = this.#up.run();
    if (isOver(this.#up)) this.#down.end = 'kept';
    const down = this.#down.run();
    const now = this.#options.now();
    this.activeAt.client = now;
    this.activeAt.server = now;
    if (up === 'ended' && down === 'ended') this.stop();
    else if (up === 'broken-source' || down === 'broken-sink') this.#break('client');
    else if (up === 'broken-sink' || down === 'broken-source') this.#break('server');
    else if (up === 'busy' || down === 'busy') this.#continueLater();
    if (this.#ends() !== before) this.#options.onChange(this);
  }

  #ends(): number {
    const over = this.state === 'over' ? 4 : 0;
    return over + (this.#up.hasEnd ? 1 : 0) + (this.#down.hasEnd ? 2 : 0);
  }

  /** A server that still speaks learns that its client has broken off; a client sees an end. */
  #break(side: Side): void {
    this.broken = side;
    if (side === 'client' && !this.#down.hasEnd) {
      this.#drop();
      this.client.close();
      this.server.reset();
    } else this.stop();
  }

  #continueLater(): void {
    this.#again ??= setImmediate(() => {
      this.#again = undefined;
      this.#run();
    });
  }
}

/** All of its source has come and gone: closing that socket says no more than that it is closed. */
function isOver(pump: Pump): boolean {
  return pump.state === 'ended' && pump.isRead;
}

import type { Micros } from '../../../base/time.ts';
import { relayLimit } from '../../../core/proxy/limits.ts';
import type { LiveProxy } from '../../../core/proxy/live.ts';
import { IN_ORDER, type SessionEnd } from '../../../core/proxy/session-end.ts';
import type { Stream } from '../../../ports/streams.ts';
import { Relay, type Side } from '../../../proxy/relay.ts';
import type { Traffic } from '../traffic.ts';

interface TunnelOptions {
  readonly traffic: Traffic;
  readonly front: LiveProxy;
  readonly back: LiveProxy;
  readonly client: Stream;
  readonly stream: Stream;
  readonly onBytes: (from: Side, count: number) => void;
  readonly onDeadline: () => void;
  readonly onOver: (end: SessionEnd) => void;
}

/** After an upgrade: bytes both ways, whatever they mean. */
export class HttpTunnel {
  readonly #o: TunnelOptions;
  readonly #relay: Relay;

  constructor(options: TunnelOptions) {
    this.#o = options;
    const { traffic, client, stream, onBytes } = options;
    this.#relay = new Relay(client, stream, {
      ...{ streams: traffic.streams, shared: traffic.shared, onBytes },
      now: () => traffic.clock.now(),
      onChange: (relay) => {
        if (relay.state !== 'over') options.onDeadline();
        else options.onOver(relay.broken === undefined ? IN_ORDER : { cause: 'C', phase: 'D' });
      },
    });
  }

  start(fromClient: Uint8Array, toClient: Uint8Array): void {
    this.#relay.start(fromClient, toClient);
  }

  stop(): void {
    this.#relay.stop();
  }

  expire(now: Micros): void {
    const limit = this.#limit();
    if (limit === undefined || limit.at > now) return;
    this.#relay.stop();
    this.#o.onOver({ cause: limit.side === 'client' ? 'c' : 's', phase: 'D' });
  }

  nextDeadline(): Micros | undefined {
    return this.#limit()?.at;
  }

  #limit(): ReturnType<typeof relayLimit> {
    const { front, back } = this.#o;
    return relayLimit(this.#relay, front.config.timeouts, back.config.timeouts);
  }
}

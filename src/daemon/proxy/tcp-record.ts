import type { Micros } from '../../base/time.ts';
import type { Connecting, ConnectingTimes } from '../../core/proxy/connecting.ts';
import type { LiveProxy, LiveServer } from '../../core/proxy/live.ts';
import type { SessionEnd } from '../../core/proxy/session-end.ts';
import type { Stream } from '../../ports/streams.ts';

/** What the log tells of a connection in tcp mode. */
export interface TcpRecord {
  readonly front: LiveProxy;
  readonly back: LiveProxy;
  readonly client: Stream;
  readonly server: LiveServer | undefined;
  readonly acceptedAt: Micros;
  /** Until TLS was agreed upon. */
  readonly handshakeTook: Micros;
  readonly endedAt: Micros | undefined;
  /** Undefined: it goes on. */
  readonly end: SessionEnd | undefined;
  /** The log has its line already. */
  isTold: boolean;
  readonly times: Omit<ConnectingTimes, 'startedAt'>;
  readonly bytesIn: number;
  readonly bytesOut: number;
  /** In the queues, from 1; 0: it did not wait. */
  readonly place: Connecting['place'];
  readonly retries: { readonly count: number; readonly redispatched: boolean };
}

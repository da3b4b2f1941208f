import type { ConnectFailure } from '../../core/proxy/connecting.ts';
import type { LiveProxy, LiveServer } from '../../core/proxy/live.ts';
import type { Endpoint, Stream } from '../../ports/streams.ts';
import { isSysError } from '../../ports/sys-error.ts';
import { encodeProxyV1, encodeProxyV2 } from '../../wire/proxy-protocol.ts';
import { proxyAddresses, serverEndpoint } from './endpoints.ts';
import type { Traffic } from './traffic.ts';

const RESOURCES: ReadonlySet<string> = new Set(['EMFILE', 'ENFILE', 'ENOBUFS', 'ENOMEM', 'EAGAIN']);

/**
 * Begins a connection; `onOutcome` comes once, never before this returns, unless the stream is closed
 * before. A stream that failed is closed.
 */
export function beginConnection(
  traffic: Traffic,
  back: LiveProxy,
  server: LiveServer,
  local: Endpoint,
  onOutcome: (outcome: 'connected' | ConnectFailure) => void,
): Stream | undefined {
  const to = serverEndpoint(server, local);
  const { source } = server.config;
  const stream =
    to === undefined
      ? undefined
      : traffic.streams.connect(to, {
          ...(source !== undefined && { source }),
          keepAlive: back.config.options.has('srvtcpka'),
        });
  if (stream === undefined || isSysError(stream)) {
    const isShort = stream !== undefined && RESOURCES.has(stream.code);
    queueMicrotask(() => onOutcome(isShort ? 'resource' : 'refused'));
    return undefined;
  }
  countConnection(back, server, 'connects');
  stream.onReady = () => {
    stream.onReady = () => {};
    if (traffic.streams.connectResult(stream) === 0) onOutcome('connected');
    else {
      stream.close();
      onOutcome('refused');
    }
  };
  return stream;
}

/** A session of the server, over a new connection or over one that was kept. */
export function countConnection(
  back: LiveProxy,
  { counters }: LiveServer,
  how: 'connects' | 'reuses',
): void {
  counters.sessions += 1;
  counters[how] += 1;
  if (back.back !== undefined) back.back.counters[how] += 1;
}

/** Who the client is, where the server wants to be told: the first bytes of a new socket fit. */
export function sendProxyHeader(
  traffic: Traffic,
  server: LiveServer,
  client: Stream,
  stream: Stream,
): void {
  const { sendProxy } = server.config;
  if (sendProxy === 'none') return;
  const addresses = proxyAddresses(client.peer, client.local());
  const header = sendProxy === 'v1' ? encodeProxyV1(addresses) : encodeProxyV2(addresses);
  traffic.shared.bytes.set(header);
  stream.send(traffic.shared, 0, header.length);
}

import type { ConnectFailure } from '../../core/proxy/connecting.ts';
import type { LiveProxy, LiveServer } from '../../core/proxy/live.ts';
import type { SampleFacts } from '../../core/proxy/samples/facts.ts';
import { BROKEN, HANG_UP, type Readiness, type Stream } from '../../ports/streams.ts';
import { isSysError } from '../../ports/sys-error.ts';
import type { TlsStream } from '../../ports/tls.ts';
import { encodeProxyV1, encodeProxyV2 } from '../../wire/proxy-protocol.ts';
import { proxyAddresses, serverEndpoint } from './endpoints.ts';
import type { Traffic } from './traffic.ts';

const RESOURCES: ReadonlySet<string> = new Set(['EMFILE', 'ENFILE', 'ENOBUFS', 'ENOMEM', 'EAGAIN']);

export interface WantedConnection {
  readonly back: LiveProxy;
  readonly server: LiveServer;
  readonly client: Stream;
  /** For the name that a server with TLS is asked for. */
  readonly facts: () => SampleFacts;
}

/**
 * Begins a connection; `onOutcome` comes once, never before this returns, unless the stream is closed
 * before. It is connected when the server has been told who the client is, where it wants to know, and
 * TLS is agreed upon. A stream that failed is closed. `told`: all that edges have told of a stream that is
 * connected, where nobody has read from it yet.
 */
export function beginConnection(
  traffic: Traffic,
  { back, server, client, facts }: WantedConnection,
  onOutcome: (outcome: 'connected' | ConnectFailure, told?: Readiness) => void,
): Stream | undefined {
  const to = serverEndpoint(server, client.local);
  const { source } = server.config;
  const socket =
    to === undefined
      ? undefined
      : traffic.streams.connect(to, {
          ...(source !== undefined && { source }),
          keepAlive: back.config.options.has('srvtcpka'),
        });
  if (socket === undefined || isSysError(socket)) {
    const isShort = socket !== undefined && RESOURCES.has(socket.code);
    queueMicrotask(() => onOutcome(isShort ? 'resource' : 'refused'));
    return undefined;
  }
  countConnection(back, server, 'connects');
  const connector = traffic.connectors.get(server.config);
  const encrypted = connector?.wrap(socket, connector.nameFor(facts));
  const stream = encrypted ?? socket;
  stream.onReady = (readiness) => {
    stream.onReady = () => {};
    // What failed has hung up; the reason is asked for only then.
    const isDoubtful = (readiness & (BROKEN | HANG_UP)) !== 0;
    if (isDoubtful && traffic.streams.connectResult(socket) !== 0) {
      stream.close();
      onOutcome('refused');
      return;
    }
    sendProxyHeader(traffic, server, client, socket);
    if (encrypted === undefined) onOutcome('connected', readiness);
    else agree(encrypted, server, onOutcome);
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

function agree(
  stream: TlsStream,
  { counters, proxy }: LiveServer,
  onOutcome: (outcome: 'connected' | ConnectFailure) => void,
): void {
  const all = [counters, proxy.back?.counters].filter((it) => it !== undefined);
  stream.handshake((outcome) => {
    if (typeof outcome === 'string') {
      for (const each of all) each.tlsFailures += 1;
      stream.close();
      onOutcome('refused');
      return;
    }
    for (const each of all) each.tlsSessions += 1;
    onOutcome('connected');
  });
}

/** Who the client is, where the server wants to be told: the first bytes of a new socket fit. */
function sendProxyHeader(
  traffic: Traffic,
  server: LiveServer,
  client: Stream,
  socket: Stream,
): void {
  const { sendProxy } = server.config;
  if (sendProxy === 'none') return;
  const addresses = proxyAddresses(client.peer, client.local());
  const header = sendProxy === 'v1' ? encodeProxyV1(addresses) : encodeProxyV2(addresses);
  traffic.shared.bytes.set(header);
  socket.send(traffic.shared, 0, header.length);
}

/** One connection of a check: opened, perhaps introduced by a PROXY header, perhaps under TLS. */
import { connect, isIP, type Socket } from 'node:net';
import {
  type ConnectionOptions,
  checkServerIdentity,
  connect as connectTls,
  createSecureContext,
  type SecureContext,
  type TLSSocket,
} from 'node:tls';
import { parseIp } from '../../base/ip.ts';
import type { ServerTls } from '../../config/model/proxy.ts';
import { encodeProxyV1, encodeProxyV2 } from '../../wire/proxy-protocol.ts';
import type { ConnectStep } from './steps.ts';

export interface ChannelEvents {
  onConnected(): void;
  /** Only where the step has TLS; after `onConnected`. */
  onSecured(): void;
  onBytes(piece: Buffer): void;
  onEnd(): void;
  onError(error: NodeJS.ErrnoException): void;
}

/** Nothing comes after `close`. */
export class Channel {
  readonly #socket: Socket;
  #stream: Socket;
  #events: ChannelEvents | undefined;

  constructor(step: ConnectStep, events: ChannelEvents) {
    this.#events = events;
    this.#socket = open(step);
    this.#stream = this.#socket;
    this.#socket.on('error', (error) => this.#events?.onError(error));
    this.#socket.once('connect', () => this.#onConnected(step));
  }

  send(bytes: Uint8Array): void {
    this.#stream.write(bytes);
  }

  /** `reset`: nothing of it waits here for its end; of a server that has answered that would be rude. */
  close(how: 'end' | 'reset'): void {
    this.#events = undefined;
    if (this.#stream !== this.#socket) this.#stream.destroy();
    if (how === 'reset' && this.#socket.remoteAddress !== undefined) this.#socket.resetAndDestroy();
    else this.#socket.destroy();
  }

  #onConnected(step: ConnectStep): void {
    if (this.#events === undefined) return;
    if (step.sendProxy !== 'none') this.#socket.write(introduce(this.#socket, step.sendProxy));
    this.#events.onConnected();
    // It may have been enough.
    if (this.#events === undefined) return;
    if (step.tls === undefined) {
      this.#listen(this.#socket);
      return;
    }
    const stream = this.#secure(step.tls, step.serverName);
    if (stream === undefined) return;
    this.#stream = stream;
    stream.on('error', (error) => this.#events?.onError(error));
    stream.once('secureConnect', () => {
      this.#events?.onSecured();
      if (this.#events !== undefined) this.#listen(stream);
    });
  }

  /** Undefined: a certificate of the configuration is of no use. */
  #secure(tls: ServerTls, serverName: string | undefined): TLSSocket | undefined {
    try {
      return connectTls(tlsOptions(this.#socket, tls, serverName));
    } catch (error) {
      this.#events?.onError(error as Error);
      return undefined;
    }
  }

  #listen(stream: Socket): void {
    stream.on('data', (piece: Buffer) => this.#events?.onBytes(piece));
    stream.once('end', () => this.#events?.onEnd());
  }
}

function open({ to, source }: ConnectStep): Socket {
  if (to.kind === 'unix') return connect({ path: to.path, allowHalfOpen: true });
  return connect({
    host: to.host,
    port: to.port,
    allowHalfOpen: true,
    ...(source !== undefined && { localAddress: source.ip }),
    ...(source?.port !== undefined && { localPort: source.port }),
  });
}

/** Version 2 says that the connection is the proxy's own; version 1 has no word for that. */
function introduce(socket: Socket, version: 'v1' | 'v2'): Uint8Array {
  if (version === 'v2') return encodeProxyV2(undefined);
  const source = parseIp(socket.localAddress ?? '');
  const destination = parseIp(socket.remoteAddress ?? '');
  if (source === undefined || destination === undefined) return encodeProxyV1(undefined);
  return encodeProxyV1({
    source: { ip: source, port: socket.localPort ?? 0 },
    destination: { ip: destination, port: socket.remotePort ?? 0 },
  });
}

function tlsOptions(
  socket: Socket,
  tls: ServerTls,
  serverName: string | undefined,
): ConnectionOptions {
  const { verify, verifyHost, alpn } = tls;
  // An address is no name (RFC 6066 §3).
  const name = serverName !== undefined && isIP(serverName) === 0 ? serverName : undefined;
  const identity = verifyHost ?? name;
  return {
    socket,
    secureContext: contextOf(tls),
    ...(name !== undefined && { servername: name }),
    ...(alpn.length > 0 && { ALPNProtocols: [...alpn] }),
    rejectUnauthorized: verify === 'required',
    // Without a name to be verified whoever the authority vouches for will do.
    checkServerIdentity: (_host, peer) =>
      identity === undefined ? undefined : checkServerIdentity(identity, peer),
  };
}

/** Certificates are read once, not at each check. */
const contexts = new WeakMap<ServerTls, SecureContext>();

function contextOf(tls: ServerTls): SecureContext {
  let context = contexts.get(tls);
  if (context === undefined) {
    const pem = tls.certificate?.reveal();
    context = createSecureContext({
      // Without a list of its own the world's authorities would be loaded.
      ca: tls.ca ?? [],
      ...(pem !== undefined && { cert: pem, key: pem }),
    });
    contexts.set(tls, context);
  }
  return context;
}

/** TLS as a health check speaks it: whoever answers will do, nobody's certificate is looked at. */
import { readFileSync } from 'node:fs';
import { isIP, type Socket } from 'node:net';
import { Duplex } from 'node:stream';
import { connect, createSecureContext, type SecureContext, type TLSSocket } from 'node:tls';
import type { TlsClient } from '../config/model/virtual-server.ts';

export interface TlsOptions {
  readonly context: SecureContext;
  readonly serverName?: string;
  /** Told where the data ends without close_notify; before the stream's own end. */
  readonly onTruncated?: () => void;
}

/** With what is shown to a server that asks. Throws where a file cannot be read or is of no use. */
export function createTlsContext(client: TlsClient | undefined): SecureContext {
  const { certificateFile, keyFile = certificateFile, password } = client ?? {};
  return createSecureContext({
    // Nothing is verified: the list of the world's authorities need not be loaded.
    ca: [],
    ...(certificateFile !== undefined && { cert: readFileSync(certificateFile) }),
    ...(keyFile !== undefined && certificateFile !== undefined && { key: readFileSync(keyFile) }),
    ...(password !== undefined && { passphrase: password.reveal() }),
  });
}

/** Begins the handshake on a connection. */
export function startTls(socket: Socket, options: TlsOptions): TLSSocket {
  const { context, serverName, onTruncated } = options;
  const transport = onTruncated === undefined ? socket : new WatchedTransport(socket);
  const stream = connect({
    socket: transport as Socket,
    secureContext: context,
    rejectUnauthorized: false,
    checkServerIdentity: () => undefined,
    // An address is no name (RFC 6066 §3).
    ...(serverName !== undefined && isIP(serverName) === 0 && { servername: serverName }),
  });
  if (transport instanceof WatchedTransport && onTruncated !== undefined) {
    let phase: 'open' | 'ended' = 'open';
    stream.once('end', () => {
      phase = 'ended';
    });
    transport.onEnd = () => {
      if (phase === 'open') onTruncated();
    };
  }
  return stream;
}

/**
 * Between the connection and TLS. Node ends a stream alike with and without close_notify; which it was
 * shows in whether TLS ended before the connection did, so the connection's end is held back here.
 */
class WatchedTransport extends Duplex {
  readonly #socket: Socket;
  onEnd: () => void = () => {};

  constructor(socket: Socket) {
    super({ allowHalfOpen: true });
    this.#socket = socket;
    socket.on('data', (piece) => {
      if (!this.push(piece)) socket.pause();
    });
    socket.on('end', () => {
      // What came before it is on its way through two streams.
      setImmediate(() => setImmediate(() => this.#finish()));
    });
    socket.on('error', (error) => this.destroy(error));
  }

  override _read(): void {
    this.#socket.resume();
  }

  override _write(
    piece: Buffer,
    _encoding: BufferEncoding,
    onDone: (error?: Error | null) => void,
  ): void {
    this.#socket.write(piece, onDone);
  }

  override _final(onDone: () => void): void {
    this.#socket.end(onDone);
  }

  override _destroy(error: Error | null, onDone: (error: Error | null) => void): void {
    this.#socket.destroy();
    onDone(error);
  }

  #finish(): void {
    if (this.destroyed) return;
    this.onEnd();
    this.push(null);
  }
}

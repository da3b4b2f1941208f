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
  let phase: 'open' | 'ended' = 'open';
  const onEnd = (): void => {
    if (phase === 'open') onTruncated?.();
  };
  const transport = onTruncated === undefined ? socket : watchedTransport(socket, onEnd);
  const stream = connect({
    socket: transport as Socket,
    secureContext: context,
    rejectUnauthorized: false,
    checkServerIdentity: () => undefined,
    // An address is no name (RFC 6066 §3).
    ...(serverName !== undefined && isIP(serverName) === 0 && { servername: serverName }),
  });
  stream.once('end', () => {
    phase = 'ended';
  });
  return stream;
}

/**
 * Between the connection and TLS. Node ends a stream alike with and without close_notify; which it was
 * shows in whether TLS ended before the connection did, so the connection's end is held back here. No class:
 * that would load Node's streams at the start of the checker process.
 */
function watchedTransport(socket: Socket, onEnd: () => void): Duplex {
  const transport = new Duplex({
    allowHalfOpen: true,
    read: () => void socket.resume(),
    write: (piece: Buffer, _encoding, onDone) => void socket.write(piece, onDone),
    final: (onDone) => void socket.end(onDone),
    destroy: (error, onDone) => {
      socket.destroy();
      onDone(error);
    },
  });
  const finish = (): void => {
    if (transport.destroyed) return;
    onEnd();
    transport.push(null);
  };
  socket.on('data', (piece) => {
    if (!transport.push(piece)) socket.pause();
  });
  socket.on('end', () => {
    // What came before it is on its way through two streams.
    setImmediate(() => setImmediate(finish));
  });
  socket.on('error', (error) => transport.destroy(error));
  return transport;
}

import type { TlsFacts } from '../../../core/proxy/samples/facts.ts';
import {
  type Block,
  BROKEN,
  END,
  type Endpoint,
  PEER_ENDED,
  READABLE,
  type Readiness,
  WOULD_BLOCK,
  WRITABLE,
} from '../../../ports/streams.ts';
import type { TlsFailure, TlsStream, TlsWishes } from '../../../ports/tls.ts';
import { ECONNRESET, ENOTCONN } from '../../ffi/errno.ts';
import type { OpenSsl } from '../../ffi/openssl.ts';
import type { NativeBlock } from '../blocks.ts';
import type { SocketStream } from '../tcp-stream.ts';
import type { OpenSslContext } from './context.ts';

const SET_SERVER_NAME = 55;
const WANTS_READ = 2;
const WANTS_WRITE = 3;
const IS_OVER = 6;
/** Beside counts, END and errnos. */
const WAITS_TO_READ = -1001;
const WAITS_TO_WRITE = -1002;
const HOST_NAME = 0;

export interface TlsStreamParts {
  readonly openSsl: OpenSsl;
  readonly context: OpenSslContext;
  readonly wishes: TlsWishes;
  readonly onClose: () => void;
}

/**
 * A socket whose bytes OpenSSL encrypts and decrypts on its descriptor. As with a socket, less than there
 * was room for means that nothing is left; what OpenSSL knows and an edge will not tell (the end that came
 * behind the last bytes) is told by a readiness of its own.
 */
export class OpenSslStream implements TlsStream {
  peer: Endpoint;
  local: () => Endpoint;
  readonly #socket: SocketStream;
  readonly #parts: TlsStreamParts;
  readonly #ssl: number;
  #phase: 'before' | 'handshake' | 'open' | 'broken' | 'closed' = 'before';
  #onDone: (outcome: TlsFacts | TlsFailure) => void = () => {};
  /** Which direction OpenSSL waits for where it is not the one that was asked for. */
  #readWaitsToWrite = false;
  #writeWaitsToRead = false;
  #isEnded = false;
  #isShut: 'no' | 'begun' | 'done' = 'no';
  #owed: NodeJS.Immediate | undefined;
  isResumed = false;
  tls: TlsFacts | undefined;
  onReady: (readiness: Readiness) => void = () => {};

  constructor(socket: SocketStream, parts: TlsStreamParts) {
    const { openSsl, context, wishes } = parts;
    this.#socket = socket;
    this.peer = socket.peer;
    this.local = socket.local;
    this.#parts = parts;
    this.#ssl = openSsl.create(context.address);
    openSsl.setDescriptor(this.#ssl, socket.fd);
    if (context.side === 'server') openSsl.acceptState(this.#ssl);
    else openSsl.connectState(this.#ssl);
    const { serverName, expectedHost } = wishes;
    if (serverName !== undefined) openSsl.setServerName(this.#ssl, SET_SERVER_NAME, 0, serverName);
    if (expectedHost !== undefined) openSsl.setExpectedHost(this.#ssl, expectedHost);
    socket.onReady = (readiness) => this.#onSocket(readiness);
  }

  get fd(): number {
    return this.#socket.fd;
  }

  handshake(onDone: (outcome: TlsFacts | TlsFailure) => void): void {
    if (this.#phase !== 'before') return;
    this.#phase = 'handshake';
    this.#onDone = onDone;
    this.#goOn(0);
  }

  receive(block: Block, offset: number, room: number): number {
    if (this.#phase !== 'open') return this.#phase === 'broken' ? -ECONNRESET : -ENOTCONN;
    if (this.#isEnded) return END;
    const base = (block as NativeBlock).address + offset;
    let count = 0;
    while (count < room) {
      const result = this.#attempt(this.#parts.openSsl.read, base + count, room - count);
      if (result > 0) {
        count += result;
        continue;
      }
      this.#readWaitsToWrite = result === WAITS_TO_WRITE;
      if (result === WAITS_TO_READ || result === WAITS_TO_WRITE)
        return count === 0 ? WOULD_BLOCK : count;
      this.#isEnded = result === END;
      if (count === 0) return result;
      this.#oweReadiness();
      return count;
    }
    return count;
  }

  /** A record that was begun is in OpenSSL: who was told of less sends the rest, nothing else. */
  send(block: Block, from: number, to: number): number {
    if (this.#phase !== 'open') return this.#phase === 'broken' ? -ECONNRESET : -ENOTCONN;
    const { address } = block as NativeBlock;
    let at = from;
    while (at < to) {
      const result = this.#attempt(this.#parts.openSsl.write, address + at, to - at);
      if (result > 0) {
        at += result;
        continue;
      }
      this.#writeWaitsToRead = result === WAITS_TO_READ;
      if (at > from) return at - from;
      return result === WAITS_TO_READ || result === WAITS_TO_WRITE ? WOULD_BLOCK : -ECONNRESET;
    }
    return at - from;
  }

  /** close_notify, then the end of the socket's own side. */
  shutdown(): void {
    if (this.#isShut !== 'no') return;
    this.#isShut = 'begun';
    this.#sayGoodbye();
  }

  close(): void {
    this.#end('close');
  }

  reset(): void {
    this.#end('reset');
  }

  #end(how: 'close' | 'reset'): void {
    if (this.#phase === 'closed') return;
    if (how === 'close' && this.#isShut !== 'done' && this.#phase === 'open') {
      this.#parts.openSsl.shutdown(this.#ssl);
      this.#parts.openSsl.clearErrors();
    }
    this.#phase = 'closed';
    if (this.#owed !== undefined) clearImmediate(this.#owed);
    this.#parts.openSsl.free(this.#ssl);
    this.#parts.onClose();
    this.#socket[how]();
  }

  #onSocket(readiness: Readiness): void {
    if (this.#phase === 'handshake') {
      this.#goOn(readiness);
      return;
    }
    if (this.#isShut === 'begun' && (readiness & WRITABLE) !== 0) this.#sayGoodbye();
    let told = readiness;
    if (this.#readWaitsToWrite && (readiness & WRITABLE) !== 0) told |= READABLE;
    if (this.#writeWaitsToRead && (readiness & READABLE) !== 0) told |= WRITABLE;
    this.onReady(told);
  }

  #goOn(readiness: Readiness): void {
    const { openSsl } = this.#parts;
    openSsl.clearErrors();
    const result = openSsl.handshake(this.#ssl);
    if (result === 1) {
      this.#phase = 'open';
      this.tls = this.#facts();
      this.isResumed = openSsl.isResumed(this.#ssl) === 1;
      this.#onDone(this.tls);
      return;
    }
    const error = openSsl.errorOf(this.#ssl, result);
    if (error === WANTS_READ || error === WANTS_WRITE) return;
    const isTold = openSsl.lastError() !== 0 || (readiness & BROKEN) !== 0;
    const isUntrusted = openSsl.verifyResult(this.#ssl) !== 0;
    openSsl.clearErrors();
    this.#phase = 'broken';
    this.#onDone(isUntrusted ? 'untrusted' : isTold ? 'failed' : 'closed');
  }

  /** How many bytes; END; WAITS_TO_READ or WAITS_TO_WRITE; or an errno: then it is broken. */
  #attempt(run: OpenSsl['read'], address: number, count: number): number {
    const { openSsl } = this.#parts;
    for (let time = 0; ; time++) {
      const result = run(this.#ssl, address, count);
      if (result > 0) return result;
      const error = openSsl.errorOf(this.#ssl, result);
      if (error === WANTS_READ) return WAITS_TO_READ;
      if (error === WANTS_WRITE) return WAITS_TO_WRITE;
      if (error === IS_OVER) return END;
      openSsl.clearErrors();
      // What others left in the thread's list of errors looks like one of ours: once more without it.
      if (time > 0) break;
    }
    this.#phase = 'broken';
    return -ECONNRESET;
  }

  /** What an edge would not tell any more. */
  #oweReadiness(): void {
    this.#owed ??= setImmediate(() => {
      this.#owed = undefined;
      if (this.#phase !== 'closed') this.onReady(READABLE | PEER_ENDED);
    });
  }

  #sayGoodbye(): void {
    const { openSsl } = this.#parts;
    if (this.#phase === 'open') {
      const result = openSsl.shutdown(this.#ssl);
      const isWaiting = result < 0 && openSsl.errorOf(this.#ssl, result) === WANTS_WRITE;
      openSsl.clearErrors();
      if (isWaiting) return;
    }
    this.#isShut = 'done';
    this.#socket.shutdown();
  }

  #facts(): TlsFacts {
    const { openSsl } = this.#parts;
    const certificate = openSsl.peerCertificate(this.#ssl);
    if (certificate !== 0) openSsl.certificateFree(certificate);
    const serverName = openSsl.serverName(this.#ssl, HOST_NAME);
    const alpn = this.#chosenAlpn();
    return {
      ...(serverName !== null && { serverName }),
      ...(alpn !== '' && { alpn }),
      cipher: openSsl.cipherName(openSsl.currentCipher(this.#ssl)) ?? '',
      protocol: openSsl.versionName(this.#ssl) ?? '',
      verifyResult: openSsl.verifyResult(this.#ssl),
      hasClientCertificate: certificate !== 0,
    };
  }

  #chosenAlpn(): string {
    const where = new Uint8Array(12);
    const view = new DataView(where.buffer);
    const { openSsl } = this.#parts;
    openSsl.selectedAlpn(this.#ssl, where.subarray(0, 8), where.subarray(8));
    const name = new Uint8Array(view.getUint32(8, true));
    if (name.length > 0) openSsl.copyHere(name, Number(view.getBigUint64(0, true)), name.length);
    return String.fromCharCode(...name);
  }
}

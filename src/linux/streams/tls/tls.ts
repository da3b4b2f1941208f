import type { Block, Stream } from '../../../ports/streams.ts';
import { WOULD_BLOCK } from '../../../ports/streams.ts';
import type { Tls, TlsContext, TlsSettings, TlsStream, TlsWishes } from '../../../ports/tls.ts';
import { EINTR } from '../../ffi/errno.ts';
import { loadOpenSsl, type OpenSsl } from '../../ffi/openssl.ts';
import { MSG_DONTWAIT } from '../../ffi/socket-numbers.ts';
import { recvAt } from '../../ffi/stream-calls.ts';
import type { NativeBlock } from '../blocks.ts';
import type { SocketStream } from '../tcp-stream.ts';
import { OpenSslContext } from './context.ts';
import { OpenSslStream } from './tls-stream.ts';

const MSG_PEEK = 2;

/** Undefined where the process has no OpenSSL that can be called. */
export function openTls(): Tls | undefined {
  const openSsl = loadOpenSsl();
  return openSsl && new OpenSslTls(openSsl);
}

class OpenSslTls implements Tls {
  readonly #openSsl: OpenSsl;
  open = 0;

  constructor(openSsl: OpenSsl) {
    this.#openSsl = openSsl;
  }

  createContext(side: TlsContext['side'], settings: TlsSettings): TlsContext | string {
    return OpenSslContext.create(this.#openSsl, side, settings);
  }

  wrap(stream: Stream, context: TlsContext, wishes: TlsWishes = {}): TlsStream {
    this.open += 1;
    return new OpenSslStream(stream as SocketStream, {
      openSsl: this.#openSsl,
      context: context as OpenSslContext,
      wishes,
      onClose: () => {
        this.open -= 1;
      },
    });
  }

  peek(stream: Stream, block: Block, room: number): number {
    const { address } = block as NativeBlock;
    const count = recvAt((stream as SocketStream).fd, address, room, MSG_DONTWAIT | MSG_PEEK);
    return count === -EINTR ? WOULD_BLOCK : count;
  }
}

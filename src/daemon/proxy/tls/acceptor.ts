import { X509Certificate } from 'node:crypto';
import type { BindTls } from '../../../config/model/proxy.ts';
import { requestedName } from '../../../core/proxy/samples/client-hello.ts';
import type { TlsFacts } from '../../../core/proxy/samples/facts.ts';
import {
  type CertificateNames,
  createCertificateChoice,
} from '../../../core/proxy/tls/certificate-choice.ts';
import { type Block, BROKEN, ENDING, type Readiness, type Stream } from '../../../ports/streams.ts';
import type { Tls, TlsContext, TlsFailure, TlsStream } from '../../../ports/tls.ts';
import { drain } from '../drain.ts';

/** A fatal alert, 112: nobody of that name. */
const UNRECOGNISED_NAME = Uint8Array.of(21, 3, 3, 0, 2, 2, 112);

/** The server's end of TLS on one bind: its certificates, and who gets which. */
export class TlsAcceptor {
  readonly #tls: Tls;
  readonly #shared: Block;
  readonly #contexts: readonly TlsContext[];
  readonly #choose: (serverName: string | undefined) => number | undefined;
  /** With one certificate for everybody nobody has to be asked. */
  readonly #only: TlsContext | undefined;

  private constructor(tls: Tls, shared: Block, contexts: readonly TlsContext[], bind: BindTls) {
    this.#tls = tls;
    this.#shared = shared;
    this.#contexts = contexts;
    const names = bind.certificates.map(({ pem }) => namesOf(pem.reveal()));
    this.#choose = createCertificateChoice(names, bind.strictSni ? 'strict' : 'lenient');
    this.#only = contexts.length === 1 && !bind.strictSni ? contexts[0] : undefined;
  }

  /** Or what is wrong, and in which file. `protocols`: what is spoken here; undefined: whatever. */
  static create(
    tls: Tls,
    shared: Block,
    bind: BindTls,
    protocols?: readonly string[],
  ): TlsAcceptor | string {
    const contexts: TlsContext[] = [];
    const { certificates, clientCa, alpn, strictSni: _, ...others } = bind;
    for (const { file, pem } of certificates) {
      const context = tls.createContext('server', {
        ...others,
        certificate: pem,
        alpn: protocols === undefined ? alpn : alpn.filter((name) => protocols.includes(name)),
        ...(clientCa !== undefined && { ca: clientCa }),
      });
      if (typeof context === 'string') {
        for (const other of contexts) other.free();
        return `${file}: ${context}`;
      }
      contexts.push(context);
    }
    return new TlsAcceptor(tls, shared, contexts, bind);
  }

  /** `onDone` comes once, unless what `onStream` told of is closed before. */
  accept(
    client: Stream,
    onStream: (stream: TlsStream) => void,
    onDone: (outcome: TlsFacts | TlsFailure) => void,
  ): void {
    const begin = (context: TlsContext): void => {
      const stream = this.#tls.wrap(client, context);
      onStream(stream);
      stream.handshake(onDone);
    };
    if (this.#only !== undefined) {
      begin(this.#only);
      return;
    }
    const look = (readiness: Readiness): void => {
      const name = requestedName(this.peek(client));
      if (name === 'incomplete') {
        if ((readiness & ENDING) === 0) return;
        drain(client, this.#shared);
        onDone((readiness & BROKEN) === 0 ? 'closed' : 'failed');
        return;
      }
      client.onReady = () => {};
      const index = this.#choose(name);
      const context = index === undefined ? undefined : this.#contexts[index];
      if (context !== undefined) begin(context);
      else {
        // What is left unread would turn the end into a reset, which may overtake the alert.
        drain(client, this.#shared);
        this.#shared.bytes.set(UNRECOGNISED_NAME);
        client.send(this.#shared, 0, UNRECOGNISED_NAME.length);
        onDone('failed');
      }
    };
    client.onReady = look;
    look(0);
  }

  /** A label of its own for each context: a ticket of one must not open another, which may ask for more. */
  shareTickets(secret: Uint8Array, label: string): void {
    for (const [index, context] of this.#contexts.entries())
      context.shareTickets(secret, `${label} ${index}`);
  }

  close(): void {
    for (const context of this.#contexts) context.free();
  }

  /** What has come, and is still to be received; valid until the next call of anything. */
  peek(client: Stream): Uint8Array {
    const count = this.#tls.peek(client, this.#shared, this.#shared.bytes.length);
    return this.#shared.bytes.subarray(0, Math.max(0, count));
  }

  /** The first bytes of what `peek` has shown. */
  take(client: Stream, count: number): void {
    client.receive(this.#shared, 0, count);
  }
}

/** Its subject, and all names that it is for. */
function namesOf(pem: string): CertificateNames {
  const certificate = new X509Certificate(firstCertificate(pem));
  const others = certificate.subjectAltName?.split(', ') ?? [];
  const subject = /^CN=(.+)$/m.exec(certificate.subject)?.[1];
  return [
    ...(subject === undefined ? [] : [subject]),
    ...others.filter((name) => name.startsWith('DNS:')).map((name) => name.slice('DNS:'.length)),
  ].map((name) => name.toLowerCase());
}

/** Behind keys and parameters, where they stand first. */
function firstCertificate(pem: string): string {
  return pem.slice(pem.indexOf('-----BEGIN CERTIFICATE-----'));
}

import type { Server, ServerTls } from '../../../config/model/proxy.ts';
import { evaluateSample } from '../../../core/proxy/samples/evaluate.ts';
import type { SampleFacts } from '../../../core/proxy/samples/facts.ts';
import type { Stream } from '../../../ports/streams.ts';
import type { Tls, TlsContext, TlsStream } from '../../../ports/tls.ts';

const NAME_BYTES_MAX = 255;

/** The client's end of TLS to one server. */
export class TlsConnector {
  readonly #tls: Tls;
  readonly #context: TlsContext;
  readonly #settings: ServerTls;

  private constructor(tls: Tls, context: TlsContext, settings: ServerTls) {
    this.#tls = tls;
    this.#context = context;
    this.#settings = settings;
  }

  /** Or what is wrong. `protocols`: what is spoken here; undefined: whatever. */
  static create(
    tls: Tls,
    { name, tls: settings }: Server & { readonly tls: ServerTls },
    protocols?: readonly string[],
  ): TlsConnector | string {
    const { verify, ca, certificate, alpn } = settings;
    const context = tls.createContext('client', {
      verify,
      alpn: protocols === undefined ? alpn : alpn.filter((it) => protocols.includes(it)),
      ...(ca !== undefined && { ca }),
      ...(certificate !== undefined && { certificate }),
    });
    return typeof context === 'string'
      ? `'server ${name}' : ${context}`
      : new TlsConnector(tls, context, settings);
  }

  /** The name that the server is asked for; undefined: none. */
  nameFor(facts: () => SampleFacts): string | undefined {
    const { sni } = this.#settings;
    const value = sni === undefined ? undefined : evaluateSample(sni, facts());
    const name = value === undefined ? '' : String(value);
    return name === '' || name.length > NAME_BYTES_MAX || name.includes('\0') ? undefined : name;
  }

  /** The certificate has to be for the name that was asked for, otherwise for that of `verifyhost`. */
  wrap(stream: Stream, serverName: string | undefined): TlsStream {
    const { verify, verifyHost } = this.#settings;
    const expectedHost = verify === 'none' ? undefined : (serverName ?? verifyHost);
    return this.#tls.wrap(stream, this.#context, {
      ...(serverName !== undefined && { serverName }),
      ...(expectedHost !== undefined && { expectedHost }),
    });
  }

  close(): void {
    this.#context.free();
  }
}

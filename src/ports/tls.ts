import type { Secret } from '../base/secret.ts';
import type { TlsVersion } from '../config/model/proxy.ts';
import type { TlsFacts } from '../core/proxy/samples/facts.ts';
import type { Block, Stream } from './streams.ts';

/** What both ends of TLS may be told. */
export interface TlsSettings {
  /** PEM text: certificate, chain and key. */
  readonly certificate?: Secret;
  /** PEM text, or `@system-ca`. */
  readonly ca?: string;
  readonly verify: 'none' | 'optional' | 'required';
  /** In order of preference; the client's order does not matter. */
  readonly alpn: readonly string[];
  readonly ciphers?: string;
  readonly ciphersuites?: string;
  readonly minVersion?: TlsVersion;
  readonly maxVersion?: TlsVersion;
}

/** Settings that many connections share. */
export interface TlsContext {
  readonly side: 'server' | 'client';
  /** Sessions are resumed wherever the same secret was given with the same label; otherwise here alone. */
  shareTickets(secret: Uint8Array, label: string): void;
  /** Connections that have it keep it. */
  free(): void;
}

/**
 * `closed`: the other end left before anything was wrong. `untrusted`: its certificate. `failed`: whatever
 * else is no handshake.
 */
export type TlsFailure = 'closed' | 'untrusted' | 'failed';

/** A stream whose bytes are encrypted; before the handshake nothing is received or sent. */
export interface TlsStream extends Stream {
  /** `onDone` comes once, unless it is closed before; after a failure the caller closes it. */
  handshake(onDone: (outcome: TlsFacts | TlsFailure) => void): void;
  readonly isResumed: boolean;
}

/** What a client asks of the server. */
export interface TlsWishes {
  readonly serverName?: string;
  /** The name that its certificate must have. */
  readonly expectedHost?: string;
}

export interface Tls {
  /** Or what is wrong with the settings. */
  createContext(side: TlsContext['side'], settings: TlsSettings): TlsContext | string;
  /** The stream belongs to the answer, which is closed in its place. */
  wrap(stream: Stream, context: TlsContext, wishes?: TlsWishes): TlsStream;
  /** What has come and is not taken by that; as `receive`. */
  peek(stream: Stream, block: Block, room: number): number;
  /** Streams that are not closed. */
  readonly open: number;
}

import { hkdfSync } from 'node:crypto';
import type { TlsVersion } from '../../../config/model/proxy.ts';
import type { TlsContext, TlsSettings } from '../../../ports/tls.ts';
import { allocateMemory } from '../../ffi/memory.ts';
import type { OpenSsl } from '../../ffi/openssl.ts';
import { type AlpnChoice, createAlpnChoice, encodeAlpn } from './alpn.ts';
import { readCertificates, useIdentity } from './pem.ts';
import { readSystemAuthorities } from './system-authorities.ts';

const SET_MODE = 33;
const SET_SESSION_CACHE = 44;
const SET_READ_AHEAD = 41;
const SET_DH_AUTO = 118;
const SET_TICKET_KEYS = 59;
const SET_LOWEST_VERSION = 123;
const SET_HIGHEST_VERSION = 124;

/** Partial writes, from a place that may move, and no buffers while nothing is to be done. */
const MODE = 0x1 | 0x2 | 0x10;
const OPTIONS =
  0x8000_0850 + // SSL_OP_ALL
  0x80 + // an end without close_notify is an end
  0x2_0000 + // no compression
  0x40_0000 + // the server's order of ciphers
  0x4000_0000; // no renegotiation
const VERIFY = { none: 0, optional: 1, required: 1 | 2 } as const;
const VERSIONS: Readonly<Record<TlsVersion, number>> = {
  TLSv1: 0x301,
  'TLSv1.1': 0x302,
  'TLSv1.2': 0x303,
  'TLSv1.3': 0x304,
};
/** Their name, and a key each to sign and to encrypt. */
const TICKET_KEY_BYTES = 16 + 32 + 32;
const SYSTEM = '@system-ca';

export class OpenSslContext implements TlsContext {
  readonly side: TlsContext['side'];
  readonly address: number;
  readonly #openSsl: OpenSsl;
  readonly #alpn: AlpnChoice | undefined;

  private constructor(
    openSsl: OpenSsl,
    side: TlsContext['side'],
    address: number,
    alpn: AlpnChoice | undefined,
  ) {
    this.#openSsl = openSsl;
    this.side = side;
    this.address = address;
    this.#alpn = alpn;
  }

  /** Or what is wrong with the settings. */
  static create(
    openSsl: OpenSsl,
    side: TlsContext['side'],
    settings: TlsSettings,
  ): OpenSslContext | string {
    const address = openSsl.contextNew(openSsl.methodOfAny());
    openSsl.contextControl(address, SET_MODE, MODE, 0);
    openSsl.contextControl(address, SET_SESSION_CACHE, 0, 0);
    openSsl.contextControl(address, SET_READ_AHEAD, 1, 0);
    openSsl.contextControl(address, SET_DH_AUTO, 1, 0);
    openSsl.contextOptions(address, OPTIONS);
    const fault = apply(openSsl, address, side, settings);
    openSsl.clearErrors();
    if (fault !== undefined) {
      openSsl.contextFree(address);
      return fault;
    }
    const isChoosing = side === 'server' && settings.alpn.length > 0;
    const alpn = isChoosing ? createAlpnChoice(openSsl, settings.alpn) : undefined;
    if (alpn !== undefined) openSsl.contextSelectAlpn(address, alpn.address, 0);
    return new OpenSslContext(openSsl, side, address, alpn);
  }

  shareTickets(secret: Uint8Array, label: string): void {
    const keys = allocateMemory(TICKET_KEY_BYTES);
    keys.bytes.set(new Uint8Array(hkdfSync('sha256', secret, '', label, TICKET_KEY_BYTES)));
    this.#openSsl.contextControl(this.address, SET_TICKET_KEYS, TICKET_KEY_BYTES, keys.address);
    keys.bytes.fill(0);
    keys.free();
  }

  /** Nothing of it is in a handshake now: only from the event loop. */
  free(): void {
    this.#openSsl.contextSelectAlpn(this.address, 0, 0);
    this.#openSsl.contextFree(this.address);
    this.#alpn?.free();
  }
}

function apply(
  openSsl: OpenSsl,
  address: number,
  side: TlsContext['side'],
  settings: TlsSettings,
): string | undefined {
  const { certificate, ciphers, ciphersuites, alpn } = settings;
  const fault =
    (certificate && useIdentity(openSsl, address, certificate)) ??
    trust(openSsl, address, settings);
  if (fault !== undefined) return fault;
  // 0: none chosen. The least that haproxy speaks unless it is told otherwise is 1.2.
  openSsl.contextControl(
    address,
    SET_LOWEST_VERSION,
    VERSIONS[settings.minVersion ?? 'TLSv1.2'],
    0,
  );
  const highest = settings.maxVersion === undefined ? 0 : VERSIONS[settings.maxVersion];
  openSsl.contextControl(address, SET_HIGHEST_VERSION, highest, 0);
  if (ciphers !== undefined && openSsl.contextCiphers(address, ciphers) !== 1)
    return `no cipher of '${ciphers}' is known`;
  if (ciphersuites !== undefined && openSsl.contextCiphersuites(address, ciphersuites) !== 1)
    return `not every cipher suite of '${ciphersuites}' is known`;
  const name = new TextEncoder().encode('holdfast');
  openSsl.contextSessionName(address, name, name.length);
  if (side === 'client' && alpn.length > 0) {
    const protocols = encodeAlpn(alpn);
    openSsl.contextOfferAlpn(address, protocols, protocols.length);
  }
  return undefined;
}

function trust(openSsl: OpenSsl, address: number, { verify, ca }: TlsSettings): string | undefined {
  openSsl.contextVerify(address, VERIFY[verify], 0);
  if (ca === undefined || verify === 'none') return undefined;
  const text = ca === SYSTEM ? readSystemAuthorities() : ca;
  if (text === undefined) return 'the authorities that this host trusts are not found';
  const certificates = readCertificates(openSsl, text);
  const store = openSsl.contextStore(address);
  for (const certificate of certificates) {
    openSsl.storeAdd(store, certificate);
    openSsl.contextAddClientCa(address, certificate);
    openSsl.certificateFree(certificate);
  }
  return certificates.length > 0 ? undefined : 'the file of authorities holds no certificate';
}

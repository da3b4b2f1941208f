/**
 * OpenSSL as the node binary has it: its functions are exported, or those of the shared library that it is
 * linked with. Objects are addresses; 0 is none.
 */
import koffi from 'koffi';
import { guardAnswer } from './guard-callback.ts';

type Native<Result> = (...args: (number | string | Uint8Array | null)[]) => Result;

const numbers = {
  methodOfAny: 'uintptr_t TLS_method()',
  contextNew: 'uintptr_t SSL_CTX_new(uintptr_t method)',
  contextFree: 'void SSL_CTX_free(uintptr_t context)',
  contextControl:
    'long SSL_CTX_ctrl(uintptr_t context, int command, long number, uintptr_t address)',
  contextOptions: 'uint64_t SSL_CTX_set_options(uintptr_t context, uint64_t options)',
  contextCiphers: 'int SSL_CTX_set_cipher_list(uintptr_t context, const char *list)',
  contextCiphersuites: 'int SSL_CTX_set_ciphersuites(uintptr_t context, const char *list)',
  contextCertificate: 'int SSL_CTX_use_certificate(uintptr_t context, uintptr_t certificate)',
  contextKey: 'int SSL_CTX_use_PrivateKey(uintptr_t context, uintptr_t key)',
  contextCheckKey: 'int SSL_CTX_check_private_key(uintptr_t context)',
  contextVerify: 'void SSL_CTX_set_verify(uintptr_t context, int mode, uintptr_t callback)',
  contextStore: 'uintptr_t SSL_CTX_get_cert_store(uintptr_t context)',
  contextAddClientCa: 'int SSL_CTX_add_client_CA(uintptr_t context, uintptr_t certificate)',
  contextSessionName:
    'int SSL_CTX_set_session_id_context(uintptr_t context, const uint8_t *name, uint32_t length)',
  contextSelectAlpn:
    'void SSL_CTX_set_alpn_select_cb(uintptr_t context, uintptr_t callback, uintptr_t argument)',
  contextOfferAlpn:
    'int SSL_CTX_set_alpn_protos(uintptr_t context, const uint8_t *protocols, uint32_t length)',
  storeAdd: 'int X509_STORE_add_cert(uintptr_t store, uintptr_t certificate)',
  memoryMethod: 'uintptr_t BIO_s_mem()',
  bioNew: 'uintptr_t BIO_new(uintptr_t method)',
  bioWrite: 'int BIO_write(uintptr_t bio, const uint8_t *bytes, int count)',
  bioFree: 'int BIO_free(uintptr_t bio)',
  readCertificate:
    'uintptr_t PEM_read_bio_X509(uintptr_t bio, uintptr_t into, uintptr_t callback, const char *pass)',
  readKey:
    'uintptr_t PEM_read_bio_PrivateKey(uintptr_t bio, uintptr_t into, uintptr_t callback, const char *pass)',
  certificateFree: 'void X509_free(uintptr_t certificate)',
  keyFree: 'void EVP_PKEY_free(uintptr_t key)',
  create: 'uintptr_t SSL_new(uintptr_t context)',
  free: 'void SSL_free(uintptr_t ssl)',
  setDescriptor: 'int SSL_set_fd(uintptr_t ssl, int fd)',
  acceptState: 'void SSL_set_accept_state(uintptr_t ssl)',
  connectState: 'void SSL_set_connect_state(uintptr_t ssl)',
  setServerName: 'long SSL_ctrl(uintptr_t ssl, int command, long number, const char *name)',
  setExpectedHost: 'int SSL_set1_host(uintptr_t ssl, const char *name)',
  handshake: 'int SSL_do_handshake(uintptr_t ssl)',
  read: 'int SSL_read(uintptr_t ssl, uintptr_t data, int room)',
  write: 'int SSL_write(uintptr_t ssl, uintptr_t data, int count)',
  shutdown: 'int SSL_shutdown(uintptr_t ssl)',
  errorOf: 'int SSL_get_error(uintptr_t ssl, int result)',
  verifyResult: 'long SSL_get_verify_result(uintptr_t ssl)',
  peerCertificate: 'uintptr_t SSL_get1_peer_certificate(uintptr_t ssl)',
  isResumed: 'int SSL_session_reused(uintptr_t ssl)',
  currentCipher: 'uintptr_t SSL_get_current_cipher(uintptr_t ssl)',
  selectedAlpn: 'void SSL_get0_alpn_selected(uintptr_t ssl, void *data, void *length)',
  clearErrors: 'void ERR_clear_error()',
  lastError: 'unsigned long ERR_peek_last_error()',
  copy: 'uintptr_t memcpy(uintptr_t to, uintptr_t from, size_t count)',
  copyHere: 'uintptr_t memcpy(uint8_t *to, uintptr_t from, size_t count)',
} as const;

const texts = {
  cipherName: 'const char *SSL_CIPHER_get_name(uintptr_t cipher)',
  versionName: 'const char *SSL_get_version(uintptr_t ssl)',
  serverName: 'const char *SSL_get_servername(uintptr_t ssl, int kind)',
  reasonText: 'const char *ERR_reason_error_string(unsigned long error)',
} as const;

export type OpenSsl = Readonly<
  Record<keyof typeof numbers, Native<number>> & Record<keyof typeof texts, Native<string | null>>
>;

let loaded: OpenSsl | 'missing' | undefined;

/** Undefined where this build of Node shows nothing of its OpenSSL, or one older than 3. */
export function loadOpenSsl(): OpenSsl | undefined {
  loaded ??= load();
  return loaded === 'missing' ? undefined : loaded;
}

function load(): OpenSsl | 'missing' {
  const image = koffi.load(null);
  const entries: [string, unknown][] = [];
  try {
    for (const [name, declaration] of Object.entries({ ...numbers, ...texts }))
      entries.push([name, image.func(declaration)]);
  } catch {
    return 'missing';
  }
  return Object.fromEntries(entries) as OpenSsl;
}

const alpnPrototype = koffi.pointer(
  // ssl, out, outLength, offered, length, argument
  koffi.proto('int', ['uintptr_t', 'uintptr_t', 'uintptr_t', 'uintptr_t', 'uint32_t', 'uintptr_t']),
);

/** Ends the handshake. */
const ALERT_FATAL = 2;

/** `choose` answers 0 (chosen) or another SSL_TLSEXT_ERR. */
export function registerAlpnChoice(
  choose: (
    ssl: number,
    out: number,
    outLength: number,
    offered: number,
    length: number,
    argument: number,
  ) => number,
): { readonly address: number; free(): void } {
  const callback = koffi.register(guardAnswer(choose, ALERT_FATAL), alpnPrototype);
  return { address: Number(callback), free: () => koffi.unregister(callback) };
}

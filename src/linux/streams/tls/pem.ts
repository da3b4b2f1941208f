import type { Secret } from '../../../base/secret.ts';
import type { OpenSsl } from '../../ffi/openssl.ts';

const ADD_CHAIN = 89;
/** Without it OpenSSL would ask whoever sits at the terminal. */
const NO_PASSPHRASE = '';

/** All certificates of a text, to be freed by the caller; what else is in it is passed over. */
export function readCertificates(openSsl: OpenSsl, pem: string): readonly number[] {
  return withText(openSsl, pem, (bio) => {
    const found: number[] = [];
    for (;;) {
      const certificate = openSsl.readCertificate(bio, 0, 0, NO_PASSPHRASE);
      if (certificate === 0) return found;
      found.push(certificate);
    }
  });
}

/** Certificate, chain and key of one text for a context; or what is wrong with them. */
export function useIdentity(openSsl: OpenSsl, context: number, pem: Secret): string | undefined {
  const text = pem.reveal();
  const [own, ...chain] = readCertificates(openSsl, text);
  const key = withText(openSsl, text, (bio) => openSsl.readKey(bio, 0, 0, NO_PASSPHRASE));
  const fault = use(openSsl, context, own ?? 0, key);
  if (own !== undefined) openSsl.certificateFree(own);
  openSsl.keyFree(key);
  // The context takes what it is given.
  for (const certificate of chain)
    if (openSsl.contextControl(context, ADD_CHAIN, 0, certificate) !== 1)
      openSsl.certificateFree(certificate);
  return fault;
}

function use(
  openSsl: OpenSsl,
  context: number,
  certificate: number,
  key: number,
): string | undefined {
  if (certificate === 0) return 'there is no certificate that can be read';
  if (key === 0) return 'there is no key that can be read; one with a passphrase cannot';
  if (openSsl.contextCertificate(context, certificate) !== 1)
    return `the certificate is refused: ${reasonOf(openSsl)}`;
  if (openSsl.contextKey(context, key) !== 1 || openSsl.contextCheckKey(context) !== 1)
    return 'the key is not that of the certificate';
  return undefined;
}

export function reasonOf(openSsl: OpenSsl): string {
  return openSsl.reasonText(openSsl.lastError()) ?? 'for no reason that is told';
}

function withText<Result>(openSsl: OpenSsl, text: string, read: (bio: number) => Result): Result {
  const bio = openSsl.bioNew(openSsl.memoryMethod());
  const bytes = new TextEncoder().encode(text);
  openSsl.bioWrite(bio, bytes, bytes.length);
  const result = read(bio);
  openSsl.bioFree(bio);
  bytes.fill(0);
  return result;
}

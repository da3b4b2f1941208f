import { readFileSync } from 'node:fs';

/** Where distributions keep them in one file: Debian, Red Hat, SUSE, Alpine. */
const FILES = [
  '/etc/ssl/certs/ca-certificates.crt',
  '/etc/pki/tls/certs/ca-bundle.crt',
  '/etc/ssl/ca-bundle.pem',
  '/etc/ssl/cert.pem',
];

/** The PEM text of the authorities that this host trusts; undefined: it has none where they are looked for. */
export function readSystemAuthorities(): string | undefined {
  for (const file of FILES) {
    try {
      return readFileSync(file, 'utf8');
    } catch {
      // Another distribution.
    }
  }
  return undefined;
}

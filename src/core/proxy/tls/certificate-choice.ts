/** Which certificate a client gets that asks for a name (RFC 6066, 3; RFC 6125, 6.4). */

/** Of a certificate: `host.example` or `*.example`, in small letters. */
export type CertificateNames = readonly string[];

/**
 * Answers which of these certificates. A name of its own goes before a wildcard, which stands for one
 * label; whoever asks for nothing that is there gets the first, or in strict order nothing (undefined).
 */
export function createCertificateChoice(
  certificates: readonly CertificateNames[],
  order: 'strict' | 'lenient',
): (serverName: string | undefined) => number | undefined {
  const known = new Map<string, number>();
  certificates.forEach((names, index) => {
    for (const name of names) if (!known.has(name)) known.set(name, index);
  });
  const otherwise = order === 'strict' ? undefined : 0;
  return (serverName) => {
    if (serverName === undefined) return otherwise;
    const name = serverName.toLowerCase();
    const dot = name.indexOf('.');
    const wildcard = dot < 0 ? undefined : known.get(`*${name.slice(dot)}`);
    return known.get(name) ?? wildcard ?? otherwise;
  };
}

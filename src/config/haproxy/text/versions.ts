/** The version that we answer for: what conditions in a configuration ask about. */
export const HAPROXY_VERSION = '2.6.12';
const OPENSSL_VERSION = '3.0.22';

/** What `feature(NAME)` holds for; the rest is built into neither. */
export const FEATURES: ReadonlySet<string> = new Set([
  ...['ACCEPT4', 'BACKTRACE', 'CPU_AFFINITY', 'CRYPT_H', 'DL', 'EPOLL', 'GETADDRINFO', 'LIBCRYPT'],
  ...['LINUX_SPLICE', 'LINUX_TPROXY', 'LUA', 'NETFILTER', 'NS', 'OPENSSL', 'OT', 'PCRE2'],
  ...['PCRE2_JIT', 'POLL', 'PRCTL', 'PROMEX', 'RT', 'SLZ', 'SYSTEMD', 'TFO', 'THREAD'],
  ...['THREAD_DUMP', 'TPROXY'],
]);

export function isVersionAtLeast(asked: string): boolean {
  return compareVersions(HAPROXY_VERSION, asked) >= 0;
}

export function isOpensslAtLeast(asked: string): boolean {
  return compareVersions(OPENSSL_VERSION, asked) >= 0;
}

export const SSL_LIBRARY = `OpenSSL ${OPENSSL_VERSION} 25 Aug 2026`;

/** Numbers in turn; a development version comes before the release, what follows a release after it. */
function compareVersions(a: string, b: string): number {
  const left = partsOf(a);
  const right = partsOf(b);
  for (let index = 0; index < left.length; index++) {
    const difference = (left[index] ?? 0) - (right[index] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

function partsOf(version: string): readonly number[] {
  const found = /^(\d+)?(?:\.(\d+))?(?:\.(\d+))?(?:-dev(\d+))?(?:-(\d+))?/.exec(version);
  const [, major, minor, patch, dev, commits] = found ?? [];
  const number = (text: string | undefined): number => Number(text ?? 0);
  const stage = dev === undefined ? 1_000_000 : number(dev);
  return [number(major), number(minor), number(patch), stage, number(commits)];
}

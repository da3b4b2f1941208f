import { execFileSync } from 'node:child_process';

const LIMIT_MS = 5000;

/** The address of a name, as the host's own resolver finds it; waits for it. */
export function lookUpNow(host: string, prefer: 'ipv4' | 'ipv6'): string | undefined {
  const found = (['ipv4', 'ipv6'] as const).map(
    (family) => [family, addressOf(host, family)] as const,
  );
  const preferred = found.find(([family]) => family === prefer)?.[1];
  return preferred ?? found.find(([, address]) => address !== undefined)?.[1];
}

function addressOf(host: string, family: 'ipv4' | 'ipv6'): string | undefined {
  // A name that begins with a hyphen would be an option, and is no name.
  if (!/^[\w.][\w.-]*$/.test(host)) return undefined;
  try {
    const database = family === 'ipv4' ? 'ahostsv4' : 'ahostsv6';
    return (
      execFileSync('getent', [database, host], {
        encoding: 'utf8',
        timeout: LIMIT_MS,
        stdio: ['ignore', 'pipe', 'ignore'],
      }).split(/\s/)[0] || undefined
    );
  } catch {
    return undefined;
  }
}

/** What the lab must know of a haproxy.cfg to put servers behind it and a client before it. */
export interface ScannedProxy {
  /** Where clients come. */
  readonly frontPort: number;
  /** Where the servers listen. */
  readonly backPort: number;
  /** Whether servers are asked over TLS, and so speak it. */
  readonly tls: 'yes' | 'no';
}

/**
 * Reads the first port that is bound, and the first server's, as `holdfast plan` writes them: judging the
 * file is the proxy's part.
 */
export function scanProxy(text: string): ScannedProxy | undefined {
  const lines = text.split('\n').map((line) => line.replace(/#.*/, '').trim().split(/\s+/));
  const portOf = (word: string | undefined): number => Number(/:(\d+)$/.exec(word ?? '')?.[1]);
  const frontPort = portOf(lines.find(([keyword]) => keyword === 'bind')?.[1]);
  const backPort = portOf(lines.find(([keyword]) => keyword === 'server')?.[2]);
  if (!Number.isInteger(frontPort) || !Number.isInteger(backPort)) return undefined;
  const asksTls = lines.some((words) => words.includes('check-ssl') || words.includes('ssl'));
  return { frontPort, backPort, tls: asksTls ? 'yes' : 'no' };
}

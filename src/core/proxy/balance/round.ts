import type { LiveServer } from '../live.ts';

/**
 * The turns of one round, each server as often as its weight says: what `static-rr` walks along and
 * what hashes point into, as HAProxy has them. After t turns of T, a server of weight w should have had
 * w·t/T of them; whoever lacks most whole ones is next, the first of the file among equals.
 */
export function roundOf(servers: readonly LiveServer[]): readonly LiveServer[] {
  const divisor = divisorOf(servers);
  const weights = servers.map(({ userWeight }) => userWeight / divisor);
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const had = weights.map(() => 0);
  return Array.from({ length: total }, (_, turn) => {
    const lacks = weights.map(
      (weight, index) => Math.floor(((turn + 1) * weight) / total) - (had[index] ?? 0),
    );
    const index = lacks.indexOf(Math.max(...lacks));
    had[index] = (had[index] ?? 0) + 1;
    return servers[index] as LiveServer;
  });
}

/** Of all servers of the file, whether or not they are in service: the round has that length. */
function divisorOf(servers: readonly LiveServer[]): number {
  const all = servers[0]?.proxy.config.servers ?? [];
  return all.reduce((divisor, { weight }) => gcd(divisor, weight), 0) || 1;
}

function gcd(a: number, b: number): number {
  return b === 0 ? a : gcd(b, a % b);
}

/** Walks along the round, which is made anew when a server comes or goes; its step stays the same. */
export class RoundWalk {
  #round: readonly LiveServer[];
  #step = 0;

  constructor(servers: readonly LiveServer[]) {
    this.#round = roundOf(servers);
  }

  refresh(servers: readonly LiveServer[]): void {
    this.#round = roundOf(servers);
  }

  /** Undefined: no server is open. */
  next(isOpen: (server: LiveServer) => boolean): LiveServer | undefined {
    for (let tried = 0; tried < this.#round.length; tried++) {
      if (this.#step >= this.#round.length) this.#step = 0;
      const server = this.#round[this.#step];
      this.#step += 1;
      if (server !== undefined && isOpen(server)) return server;
    }
    return undefined;
  }
}

import type { LiveServer } from '../live.ts';
import { effectiveWeight } from '../usable.ts';

/**
 * Weighted turns: who has had least for its weight is next, in the order of the file among equals. A
 * server that comes begins where the others are, not where it had stopped.
 */
export class Turns {
  readonly #passes = new Map<LiveServer, number>();
  #pass = 0;

  next(servers: readonly LiveServer[]): LiveServer | undefined {
    let best: LiveServer | undefined;
    let bestPass = Number.POSITIVE_INFINITY;
    for (const server of servers) {
      const pass = this.#passOf(server);
      if (pass >= bestPass) continue;
      best = server;
      bestPass = pass;
    }
    if (best === undefined) return undefined;
    this.#pass = bestPass - strideOf(best) / 2;
    this.#passes.set(best, bestPass + strideOf(best));
    return best;
  }

  #passOf(server: LiveServer): number {
    const pass = this.#passes.get(server);
    const earliest = this.#pass - strideOf(server);
    if (pass !== undefined && pass >= earliest) return pass;
    const first = this.#pass + strideOf(server) / 2;
    this.#passes.set(server, first);
    return first;
  }
}

const strideOf = (server: LiveServer): number => 1 / effectiveWeight(server);

/** The turns of one round, each server as often as its weight says: what hashes point into. */
export function roundOf(servers: readonly LiveServer[]): readonly LiveServer[] {
  const weights = servers.map(({ userWeight }) => userWeight);
  const divisor = weights.reduce(greatestCommonDivisor, 0) || 1;
  const total = weights.reduce((sum, weight) => sum + weight, 0) / divisor;
  const turns = weights.map((weight) => divisor / weight / 2);
  return Array.from({ length: total }, () => {
    const index = turns.indexOf(Math.min(...turns));
    turns[index] = (turns[index] ?? 0) + divisor / (weights[index] ?? 1);
    return servers[index] as LiveServer;
  });
}

function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b);
}

/**
 * Who says that he has an address: each round asks all hosts once and collects the answers that come
 * before the next round.
 */
export interface HolderRecord {
  /** A round begins. Returns the answers of the one before where they are not as in the last one. */
  beginRound(
    atMs: number,
  ): { readonly hosts: readonly string[]; readonly atMs: number } | undefined;
  heard(host: string): void;
  summarise(range: { readonly fromMs: number; readonly toMs: number }): {
    readonly holdersMax: number;
    readonly overlapMs: number;
  };
}

/** Changes kept; a lab that flaps for ever must not fill the memory. */
const changesMax = 10_000;

export function createHolderRecord(): HolderRecord {
  const changes: { readonly atMs: number; readonly hosts: readonly string[] }[] = [];
  let answers = new Set<string>();
  let roundAtMs: number | undefined;

  return {
    beginRound: (atMs) => {
      const round = { hosts: [...answers].sort(), atMs: roundAtMs ?? atMs };
      const isFirst = roundAtMs === undefined;
      answers = new Set();
      roundAtMs = atMs;
      if (isFirst || round.hosts.join() === changes.at(-1)?.hosts.join()) return undefined;
      changes.push(round);
      if (changes.length > changesMax) changes.shift();
      return round;
    },

    heard: (host) => {
      if (roundAtMs !== undefined) answers.add(host);
    },

    summarise: ({ fromMs, toMs }) => {
      let holdersMax = 0;
      let overlapMs = 0;
      for (const [index, change] of changes.entries()) {
        const from = Math.max(fromMs, change.atMs);
        const to = Math.min(toMs, changes[index + 1]?.atMs ?? toMs);
        if (to <= from) continue;
        holdersMax = Math.max(holdersMax, change.hosts.length);
        if (change.hosts.length > 1) overlapMs += to - from;
      }
      return { holdersMax, overlapMs };
    },
  };
}

/** Counters since somebody had them cleared. What others count on (metrics, the engine) goes on. */
import type { VrrpSnapshot } from '../../core/vrrp/snapshot.ts';
import type { VrrpStatistics } from '../../core/vrrp/types.ts';

type Counted = Pick<VrrpSnapshot, 'name' | 'statistics'>;

/** By instance, what had been counted when they were cleared. */
export type ClearedState = readonly (readonly [string, Readonly<VrrpStatistics>])[];

export class ClearedStatistics {
  readonly #cleared = new Map<string, Readonly<VrrpStatistics>>();

  clear(routers: readonly Counted[]): void {
    this.#cleared.clear();
    for (const { name, statistics } of routers) this.#cleared.set(name, { ...statistics });
  }

  /** An instance that was replaced meanwhile has begun anew by itself. */
  since({ name, statistics }: Counted): Readonly<VrrpStatistics> {
    const before = this.#cleared.get(name);
    if (before === undefined) return statistics;
    const keys = Object.keys(statistics) as (keyof VrrpStatistics)[];
    if (keys.some((key) => statistics[key] < before[key])) return statistics;
    const rest = keys.map((key) => [key, statistics[key] - before[key]]);
    return Object.fromEntries(rest) as VrrpStatistics;
  }

  exportState(): ClearedState {
    return [...this.#cleared];
  }

  importState(state: ClearedState): void {
    for (const [name, statistics] of state) this.#cleared.set(name, statistics);
  }
}

import { addMicros, type Micros, micros } from '../../../base/time.ts';
import type { LiveProxy, LiveServer } from '../live.ts';
import { isUsable } from '../usable.ts';

/** How many servers of each backend may have new traffic, kept up with each change of one. */
export class Tally {
  readonly #usable = new Set<LiveServer>();
  readonly #counts = new Map<LiveProxy, { active: number; backup: number }>();

  of(proxy: LiveProxy): { readonly active: number; readonly backup: number } {
    return this.#countsOf(proxy);
  }

  /** Looks at it again; tells where the backend has now lost its last server, or found a first one. */
  update(now: Micros, server: LiveServer): 'up' | 'down' | undefined {
    const is = isUsable(server);
    if (is === this.#usable.has(server)) return undefined;
    const counts = this.#countsOf(server.proxy);
    const had = counts.active + counts.backup > 0;
    counts[server.config.backup ? 'backup' : 'active'] += is ? 1 : -1;
    if (is) this.#usable.add(server);
    else this.#usable.delete(server);
    const has = counts.active + counts.backup > 0;
    if (had === has) return undefined;
    this.#turn(now, server.proxy, has ? 'up' : 'down');
    return has ? 'up' : 'down';
  }

  /** As it is found at the start: nothing has changed by that. */
  begin(server: LiveServer): void {
    if (!isUsable(server)) return;
    this.#usable.add(server);
    this.#countsOf(server.proxy)[server.config.backup ? 'backup' : 'active']++;
  }

  #turn(now: Micros, { back }: LiveProxy, to: 'up' | 'down'): void {
    if (back === undefined) return;
    if (to === 'up') back.downtime = addMicros(back.downtime, micros(now - back.lastChange));
    else back.downs++;
    back.lastChange = now;
  }

  #countsOf(proxy: LiveProxy): { active: number; backup: number } {
    let counts = this.#counts.get(proxy);
    if (counts === undefined) {
      counts = { active: 0, backup: 0 };
      this.#counts.set(proxy, counts);
    }
    return counts;
  }
}

import type { LiveServer } from '../live.ts';
import { effectiveWeight } from '../usable.ts';

/**
 * Who would have least for its weight if it were chosen; who has nothing at all comes before. Among
 * equals whose load changed longest ago, as with HAProxy's `leastconn`.
 */
export class LeastLoaded {
  readonly #changes = new Map<LiveServer, { weight: number; at: number }>();
  #count = 0;

  constructor(servers: readonly LiveServer[]) {
    this.refresh(servers);
  }

  refresh(servers: readonly LiveServer[]): void {
    const staying = new Set(servers);
    for (const server of this.#changes.keys())
      if (!staying.has(server)) this.#changes.delete(server);
    for (const server of servers)
      if (this.#changes.get(server)?.weight !== effectiveWeight(server)) this.changed(server);
  }

  /** Its load. */
  changed(server: LiveServer): void {
    this.#count += 1;
    this.#changes.set(server, { weight: effectiveWeight(server), at: this.#count });
  }

  /** Undefined: no server is open. */
  next(
    servers: readonly LiveServer[],
    isOpen: (server: LiveServer) => boolean,
  ): LiveServer | undefined {
    let best: { readonly server: LiveServer; readonly load: number } | undefined;
    for (const server of servers) {
      if (!isOpen(server)) continue;
      const load = loadAfter(server);
      if (best === undefined || load < best.load) best = { server, load };
      else if (load === best.load && this.#changeOf(server) < this.#changeOf(best.server))
        best = { server, load };
    }
    return best?.server;
  }

  #changeOf(server: LiveServer): number {
    return this.#changes.get(server)?.at ?? 0;
  }
}

function loadAfter(server: LiveServer): number {
  const { current, queued } = server.counters;
  const load = current + queued;
  return load === 0 ? 0 : (load + 1) / effectiveWeight(server);
}

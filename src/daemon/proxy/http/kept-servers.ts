import type { LiveServer } from '../../../core/proxy/live.ts';
import { type Stream, WRITABLE } from '../../../ports/streams.ts';

/** Of one server; more are closed. */
const KEPT_MAX = 128;

/** Connections to servers that wait for the next request. */
export class KeptServers {
  readonly #kept = new Map<LiveServer, Stream[]>();

  count(server: LiveServer): number {
    return this.#kept.get(server)?.length ?? 0;
  }

  take(server: LiveServer): Stream | undefined {
    return this.#kept.get(server)?.pop();
  }

  /** Whatever it does before somebody takes it is its end: nobody has asked it anything. */
  keep(server: LiveServer, stream: Stream): void {
    const kept = this.#kept.get(server) ?? [];
    this.#kept.set(server, kept);
    if (kept.length >= KEPT_MAX) {
      stream.close();
      return;
    }
    kept.push(stream);
    stream.onReady = (readiness) => {
      if (readiness === WRITABLE) return;
      const index = kept.indexOf(stream);
      if (index >= 0) kept.splice(index, 1);
      stream.close();
    };
  }

  close(server?: LiveServer): void {
    for (const [owner, streams] of this.#kept) {
      if (server !== undefined && owner !== server) continue;
      for (const stream of streams) stream.close();
      this.#kept.delete(owner);
    }
  }
}

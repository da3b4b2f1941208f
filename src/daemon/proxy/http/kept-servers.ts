import type { LiveServer } from '../../../core/proxy/live.ts';
import { type Block, type Stream, WOULD_BLOCK, WRITABLE } from '../../../ports/streams.ts';

/** Of one server; more are closed. */
const KEPT_MAX = 128;

/** Connections to servers that wait for the next request. */
export class KeptServers {
  readonly #kept = new Map<LiveServer, Stream[]>();
  readonly #shared: Block;

  constructor(shared: Block) {
    this.#shared = shared;
  }

  count(server: LiveServer): number {
    return this.#kept.get(server)?.length ?? 0;
  }

  /** Over TLS only one that was opened for the same name. */
  take(server: LiveServer, serverName: string | undefined): Stream | undefined {
    const kept = this.#kept.get(server) ?? [];
    const index = kept.findLastIndex(({ tls }) => tls?.serverName === serverName);
    return index < 0 ? undefined : kept.splice(index, 1)[0];
  }

  /** Whatever it says before somebody takes it is its end: nobody has asked it anything. */
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
      // TLS says things of its own that are nobody's bytes.
      if (stream.tls !== undefined && stream.receive(this.#shared, 0, 1) === WOULD_BLOCK) return;
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

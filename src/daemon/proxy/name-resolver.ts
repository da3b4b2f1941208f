import { promises as dns } from 'node:dns';
import { parseIp } from '../../base/ip.ts';
import type { LiveServer } from '../../core/proxy/live.ts';
import type { ProxyWorker } from './worker.ts';

/** Until there is an address; then as often as a name may move. */
const AGAIN_AFTER_MS = 2000;

/** Looks for the addresses of servers that have none yet; until then they are down. */
export class NameResolver {
  readonly #worker: ProxyWorker;
  readonly #waiting: Set<LiveServer>;
  #timer: NodeJS.Timeout | undefined;
  #phase: 'open' | 'closed' = 'open';

  constructor(worker: ProxyWorker) {
    this.#worker = worker;
    const servers = worker.live.proxies.flatMap(({ back }) => back?.servers ?? []);
    this.#waiting = new Set(
      servers.filter(({ config, ip }) => config.address.kind === 'name' && ip === undefined),
    );
  }

  start(): void {
    if (this.#waiting.size > 0) void this.#look();
  }

  close(): void {
    this.#phase = 'closed';
    clearTimeout(this.#timer);
  }

  async #look(): Promise<void> {
    await Promise.all([...this.#waiting].map((server) => this.#resolve(server)));
    if (this.#phase === 'closed' || this.#waiting.size === 0) return;
    this.#timer = setTimeout(() => void this.#look(), AGAIN_AFTER_MS);
  }

  async #resolve(server: LiveServer): Promise<void> {
    const { address } = server.config;
    if (address.kind !== 'name') return;
    const found = await dns.lookup(address.host, { all: true }).catch(() => []);
    const family = address.prefer === 'ipv4' ? 4 : 6;
    const best = found.find((each) => each.family === family) ?? found[0];
    const ip = parseIp(best?.address ?? '');
    if (this.#phase === 'closed') return;
    if (ip === undefined) {
      this.#worker.failedResolutions += 1;
      return;
    }
    this.#waiting.delete(server);
    server.ip = ip;
    this.#worker.feed({ kind: 'resolved', server });
    this.#worker.spread();
  }
}

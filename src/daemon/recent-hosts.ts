/** Hosts of which something was told lately, so that it is not told with each packet. */
import { type Micros, seconds } from '../base/time.ts';

const REMEMBERED = seconds(60);
/** Forged sources beyond that are not told of. */
const HOSTS_MAX = 64;

export class RecentHosts {
  readonly #at = new Map<string, Micros>();

  note(host: string, now: Micros): 'new' | 'known' {
    for (const [other, at] of this.#at) if (now - at >= REMEMBERED) this.#at.delete(other);
    if (this.#at.has(host) || this.#at.size >= HOSTS_MAX) return 'known';
    this.#at.set(host, now);
    return 'new';
  }
}

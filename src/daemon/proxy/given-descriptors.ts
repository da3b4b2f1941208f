/** Descriptors that were open when the program was started, and that a configuration names: `fd@7`. */
import type { ProxyConfig } from '../../config/model/proxy.ts';

/** Those that it listens to, or has a socket of its own at. */
export function givenDescriptors({ proxies, global }: ProxyConfig): readonly number[] {
  const addresses = [
    ...proxies.flatMap(({ binds }) => binds.flatMap((bind) => bind.addresses)),
    ...global.statsSockets.map(({ address }) => address),
  ];
  return addresses.flatMap((address) => (address.kind === 'descriptor' ? [address.fd] : []));
}

const FIRST = 3;

/** What a child finds open behind its standard streams: given ones under their own numbers, others in between. */
export class DescriptorTable {
  readonly #at = new Map<number, number | 'pipe'>();

  constructor(given: readonly number[]) {
    for (const fd of given) if (fd >= FIRST) this.#at.set(fd, fd);
  }

  /** The number that it has there. */
  add(what: number | 'pipe'): number {
    let number = FIRST;
    while (this.#at.has(number)) number += 1;
    this.#at.set(number, what);
    return number;
  }

  /** From 3 on. */
  list(): readonly (number | 'pipe' | 'ignore')[] {
    const length = Math.max(FIRST - 1, ...this.#at.keys()) + 1 - FIRST;
    return Array.from({ length }, (_, index) => this.#at.get(FIRST + index) ?? 'ignore');
  }
}

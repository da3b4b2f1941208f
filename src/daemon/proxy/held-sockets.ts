import { ZERO } from '../../base/time.ts';
import type { ProxyConfig } from '../../config/model/proxy.ts';
import { buildLive } from '../../core/proxy/build-live.ts';
import type { StreamListener, Streams } from '../../ports/streams.ts';
import { isSysError } from '../../ports/sys-error.ts';
import { keyOf, type ListenFailure, listenOptions } from './traffic.ts';

interface Held {
  readonly key: string;
  readonly fd: number;
}

/** Sockets that listen for workers; nothing is accepted here. */
export class HeldSockets {
  readonly #streams: Streams;
  readonly #held = new Map<string, StreamListener>();
  #wanted: readonly string[] = [];

  constructor(streams: Streams) {
    this.#streams = streams;
  }

  /** All that the configuration listens to; what there was stays until `dropUnused`. */
  prepare(config: ProxyConfig): readonly ListenFailure[] {
    const failures: ListenFailure[] = [];
    const made: string[] = [];
    const wanted: string[] = [];
    for (const proxy of buildLive(config, ZERO).proxies) {
      if (proxy.front === undefined || proxy.state === 'stopped') continue;
      for (const bind of proxy.config.binds)
        for (const address of bind.addresses) {
          if (address.kind === 'descriptor') continue;
          const key = keyOf(address);
          wanted.push(key);
          if (this.#held.has(key)) continue;
          const options = listenOptions(proxy.config, bind, address);
          const listener = this.#streams.listen(address, options, (stream) => stream.close());
          if (isSysError(listener)) failures.push({ proxy, bind, address, error: listener });
          else {
            listener.pause();
            this.#held.set(key, listener);
            made.push(key);
          }
        }
    }
    if (failures.length > 0) for (const key of made) this.#drop(key);
    else this.#wanted = wanted;
    return failures;
  }

  list(): readonly Held[] {
    return this.#wanted.flatMap((key) => {
      const fd = this.#held.get(key)?.fd;
      return fd === undefined ? [] : [{ key, fd }];
    });
  }

  dropUnused(): void {
    for (const key of [...this.#held.keys()]) if (!this.#wanted.includes(key)) this.#drop(key);
  }

  close(): void {
    for (const key of [...this.#held.keys()]) this.#drop(key);
  }

  #drop(key: string): void {
    this.#held.get(key)?.close();
    this.#held.delete(key);
  }
}

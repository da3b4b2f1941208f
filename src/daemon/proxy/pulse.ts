/** What statistics tell of the last second, looked at once a second. */
import type { EventLoopUtilization } from 'node:perf_hooks';
import type { LiveConfig } from '../../core/proxy/live.ts';

const EACH_MS = 1000;

export class Pulse {
  readonly #live: LiveConfig;
  readonly #timer: NodeJS.Timeout;
  #at = performance.now();
  #bytesOut = 0;
  #loop: EventLoopUtilization = performance.eventLoopUtilization();
  bytesOutPerSecond = 0;
  idlePercent = 100;

  constructor(live: LiveConfig) {
    this.#live = live;
    this.#timer = setInterval(() => this.#look(), EACH_MS);
    this.#timer.unref();
  }

  close(): void {
    clearInterval(this.#timer);
  }

  #look(): void {
    const [at, bytesOut, loop] = [
      performance.now(),
      this.#sum(),
      performance.eventLoopUtilization(),
    ];
    const { utilization } = performance.eventLoopUtilization(loop, this.#loop);
    this.idlePercent = Math.round(100 * (1 - utilization));
    // Counters may have been cleared meanwhile.
    const bytes = Math.max(0, bytesOut - this.#bytesOut);
    this.bytesOutPerSecond = Math.round((bytes * 1000) / (at - this.#at));
    [this.#at, this.#bytesOut, this.#loop] = [at, bytesOut, loop];
  }

  #sum(): number {
    return this.#live.proxies.reduce((sum, { front }) => sum + (front?.counters.bytesOut ?? 0), 0);
  }
}

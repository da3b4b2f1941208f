/** Hands over what another node should rather hold: configured priorities alone do not move it (nopreempt). */
import { setTimeout as sleep } from 'node:timers/promises';
import { ControlError } from '../../api/client.ts';
import type { DaemonLink } from './daemon-link.ts';

export interface YieldingParts {
  readonly daemon: Pick<DaemonLink, 'status' | 'handover'>;
  tell(level: 'info' | 'warning', text: string): void;
}

/** Nobody took it: perhaps somebody is there by then. */
const AGAIN_MS = 5000;

export class Yielding {
  readonly #parts: YieldingParts;
  #instances: readonly string[] = [];
  #state: 'idle' | 'busy' = 'idle';

  constructor(parts: YieldingParts) {
    this.#parts = parts;
  }

  /** The instances that should be elsewhere, from now on; returns at once. */
  set(instances: readonly string[]): void {
    this.#instances = instances;
    if (this.#state === 'busy' || instances.length === 0) return;
    this.#state = 'busy';
    void this.#work();
  }

  async #work(): Promise<void> {
    while (this.#instances.length > 0) {
      await this.#handOver().catch((error: unknown) => {
        if (!(error instanceof ControlError)) throw error;
        this.#parts.tell('warning', `nothing is handed over: ${error.message}`);
      });
      await sleep(AGAIN_MS);
    }
    this.#state = 'idle';
  }

  async #handOver(): Promise<void> {
    const { daemon, tell } = this.#parts;
    const { instances } = await daemon.status();
    for (const { name, state } of instances) {
      if (state !== 'master' || !this.#instances.includes(name)) continue;
      const { text } = await daemon.handover(name);
      tell('info', `${name} should be on another node: ${text}`);
    }
  }
}

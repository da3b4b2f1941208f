/** One network segment: who hears whom, how late, how often. */
import type { Rng } from '../base/rng.ts';
import { type Micros, micros } from '../base/time.ts';
import type { SimHost } from './host.ts';
import type { Datagram } from './types.ts';

export interface NetworkConditions {
  readonly delay: Micros;
  readonly jitter: Micros;
  /** Probabilities of one packet on one path. */
  readonly loss: number;
  readonly duplication: number;
  readonly reordering: number;
}

export const CALM: NetworkConditions = {
  delay: micros(100),
  jitter: micros(50),
  loss: 0,
  duplication: 0,
  reordering: 0,
};

export class SimNetwork {
  readonly #rng: Rng;
  readonly #schedule: (delay: Micros, run: () => void) => void;
  readonly #hosts: readonly SimHost[];
  readonly #blocked = new Set<string>();
  conditions: NetworkConditions = CALM;
  packets = 0;

  constructor(
    rng: Rng,
    hosts: readonly SimHost[],
    schedule: (delay: Micros, run: () => void) => void,
  ) {
    this.#rng = rng;
    this.#hosts = hosts;
    this.#schedule = schedule;
  }

  /** Nothing gets from one host to the other; the way back is another path. */
  block(from: SimHost, to: SimHost): void {
    this.#blocked.add(`${from.name} ${to.name}`);
  }

  heal(): void {
    this.#blocked.clear();
    this.conditions = CALM;
  }

  send(from: SimHost, datagram: Datagram): void {
    if (from.linkState(datagram.interface) !== 'up') return;
    for (const to of this.#hosts) if (to !== from) this.#carry(from, to, datagram);
  }

  /** From nowhere, to one host, whatever the state of the network. */
  inject(to: SimHost, datagram: Datagram): void {
    this.#schedule(this.conditions.delay, () => to.hear(datagram));
  }

  #carry(from: SimHost, to: SimHost, datagram: Datagram): void {
    if (!to.listensTo(datagram)) return;
    if (this.#blocked.has(`${from.name} ${to.name}`)) return;
    const { loss, duplication } = this.conditions;
    if (loss > 0 && this.#rng.chance(loss)) return;
    const copies = duplication > 0 && this.#rng.chance(duplication) ? 2 : 1;
    for (let copy = 0; copy < copies; copy++) {
      this.packets++;
      this.#schedule(this.#delay(), () => to.hear(datagram));
    }
  }

  #delay(): Micros {
    const { delay, jitter, reordering } = this.conditions;
    const extra = reordering > 0 && this.#rng.chance(reordering) ? 10 * (delay + jitter) : 0;
    return micros(delay + this.#rng.integer(0, jitter) + extra);
  }
}

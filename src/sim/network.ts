/** One network segment, and another path beside it: who hears whom, how late, how often. */
import type { IpAddress } from '../base/ip.ts';
import type { Rng } from '../base/rng.ts';
import { type Micros, micros, millis } from '../base/time.ts';
import type { SimHost } from './host.ts';
import { TRACKED_INTERFACE } from './plan.ts';
import type { Datagram, Letter } from './types.ts';

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

/** Side messages that whoever listens may have recorded. */
const RECORDED_MAX = 300;

export class SimNetwork {
  readonly #rng: Rng;
  readonly #schedule: (delay: Micros, run: () => void) => void;
  readonly #hosts: readonly SimHost[];
  readonly #blocked = new Set<string>();
  readonly #calm: NetworkConditions;
  readonly recordings: Letter[] = [];
  conditions: NetworkConditions;
  packets = 0;
  /** How often all have been asked to which groups they listen. */
  queries = 0;

  constructor(
    rng: Rng,
    hosts: readonly SimHost[],
    schedule: (delay: Micros, run: () => void) => void,
    calm: NetworkConditions = CALM,
  ) {
    this.#calm = calm;
    this.conditions = calm;
    this.#rng = rng;
    this.#hosts = hosts;
    this.#schedule = schedule;
  }

  /** Whether everything arrives, and soon; twice is no harm. */
  isWhole(): boolean {
    const { loss, delay, reordering } = this.conditions;
    return this.#blocked.size === 0 && loss === 0 && reordering === 0 && delay <= CALM.delay;
  }

  /** Nothing gets from one host to the other; the way back is another path. */
  block(from: SimHost, to: SimHost): void {
    this.#blocked.add(`${from.name} ${to.name}`);
  }

  heal(): void {
    this.#blocked.clear();
    this.conditions = this.#calm;
  }

  send(from: SimHost, datagram: Datagram): void {
    if (from.linkState(datagram.interface) !== 'up') return;
    for (const to of this.#hosts) {
      if (to === from || !to.ears.listensTo(datagram)) continue;
      this.#carry(from, to, () => to.ears.hear(datagram));
    }
  }

  sendLetter(from: SimHost, letter: Letter): void {
    this.recordings.push(letter);
    if (this.recordings.length > RECORDED_MAX) this.recordings.shift();
    for (const to of this.#hosts) {
      if (to === from) continue;
      if (this.#isLinked(from, to, letter.interface) && to.ears.isAmong(letter)) {
        this.#carry(from, to, () => to.ears.hearLetter(letter, 'on-link'));
      }
      // The other path is another network: a partition of the segment does not concern it.
      const isKnown = to
        .addressesOf(TRACKED_INTERFACE)
        .some((own) => letter.alternates.includes(own));
      if (isKnown && this.#isLinked(from, to, TRACKED_INTERFACE)) {
        this.#deliver(() => to.ears.hearLetter(letter, 'other'));
      }
    }
  }

  /** From nowhere, to one host, whatever the state of the network. */
  inject(to: SimHost, packet: Datagram | Letter): void {
    this.#schedule(this.conditions.delay, () => {
      if ('message' in packet) to.ears.hearLetter(packet, 'on-link');
      else to.ears.hear(packet);
    });
  }

  /** ARP or neighbour discovery: the host says that it has these addresses. */
  announce(from: SimHost, name: string, addresses: readonly IpAddress[]): void {
    for (const to of this.#hosts) {
      if (to === from || !this.#isLinked(from, to, name)) continue;
      this.#carry(from, to, () => {
        for (const address of addresses) to.ears.hearClaim(name, { address, mac: from.mac });
      });
    }
  }

  /** Asks who has the addresses; kernels answer, whatever becomes of their processes. */
  inquire(from: SimHost, name: string, addresses: readonly IpAddress[]): void {
    for (const to of this.#hosts) {
      if (to === from || !this.#isLinked(from, to, name)) continue;
      this.#carry(from, to, () => {
        const held = addresses.filter((address) => to.answers(address));
        if (held.length === 0 || !this.#isLinked(to, from, name)) return;
        this.#carry(to, from, () => {
          for (const address of held) from.ears.hearClaim(name, { address, mac: to.mac });
        });
      });
    }
  }

  /** The host says to which groups it listens. */
  report(from: SimHost): void {
    for (const { interface: name, group, source } of from.ears.memberships()) {
      for (const to of this.#hosts) {
        if (to === from || !this.#isLinked(from, to, name)) continue;
        this.#carry(from, to, () => to.ears.hearListener(name, { group, source }));
      }
    }
  }

  /** A router asks who listens, as it does every two minutes. */
  query(): void {
    this.queries++;
    for (const host of this.#hosts) {
      this.#schedule(millis(this.#rng.integer(1, 200)), () => this.report(host));
    }
  }

  #isLinked(from: SimHost, to: SimHost, name: string): boolean {
    return from.linkState(name) === 'up' && to.linkState(name) === 'up' && to.power === 'on';
  }

  #carry(from: SimHost, to: SimHost, deliver: () => void): void {
    if (!this.#blocked.has(`${from.name} ${to.name}`)) this.#deliver(deliver);
  }

  #deliver(deliver: () => void): void {
    const { loss, duplication } = this.conditions;
    if (loss > 0 && this.#rng.chance(loss)) return;
    const copies = duplication > 0 && this.#rng.chance(duplication) ? 2 : 1;
    for (let copy = 0; copy < copies; copy++) {
      this.packets++;
      this.#schedule(this.#delay(), deliver);
    }
  }

  #delay(): Micros {
    const { delay, jitter, reordering } = this.conditions;
    const extra = reordering > 0 && this.#rng.chance(reordering) ? 10 * (delay + jitter) : 0;
    return micros(delay + this.#rng.integer(0, jitter) + extra);
  }
}

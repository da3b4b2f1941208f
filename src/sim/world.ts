/** Virtual time, the hosts and the network between them, and those who watch. */
import type { MacAddress } from '../base/mac.ts';
import type { Rng } from '../base/rng.ts';
import { type Micros, micros } from '../base/time.ts';
import { EventQueue } from './event-queue.ts';
import { SimHost } from './host.ts';
import type { HostPlan } from './host-plan.ts';
import { type NetworkConditions, SimNetwork } from './network.ts';
import type { Checker, Step } from './types.ts';

export class World {
  readonly hosts: readonly SimHost[];
  readonly network: SimNetwork;
  readonly #queue = new EventQueue();
  readonly #checkers: readonly Checker[];
  #now: Micros = micros(1_000_000_000);
  events = 0;

  constructor(
    plans: readonly HostPlan[],
    options: {
      readonly rng: Rng;
      readonly checkers: readonly Checker[];
      /** Where no checker asks for them, steps come without views. */
      readonly views?: 'each-step' | 'on-demand';
      /** The network as it is when all is well. */
      readonly calm?: NetworkConditions;
    },
  ) {
    this.#checkers = options.checkers;
    const world = {
      rng: options.rng.fork(),
      views: options.views ?? 'each-step',
      now: () => this.#now,
      schedule: (delay: Micros, run: () => void) => this.schedule(delay, run),
      network: () => this.network,
      observe: (step: Step) => {
        for (const checker of this.#checkers) checker.onStep(step);
      },
      observeAnswers: (host: SimHost) => {
        for (const checker of this.#checkers) checker.onAnswers?.(host);
      },
    };
    this.hosts = plans.map((plan, index) => new SimHost(plan, world, macOf(index)));
    this.network = new SimNetwork(options.rng.fork(), this.hosts, world.schedule, options.calm);
  }

  get now(): Micros {
    return this.#now;
  }

  schedule(delay: Micros, run: () => void): void {
    this.#queue.push(micros(this.#now + delay), run);
  }

  powerOff(host: SimHost): void {
    host.powerOff();
    for (const checker of this.#checkers) checker.onCrash?.(host);
  }

  /** The process dies at once; its kernel lives. */
  kill(host: SimHost): void {
    host.kill();
    for (const checker of this.#checkers) checker.onCrash?.(host);
  }

  /** Lets everything happen that is due within this time. */
  run(duration: Micros): void {
    const end = micros(this.#now + duration);
    for (;;) {
      const at = this.#queue.nextAt();
      if (at === undefined || at > end) break;
      const event = this.#queue.pop();
      this.#now = at;
      this.events++;
      event?.run();
    }
    this.#now = end;
  }

  /** The same until `done` holds; says whether it ever did. */
  runUntil(limit: Micros, done: () => boolean): 'done' | 'timed-out' {
    const end = micros(this.#now + limit);
    for (;;) {
      if (done()) return 'done';
      const at = this.#queue.nextAt();
      if (at === undefined || at > end) break;
      const event = this.#queue.pop();
      this.#now = at;
      this.events++;
      event?.run();
    }
    this.#now = end;
    return done() ? 'done' : 'timed-out';
  }
}

function macOf(index: number): MacAddress {
  return `02:00:00:00:00:${(index + 16).toString(16)}` as MacAddress;
}

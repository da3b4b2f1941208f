import type { Rng } from '../../base/rng.ts';
import type { Micros } from '../../base/time.ts';
import { type Balancer, createBalancer } from './balance/balancer.ts';
import { hasSlot, slotsOf } from './balance/capacity.ts';
import type { LiveBack, LiveProxy, LiveServer } from './live.ts';
import { isUsable } from './usable.ts';
import { shareOf } from './workers/place.ts';

/** Who wants a server of this backend, and has none yet. */
export interface Applicant {
  /** Of what the balancer hashes. */
  readonly hash?: number;
  /** The one that it must have (persistence), as long as that one is there. */
  readonly bound?: LiveServer;
  /** The slot is its own from now on. */
  granted(now: Micros, server: LiveServer): void;
}

export interface Answer {
  readonly kind: 'granted' | 'queued' | 'none' | 'full';
  /** Whose place it has, or waits for, or could not even wait for; undefined: anybody's. */
  readonly server?: LiveServer;
}

interface Waiting {
  readonly applicant: Applicant;
  /** Whose slot it waits for; undefined: any. */
  readonly server: LiveServer | undefined;
}

/**
 * Slots of one backend's servers: who gets one, who waits, and who is next when one is free. First
 * come, first served, whichever server they wait for.
 */
export class Dispatcher {
  readonly proxy: LiveProxy;
  readonly back: LiveBack;
  readonly #balancer: Balancer;
  #waiting: Waiting[] = [];

  constructor(proxy: LiveProxy, back: LiveBack, rng: Rng) {
    this.proxy = proxy;
    this.back = back;
    this.#balancer = createBalancer(proxy, back, rng);
  }

  /** `not`: failed just now. `granted` is called before this returns. */
  apply(now: Micros, applicant: Applicant, not?: LiveServer): Answer {
    const { hash, bound } = applicant;
    const isBound = bound !== undefined && bound !== not && mayKeep(bound);
    const server = isBound ? bound : this.#balancer.choose({ hash, not });
    if (server === undefined) return { kind: 'none' };
    const isFree = hasSlot(server);
    const isForOne = isBound || hash !== undefined;
    if (!isBound && server !== not && (isFree || isForOne)) countChoice(now, server, this.back);
    if (isFree) {
      this.#grant(now, server, applicant);
      return { kind: 'granted', server };
    }
    const maxqueue = shareOf(server.config.maxqueue, this.proxy.place);
    if (isForOne && maxqueue > 0 && server.counters.queued >= maxqueue)
      return { kind: 'full', server };
    const wanted = isForOne ? { server } : {};
    this.#enqueue({ applicant, server: wanted.server });
    return { kind: 'queued', ...wanted };
  }

  /** The same server once more, whether or not its slots are all taken: the slot was this session's. */
  takeAgain(server: LiveServer): void {
    server.counters.current += 1;
    this.#balancer.loadChanged(server);
  }

  /** Gives a slot back, and to whoever waits for it. */
  release(now: Micros, server: LiveServer): void {
    server.counters.current -= 1;
    this.#balancer.loadChanged(server);
    this.#serve(now, server);
  }

  /** The last place of the queue that it is in, from 1. */
  placeOf(applicant: Applicant): { readonly server: number; readonly backend: number } {
    const waiting = this.#waiting.find((each) => each.applicant === applicant);
    const before = this.#waiting.filter(({ server }) => server === waiting?.server).length;
    return waiting?.server === undefined
      ? { server: 0, backend: before }
      : { server: before, backend: 0 };
  }

  /** It does not wait any more; the server whose slot it waited for, if it was for one. */
  leave(applicant: Applicant): LiveServer | undefined {
    const index = this.#waiting.findIndex((waiting) => waiting.applicant === applicant);
    const waiting = this.#waiting[index];
    if (waiting === undefined) return undefined;
    this.#waiting.splice(index, 1);
    this.#countQueue(waiting, -1);
    return waiting.server;
  }

  /** A server came, went, or has another weight or limit. */
  refresh(now: Micros): void {
    this.#balancer.refresh();
    for (const server of this.back.servers) {
      if (!isUsable(server)) this.#requeue(server);
      else this.#serve(now, server);
    }
  }

  #serve(now: Micros, server: LiveServer): void {
    while (mayKeep(server) && server.counters.current < slotsOf(server)) {
      const index = this.#waiting.findIndex((waiting) =>
        waiting.server === undefined ? isUsable(server) : waiting.server === server,
      );
      const waiting = this.#waiting[index];
      if (waiting === undefined) return;
      this.#waiting.splice(index, 1);
      this.#countQueue(waiting, -1);
      this.#grant(now, server, waiting.applicant);
    }
  }

  /** Those who waited for one that is gone wait for anybody. */
  #requeue(server: LiveServer): void {
    if (mayKeep(server)) return;
    this.#waiting = this.#waiting.map((waiting) => {
      if (waiting.server !== server) return waiting;
      this.#countQueue(waiting, -1);
      const moved = { applicant: waiting.applicant, server: undefined };
      this.#countQueue(moved, 1);
      return moved;
    });
  }

  #enqueue(waiting: Waiting): void {
    this.#waiting.push(waiting);
    this.#countQueue(waiting, 1);
  }

  #countQueue({ server }: Waiting, change: 1 | -1): void {
    const { counters } = server ?? this.back;
    counters.queued += change;
    counters.mostQueued = Math.max(counters.mostQueued, counters.queued);
    if (server !== undefined) this.#balancer.loadChanged(server);
  }

  #grant(now: Micros, server: LiveServer, applicant: Applicant): void {
    const { counters } = server;
    counters.current += 1;
    counters.most = Math.max(counters.most, counters.current);
    this.#balancer.loadChanged(server);
    applicant.granted(now, server);
  }
}

/** Up at all: `drain` and weight 0 keep those that are bound to it. */
function mayKeep({ health }: LiveServer): boolean {
  if (health.operational === 'stopped') return false;
  for (const reason of health.admin)
    if (reason.endsWith('maint') || reason === 'name') return false;
  return true;
}

function countChoice(now: Micros, server: LiveServer, back: LiveBack): void {
  for (const counters of [server.counters, back.counters]) {
    counters.chosen += 1;
    counters.lastChosenUs = now;
  }
  server.sessionRate.count(now);
}

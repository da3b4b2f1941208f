/** The way to the routers of a host: whatever they are told may change when they want to be called. */
import type { Micros } from '../base/time.ts';
import { DueQueue } from './due-queue.ts';
import type { Sink } from './machine.ts';
import type { VirtualRouter } from './vrrp/machine.ts';
import { ADVERT_SLACK_US } from './vrrp/timers.ts';
import type { VrrpEffect, VrrpInput } from './vrrp/types.ts';

export class DueRouters {
  readonly #queue = new DueQueue<VirtualRouter>();

  /** When the first of them wants to be called. */
  next(): Micros | undefined {
    return this.#queue.next();
  }

  tell(
    now: Micros,
    router: VirtualRouter | undefined,
    input: VrrpInput,
    out: Sink<VrrpEffect>,
  ): void {
    if (router === undefined) return;
    router.handle(now, input, out);
    this.review(router);
  }

  /** Calls those that are due, in their own order, not in that of their deadlines. */
  expire(now: Micros, routers: Iterable<VirtualRouter>, out: Sink<VrrpEffect>): void {
    for (const router of routers) {
      const at = this.#queue.get(router);
      if (at === undefined || at > now + ADVERT_SLACK_US) continue;
      router.expire(now, out);
      this.review(router);
    }
  }

  review(router: VirtualRouter): void {
    this.#queue.set(router, router.nextDeadline());
  }

  forget(router: VirtualRouter): void {
    this.#queue.set(router, undefined);
  }
}

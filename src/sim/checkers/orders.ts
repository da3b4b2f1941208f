/** What operators have ordered of each router, noted from the orders themselves. */
import type { SimHost } from '../host.ts';
import { routerKey, type Step } from '../types.ts';

export interface Orders {
  /** `handed-over`: takes over from silence only. */
  restraint: 'none' | 'handed-over' | 'drained';
  /** In place of the configured priority. */
  priority: number | undefined;
}

export class OrderBook {
  readonly #routers = new Map<string, Orders>();
  readonly #drainedHosts = new Set<SimHost>();

  /** The orders in force for a router after the last step that was noted. */
  of(host: SimHost, instance: string): Orders {
    const key = routerKey(host, instance);
    const known = this.#routers.get(key);
    if (known !== undefined) return known;
    const restraint = this.#drainedHosts.has(host) ? 'drained' : 'none';
    const fresh: Orders = { restraint, priority: undefined };
    this.#routers.set(key, fresh);
    return fresh;
  }

  crash(host: SimHost): void {
    this.#drainedHosts.delete(host);
    for (const key of [...this.#routers.keys()]) {
      if (key.startsWith(`${host.name} `)) this.#routers.delete(key);
    }
  }

  /** Call it before anything is asked about the step. */
  note(step: Step): void {
    const { host, stimulus, effects, before, after } = step;
    if (stimulus.kind === 'start') {
      this.crash(host);
      if (host.drained === 'yes') this.#drainedHosts.add(host);
    }
    for (const effect of effects) {
      if (effect.kind === 'closeInstance') this.#routers.delete(routerKey(host, effect.instance));
    }
    if (stimulus.kind === 'ordered') this.#obey(step, stimulus);
    for (const [name, view] of after) {
      if (view.state !== 'master') continue;
      const was = before.get(name);
      const stays = was?.departure !== undefined && view.departure === undefined;
      const orders = this.of(host, name);
      if ((was?.state !== 'master' || stays) && orders.restraint === 'handed-over') {
        orders.restraint = 'none';
      }
    }
  }

  #obey(
    { host, before }: Step,
    { instance, order }: Extract<Step['stimulus'], { kind: 'ordered' }>,
  ): void {
    if (instance === undefined && order.kind === 'drain') this.#drainedHosts.add(host);
    if (instance === undefined && order.kind === 'undrain') this.#drainedHosts.delete(host);
    for (const [name, { state }] of before) {
      if (instance !== undefined && instance !== name) continue;
      const orders = this.of(host, name);
      if (order.kind === 'priority') orders.priority = order.priority;
      else if (order.kind === 'drain') orders.restraint = 'drained';
      else if (order.kind === 'undrain') orders.restraint = 'none';
      else if (state === 'master' && orders.restraint === 'none') orders.restraint = 'handed-over';
    }
  }
}

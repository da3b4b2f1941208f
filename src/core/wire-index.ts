/** Which routers an advert may be for. */
import type { IpFamily } from '../base/ip.ts';
import type { NodeInput } from './node-types.ts';
import type { VirtualRouter } from './vrrp/machine.ts';

export class WireIndex {
  /** By interface, then by family and VRID: nothing is put together for an advert. */
  readonly #interfaces = new Map<string, Map<number, VirtualRouter[]>>();

  add(router: VirtualRouter): void {
    const { interface: name } = router.model;
    const routers = this.#interfaces.get(name) ?? new Map<number, VirtualRouter[]>();
    this.#interfaces.set(name, routers);
    const key = keyOf(router);
    const list = routers.get(key);
    if (list === undefined) routers.set(key, [router]);
    else list.push(router);
  }

  /** What a router is known by on the wire never changes: it is replaced instead. */
  remove(router: VirtualRouter): void {
    const { interface: name } = router.model;
    const routers = this.#interfaces.get(name);
    if (routers === undefined) return;
    const key = keyOf(router);
    const rest = routers.get(key)?.filter((other) => other !== router) ?? [];
    if (rest.length > 0) routers.set(key, rest);
    else routers.delete(key);
    if (routers.size === 0) this.#interfaces.delete(name);
  }

  find(
    input: Extract<NodeInput, { kind: 'advertReceived' }>,
  ): readonly VirtualRouter[] | undefined {
    return this.#interfaces.get(input.interface)?.get(wireKey(input.family, input.advert.vrid));
  }
}

function keyOf({ model: { family, vrid } }: VirtualRouter): number {
  return wireKey(family, vrid);
}

function wireKey(family: IpFamily, vrid: number): number {
  return (family << 8) | vrid;
}

/** Which routers an advert may be for. */
import type { IpFamily } from '../base/ip.ts';
import type { NodeInput } from './node-types.ts';
import type { VirtualRouter } from './vrrp/machine.ts';

export class WireIndex {
  readonly #routers = new Map<string, VirtualRouter[]>();

  add(router: VirtualRouter): void {
    const key = keyOf(router);
    const list = this.#routers.get(key);
    if (list === undefined) this.#routers.set(key, [router]);
    else list.push(router);
  }

  /** What a router is known by on the wire never changes: it is replaced instead. */
  remove(router: VirtualRouter): void {
    const key = keyOf(router);
    const rest = this.#routers.get(key)?.filter((other) => other !== router) ?? [];
    if (rest.length === 0) this.#routers.delete(key);
    else this.#routers.set(key, rest);
  }

  find(
    input: Extract<NodeInput, { kind: 'advertReceived' }>,
  ): readonly VirtualRouter[] | undefined {
    return this.#routers.get(wireKey(input.interface, input.family, input.advert.vrid));
  }
}

function keyOf({ model: { interface: name, family, vrid } }: VirtualRouter): string {
  return wireKey(name, family, vrid);
}

function wireKey(name: string, family: IpFamily, vrid: number): string {
  return `${name} ${family} ${vrid}`;
}

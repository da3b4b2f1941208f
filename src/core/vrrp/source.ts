import { type IpAddress, isLinkLocal } from '../../base/ip.ts';
import { vipsOf } from '../../config/model/virtual-addresses.ts';
import type { VrrpInstanceModel } from '../../config/model/vrrp.ts';

/**
 * The source of our adverts: the configured one if the interface has it; otherwise the first IPv4
 * address, or the first link-local IPv6 address, that is not virtual: neither ours
 * (but for the owner, whose own they are) nor `foreign`, another instance's of this host.
 */
export function selectSource(
  model: VrrpInstanceModel,
  usable: readonly IpAddress[],
  foreign: ReadonlySet<IpAddress>,
): IpAddress | undefined {
  if (model.source !== undefined) return usable.includes(model.source) ? model.source : undefined;
  const held = new Set(vipsOf(model));
  const isVirtual = (address: IpAddress): boolean =>
    foreign.has(address) || (model.priority !== 255 && held.has(address));
  return usable.find(
    (address) => !isVirtual(address) && (model.family === 4 || isLinkLocal(address)),
  );
}

/** The virtual addresses of this host, whichever instance has them: nobody else's source. */
export class VirtualAddresses {
  #instances: readonly VrrpInstanceModel[] = [];
  /** Of earlier settings, while the kernel still lists them. */
  readonly #retired = new Set<IpAddress>();

  /** `listed`: by the kernel. */
  configure(instances: readonly VrrpInstanceModel[], listed: ReadonlySet<IpAddress>): void {
    const kept = new Set(instances);
    for (const instance of this.#instances) {
      if (kept.has(instance)) continue;
      for (const address of vipsOf(instance)) if (listed.has(address)) this.#retired.add(address);
    }
    if (this.#retired.size > 0) {
      for (const address of instances.flatMap(vipsOf)) this.#retired.delete(address);
    }
    this.#instances = instances;
  }

  /** The kernel's list has changed; it is asked for only where that matters. */
  review(listed: () => ReadonlySet<IpAddress>): void {
    if (this.#retired.size === 0) return;
    const there = listed();
    for (const address of this.#retired) if (!there.has(address)) this.#retired.delete(address);
  }

  foreignTo({ name }: VrrpInstanceModel): ReadonlySet<IpAddress> {
    const others = this.#instances.filter((other) => other.name !== name);
    return new Set([...this.#retired, ...others.flatMap(vipsOf)]);
  }
}

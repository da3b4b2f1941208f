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

  configure(
    instances: readonly VrrpInstanceModel[],
    isListed: (address: IpAddress) => boolean,
  ): void {
    for (const address of this.#instances.flatMap(vipsOf)) {
      if (isListed(address)) this.#retired.add(address);
    }
    for (const address of instances.flatMap(vipsOf)) this.#retired.delete(address);
    this.#instances = instances;
  }

  /** The kernel's list has changed. */
  review(isListed: (address: IpAddress) => boolean): void {
    for (const address of this.#retired) if (!isListed(address)) this.#retired.delete(address);
  }

  foreignTo({ name }: VrrpInstanceModel): ReadonlySet<IpAddress> {
    const others = this.#instances.filter((other) => other.name !== name);
    return new Set([...this.#retired, ...others.flatMap(vipsOf)]);
  }
}

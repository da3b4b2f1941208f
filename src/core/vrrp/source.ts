import { type IpAddress, ipFamily, isLinkLocal } from '../../base/ip.ts';
import { vipsOf } from '../../config/model/virtual-addresses.ts';
import type { VrrpInstanceModel } from '../../config/model/vrrp.ts';

/**
 * The source of our adverts: the configured one if the interface has it; otherwise the first IPv4
 * address, or the first link-local IPv6 address, that is not virtual: neither ours
 * (but for the owner, whose own they are) nor `foreign`, another instance's of this host. `usable`: what
 * the interface has, of either family.
 */
export function selectSource(
  model: VrrpInstanceModel,
  usable: readonly IpAddress[],
  foreign: Foreign,
): IpAddress | undefined {
  if (model.source !== undefined) return usable.includes(model.source) ? model.source : undefined;
  const held = new Set(vipsOf(model));
  const isVirtual = (address: IpAddress): boolean =>
    foreign.has(address) || (model.priority !== 255 && held.has(address));
  return usable.find(
    (address) =>
      ipFamily(address) === model.family &&
      !isVirtual(address) &&
      (model.family === 4 || isLinkLocal(address)),
  );
}

export interface Foreign {
  has(address: IpAddress): boolean;
}

/** The virtual addresses of this host, whichever instance has them: nobody else's source. */
export class VirtualAddresses {
  #instances: readonly VrrpInstanceModel[] = [];
  /** Of earlier settings, while the kernel still lists them. */
  readonly #retired = new Set<IpAddress>();
  /** The instance that has each; undefined where several do. Counted when somebody asks. */
  #holders: ReadonlyMap<IpAddress, string | undefined> | undefined;

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
    this.#holders = undefined;
  }

  /** The kernel's list has changed; it is asked for only where that matters. */
  review(listed: () => ReadonlySet<IpAddress>): void {
    if (this.#retired.size === 0) return;
    const there = listed();
    for (const address of this.#retired) if (!there.has(address)) this.#retired.delete(address);
  }

  foreignTo({ name }: VrrpInstanceModel): Foreign {
    this.#holders ??= holdersOf(this.#instances);
    const [retired, holders] = [this.#retired, this.#holders];
    return {
      has: (address) =>
        retired.has(address) || (holders.has(address) && holders.get(address) !== name),
    };
  }
}

function holdersOf(
  instances: readonly VrrpInstanceModel[],
): ReadonlyMap<IpAddress, string | undefined> {
  const holders = new Map<IpAddress, string | undefined>();
  for (const instance of instances) {
    const { name } = instance;
    for (const address of vipsOf(instance)) {
      const isOthers = holders.has(address) && holders.get(address) !== name;
      holders.set(address, isOthers ? undefined : name);
    }
  }
  return holders;
}

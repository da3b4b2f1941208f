/** An advert lists at most what one packet of the interface carries; the rest is held unlisted. */
import type { Model } from '../config/model/model.ts';
import type { VrrpInstanceModel } from '../config/model/vrrp.ts';
import type { LogSink } from '../ports/log.ts';
import type { LinkFacts } from '../ports/network.ts';

/** The count field of the PDU has 8 bits (RFC 9568 §5.2.4). */
const ADDRESSES_MAX = 255;
const PDU_HEADER_BYTES = 8;
const AUTHENTICATION_BYTES = 8;
const SIZES = {
  4: { header: 20, address: 4 },
  6: { header: 40, address: 16 },
} as const;
/** Where the interface is not known yet. */
const MTU_USUAL = 1500;

/** The model as its adverts can list it; what was cut is told. */
export function fitAddresses(
  model: Model,
  link: (name: string) => LinkFacts | undefined,
  log: LogSink,
): Model {
  let cut = 0;
  const instances = model.instances.map((instance) => {
    const listed = capacityOf(instance, link(instance.interface)?.mtu ?? MTU_USUAL);
    if (instance.addresses.length <= listed) return instance;
    cut++;
    const text = `(${instance.name}) an advert has room for ${listed} addresses: the others are held but not listed`;
    log.write({ level: 'warning', text });
    return {
      ...instance,
      addresses: instance.addresses.slice(0, listed),
      excludedAddresses: [...instance.addresses.slice(listed), ...instance.excludedAddresses],
    };
  });
  return cut === 0 ? model : { ...model, instances };
}

export function capacityOf(
  { family, version }: Pick<VrrpInstanceModel, 'family' | 'version'>,
  mtu: number,
): number {
  const { header, address } = SIZES[family];
  const trailer = version === 2 && family === 4 ? AUTHENTICATION_BYTES : 0;
  const room = Math.floor((mtu - header - PDU_HEADER_BYTES - trailer) / address);
  return Math.max(1, Math.min(ADDRESSES_MAX, room));
}

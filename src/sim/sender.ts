/** From the order "send an advert" to datagrams, through the real encoder and decoder. */
import { type IpAddress, ipFamily } from '../base/ip.ts';
import type { ChecksumPolicy, VrrpInstanceModel } from '../config/model/vrrp.ts';
import { decodeAdvert, encodeAdvert } from '../wire/vrrp.ts';
import type { ChecksumStyle } from '../wire/vrrp-types.ts';
import type { Datagram } from './types.ts';

const MULTICAST_TTL = 255;
const OLD_GROUP = '224.0.0.18' as IpAddress;

export interface AdvertOrder {
  readonly priority: number;
  readonly source: IpAddress;
  readonly checksum: ChecksumPolicy;
}

export class AdvertFactory {
  #model: VrrpInstanceModel | undefined;
  readonly #made = new Map<string, Datagram>();

  /** One datagram for the group, or one for each peer. */
  make(model: VrrpInstanceModel, order: AdvertOrder): readonly Datagram[] {
    if (this.#model !== model) this.#made.clear();
    this.#model = model;
    const { transport } = model;
    if (transport.kind === 'multicast') return [this.#one(model, order, transport.group)];
    return transport.peers.map(({ address }) => this.#one(model, order, address));
  }

  #one(model: VrrpInstanceModel, order: AdvertOrder, destination: IpAddress): Datagram {
    const key = `${order.priority} ${order.source} ${order.checksum} ${destination}`;
    const known = this.#made.get(key);
    if (known !== undefined) return known;
    const { transport } = model;
    const ttl = transport.kind === 'unicast' ? transport.ttl : MULTICAST_TTL;
    const pdu = encodeAdvert(contentOf(model, order.priority), {
      family: model.family,
      checksum: styleOf(model, order, destination),
    });
    const datagram = toDatagram(model.interface, { source: order.source, destination, ttl, pdu });
    this.#made.set(key, datagram);
    return datagram;
  }
}

export function contentOf(
  model: VrrpInstanceModel,
  priority: number,
): Parameters<typeof encodeAdvert>[0] {
  const { version, vrid, family, advertInterval, authentication } = model;
  const addresses = model.addresses.map(({ address }) => address);
  const content = { version, vrid, priority, advertInterval, addresses };
  if (authentication.kind === 'none' || version === 3 || family === 6) return content;
  return { ...content, password: new TextEncoder().encode(authentication.password.reveal()) };
}

export function toDatagram(
  name: string,
  packet: Pick<Datagram, 'source' | 'destination' | 'ttl' | 'pdu'>,
): Datagram {
  const { source, destination, ttl, pdu } = packet;
  const decoded = decodeAdvert(pdu, { source, destination, ttl });
  return { interface: name, ...packet, advert: decoded.ok ? decoded.value : undefined };
}

export function styleOf(
  model: VrrpInstanceModel,
  { source, checksum }: Pick<AdvertOrder, 'source' | 'checksum'>,
  destination: IpAddress,
): ChecksumStyle {
  if (ipFamily(source) === 6) return { kind: 'pseudo-header', source, destination };
  if (model.version === 2 || checksum === 'plain') return { kind: 'plain' };
  if (checksum === 'old-unicast') return { kind: 'pseudo-header', source, destination: OLD_GROUP };
  return { kind: 'pseudo-header', source, destination };
}

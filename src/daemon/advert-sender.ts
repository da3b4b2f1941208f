/** Turns "send an advert with this priority" into datagrams; encodes each PDU once and keeps it. */
import type { IpAddress } from '../base/ip.ts';
import type { ChecksumPolicy, VrrpInstanceModel } from '../config/model/vrrp.ts';
import type { AdvertLink } from '../ports/network.ts';
import type { SysError } from '../ports/sys-error.ts';
import { encodeAdvert } from '../wire/vrrp.ts';
import type { ChecksumStyle } from '../wire/vrrp-types.ts';

const MULTICAST_TTL = 255;
/** The group that keepalived up to 1.3.6 put into the pseudo header of unicast adverts. */
const OLD_UNICAST_GROUP = '224.0.0.18' as IpAddress;

/** Everything but the priority that decides the bytes. */
export interface AdvertContext {
  readonly model: VrrpInstanceModel;
  readonly source: IpAddress;
  readonly checksum: ChecksumPolicy;
}

export class AdvertSender {
  #context: AdvertContext | undefined;
  #cache = new Map<string, Uint8Array>();

  /** Sends to the group, or to each peer that is not this host; returns the first error. */
  send(
    link: AdvertLink,
    context: AdvertContext,
    priority: number,
    isOwn: (address: IpAddress) => boolean,
  ): SysError | undefined {
    this.#use(context);
    const { transport } = context.model;
    if (transport.kind === 'multicast') {
      return this.#sendTo(link, context, priority, transport.group, MULTICAST_TTL);
    }
    let failure: SysError | undefined;
    for (const { address } of transport.peers) {
      if (isOwn(address)) continue;
      const error = this.#sendTo(link, context, priority, address, transport.ttl);
      failure ??= error;
    }
    return failure;
  }

  #sendTo(
    link: AdvertLink,
    { model, source, checksum }: AdvertContext,
    priority: number,
    destination: IpAddress,
    ttl: number,
  ): SysError | undefined {
    const key = `${priority} ${destination}`;
    let pdu = this.#cache.get(key);
    if (pdu === undefined) {
      const { version, vrid, family, advertInterval, authentication } = model;
      const addresses = model.addresses.map(({ address }) => address);
      const password =
        authentication.kind === 'simple' && version === 2 && family === 4
          ? { password: new TextEncoder().encode(authentication.password.reveal()) }
          : {};
      pdu = encodeAdvert(
        { version, vrid, priority, advertInterval, addresses, ...password },
        {
          family,
          checksum: family === 6 ? 'kernel' : styleOf(model, checksum, source, destination),
        },
      );
      this.#cache.set(key, pdu);
    }
    return link.send({ pdu, source, destination, ttl });
  }

  #use(context: AdvertContext): void {
    const known = this.#context;
    if (
      known?.model === context.model &&
      known.source === context.source &&
      known.checksum === context.checksum
    ) {
      return;
    }
    this.#context = context;
    this.#cache = new Map();
  }
}

function styleOf(
  model: VrrpInstanceModel,
  checksum: ChecksumPolicy,
  source: IpAddress,
  destination: IpAddress,
): ChecksumStyle {
  if (model.version === 2 || checksum === 'plain') return { kind: 'plain' };
  if (checksum === 'old-unicast') {
    return { kind: 'pseudo-header', source, destination: OLD_UNICAST_GROUP };
  }
  return { kind: 'pseudo-header', source, destination };
}

/** Turns "send an advert with this priority" into datagrams; encodes each PDU once and keeps it. */
import type { IpAddress } from '../base/ip.ts';
import type { ChecksumPolicy, VrrpInstanceModel } from '../config/model/vrrp.ts';
import type { AdvertLink, OutgoingDatagram } from '../ports/network.ts';
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

interface Prepared {
  readonly priority: number;
  readonly datagram: OutgoingDatagram;
}

export class AdvertSender {
  readonly #isOwn: (address: IpAddress) => boolean;
  #context: AdvertContext | undefined;
  #cache = new Map<string, OutgoingDatagram>();
  /** A master of a group says the same again and again. */
  #last: Prepared | undefined;

  constructor(isOwn: (address: IpAddress) => boolean) {
    this.#isOwn = isOwn;
  }

  /** Sends to the group, or to each peer that is not this host; returns the first error. */
  send(link: AdvertLink, context: AdvertContext, priority: number): SysError | undefined {
    this.#use(context);
    const { transport } = context.model;
    if (transport.kind === 'multicast') {
      return this.#sendTo(link, context, priority, transport.group, MULTICAST_TTL);
    }
    let failure: SysError | undefined;
    for (const { address } of transport.peers) {
      if (this.#isOwn(address)) continue;
      const error = this.#sendTo(link, context, priority, address, transport.ttl);
      failure ??= error;
    }
    return failure;
  }

  #sendTo(
    link: AdvertLink,
    context: AdvertContext,
    priority: number,
    destination: IpAddress,
    ttl: number,
  ): SysError | undefined {
    const last = this.#last;
    if (last?.priority === priority && last.datagram.destination === destination) {
      return link.send(last.datagram);
    }
    const key = `${priority} ${destination}`;
    let datagram = this.#cache.get(key);
    if (datagram === undefined) {
      datagram = encode(context, priority, destination, ttl);
      this.#cache.set(key, datagram);
    }
    this.#last = { priority, datagram };
    return link.send(datagram);
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
    this.#last = undefined;
  }
}

function encode(
  { model, source, checksum }: AdvertContext,
  priority: number,
  destination: IpAddress,
  ttl: number,
): OutgoingDatagram {
  const { version, vrid, family, advertInterval, authentication } = model;
  const addresses = model.addresses.map(({ address }) => address);
  const password =
    authentication.kind === 'simple' && version === 2 && family === 4
      ? { password: new TextEncoder().encode(authentication.password.reveal()) }
      : {};
  const pdu = encodeAdvert(
    { version, vrid, priority, advertInterval, addresses, ...password },
    {
      family,
      checksum: family === 6 ? 'kernel' : styleOf(model, checksum, source, destination),
    },
  );
  return { pdu, source, destination, ttl };
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

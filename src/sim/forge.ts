/** Packets that look like adverts of the group and are wrong in exactly one respect. */
import type { IpAddress } from '../base/ip.ts';
import { ipToBytes } from '../base/ip.ts';
import type { Rng } from '../base/rng.ts';
import { micros, seconds } from '../base/time.ts';
import type { VrrpInstanceModel } from '../config/model/vrrp.ts';
import { checksumOf, pseudoHeaderSum, sumWords } from '../wire/checksum.ts';
import { encodeAdvert, VRRP_PROTOCOL } from '../wire/vrrp.ts';
import { hostAddress, ip } from './plan.ts';
import { contentOf, styleOf, toDatagram } from './sender.ts';
import type { AdvertForgery, Datagram } from './types.ts';

/** What would make every receiver yield if it were believed. */
const PRIORITY = 255;
const STRANGER = 240;

/** A forged packet for one host's instance, or undefined where that kind cannot be told apart. */
export function forge(rng: Rng, model: VrrpInstanceModel, own: IpAddress): Datagram | undefined {
  const kind = rng.pick(kindsFor(model));
  const datagram = FORGERS[kind](model, own);
  return datagram === undefined ? undefined : { ...datagram, forged: kind };
}

function kindsFor(model: VrrpInstanceModel): readonly AdvertForgery[] {
  const kinds: AdvertForgery[] = [
    'length',
    'version',
    'type',
    'transport',
    'unknown-vrid',
    'undecodable',
  ];
  if (model.transport.kind === 'multicast') kinds.push('ttl');
  else kinds.push('not-a-peer');
  if (model.version === 2) kinds.push('interval');
  if (model.version === 2 && model.family === 4) {
    kinds.push('auth-type-invalid', 'auth-type-mismatch');
    if (model.authentication.kind === 'simple') kinds.push('auth-failure');
  }
  if (model.version === 2 || model.family === 6 || model.checksum !== 'plain')
    kinds.push('checksum');
  return kinds;
}

type Forger = (model: VrrpInstanceModel, own: IpAddress) => Datagram | undefined;

const FORGERS: Readonly<Record<Exclude<AdvertForgery, 'owner'>, Forger> & { owner: Forger }> = {
  owner: () => undefined,
  length: (model, own) =>
    pack(model, own, { pdu: resum(model, own, lengthen(plainPdu(model, own))) }),
  ttl: (model, own) => pack(model, own, { ttl: 254 }),
  version: (model, own) => {
    const version = model.version === 2 ? 3 : 2;
    const interval = version === 2 ? seconds(1) : model.advertInterval;
    const other = { ...model, version, advertInterval: interval } as const;
    return pack(model, own, { pdu: plainPdu(other, own) });
  },
  'auth-type-invalid': (model, own) => pack(model, own, { pdu: withByte(model, own, 4, 9) }),
  'auth-type-mismatch': (model, own) => {
    const other = model.authentication.kind === 'simple' ? 0 : 1;
    return pack(model, own, { pdu: withByte(model, own, 4, other) });
  },
  'auth-failure': (model, own) => {
    const last = plainPdu(model, own).length - 8;
    return pack(model, own, { pdu: withByte(model, own, last, 0x2a) });
  },
  interval: (model, own) => {
    const advertInterval = micros(model.advertInterval + 1_000_000);
    return pack(model, own, { pdu: plainPdu({ ...model, advertInterval }, own) });
  },
  type: (model, own) =>
    pack(model, own, { pdu: withByte(model, own, 0, (model.version << 4) | 2) }),
  checksum: (model, own) => {
    const pdu = Uint8Array.from(plainPdu(model, own));
    pdu[7] = (pdu[7] ?? 0) ^ 0x55;
    return pack(model, own, { pdu });
  },
  transport: (model, own) => {
    const group = ip(model.family === 4 ? '224.0.0.18' : 'ff02::12');
    const destination = model.transport.kind === 'multicast' ? own : group;
    return pack(model, own, { destination, pdu: plainPdu(model, own, destination) });
  },
  'not-a-peer': (model, own) => {
    const source = hostAddress(model.family, STRANGER - 10);
    return pack(model, own, { source, pdu: plainPdu(model, own, own, source) });
  },
  'unknown-vrid': (model, own) => pack(model, own, { pdu: plainPdu({ ...model, vrid: 7 }, own) }),
  undecodable: (model, own) => pack(model, own, { pdu: plainPdu(model, own).subarray(0, 5) }),
};

/** From the stranger to the group, or from a peer to the host. */
function addressesOf(
  model: VrrpInstanceModel,
  own: IpAddress,
): { source: IpAddress; destination: IpAddress } {
  const { transport, family } = model;
  if (transport.kind === 'multicast') {
    return { source: hostAddress(family, STRANGER - 10), destination: transport.group };
  }
  const [peer] = transport.peers;
  return { source: peer?.address ?? hostAddress(family, STRANGER - 10), destination: own };
}

function pack(
  model: VrrpInstanceModel,
  own: IpAddress,
  wrong: Partial<Pick<Datagram, 'source' | 'destination' | 'ttl' | 'pdu'>>,
): Datagram {
  return toDatagram(model.interface, {
    ...addressesOf(model, own),
    ttl: 255,
    pdu: wrong.pdu ?? plainPdu(model, own),
    ...wrong,
  });
}

function plainPdu(
  model: VrrpInstanceModel,
  own: IpAddress,
  destination?: IpAddress,
  source?: IpAddress,
): Uint8Array {
  const way = addressesOf(model, own);
  const from = source ?? way.source;
  const checksum = styleOf(
    model,
    { source: from, checksum: model.checksum },
    destination ?? way.destination,
  );
  return encodeAdvert(contentOf(model, PRIORITY), { family: model.family, checksum });
}

function withByte(model: VrrpInstanceModel, own: IpAddress, at: number, value: number): Uint8Array {
  const pdu = Uint8Array.from(plainPdu(model, own));
  pdu[at] = value;
  return resum(model, own, pdu);
}

/** So long that no padding explains it. */
function lengthen(pdu: Uint8Array): Uint8Array {
  const longer = new Uint8Array(pdu.length + 40);
  longer.set(pdu);
  return longer;
}

/** Makes the checksum right again, so that nothing but the forgery is wrong. */
function resum(model: VrrpInstanceModel, own: IpAddress, pdu: Uint8Array): Uint8Array {
  const way = addressesOf(model, own);
  const style = styleOf(model, { source: way.source, checksum: model.checksum }, way.destination);
  pdu.set([0, 0], 6);
  const counted = model.family === 6 ? pdu.length : plainPdu(model, own).length;
  const initial =
    style.kind === 'plain'
      ? 0
      : pseudoHeaderSum(
          ipToBytes(style.source),
          ipToBytes(style.destination),
          VRRP_PROTOCOL,
          counted,
        );
  const sum = checksumOf(sumWords(pdu, initial, 0, counted));
  pdu.set([sum >> 8, sum & 0xff], 6);
  return pdu;
}

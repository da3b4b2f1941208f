/** What generic netlink says of IPVS: families, services and destinations, with what they have counted. */
import type { IpAddress } from '../../src/base/ip.ts';
import { genericHeader } from '../../src/wire/netlink/generic.ts';
import {
  FORWARD_METHODS,
  IPVS_COMMANDS,
  type IpvsDestinationFields,
  type IpvsServiceKey,
  ipvsHeader,
  SVC_F_HASHED,
  SVC_F_PERSISTENT,
  TUNNEL_FLAGS,
  TUNNEL_TYPES,
  writeDestination,
  writeService,
} from '../../src/wire/netlink/ipvs.ts';
import { NetlinkWriter } from '../../src/wire/netlink/writer.ts';

const ip = (text: string) => text as IpAddress;
const FAMILY_ID = 1;
const FAMILY_NAME = 2;
const SERVICE = 1;
const DESTINATION = 2;
const STATS = 10;
const STATS64 = 12;

function payload(write: (writer: NetlinkWriter) => void): Uint8Array {
  const writer = new NetlinkWriter();
  write(writer);
  return writer.bytes.slice();
}

/** The same, with counters at the end of the one attribute in it. */
function counted(bytes: Uint8Array, type: number): Uint8Array {
  return payload((writer) => {
    writer.raw(bytes.subarray(0, 4)).nested(type, () => {
      writer.raw(bytes.subarray(8));
      writer.nested(STATS, () => {
        for (const counter of [1, 2, 3]) writer.u32(counter, 7);
        for (const counter of [4, 5]) writer.u32(counter, 1, 1);
      });
      writer.nested(STATS64, () => {
        for (const counter of [1, 2, 3, 4, 5]) writer.u32(counter, 0xffff_ffff, 0xffff_ffff);
      });
    });
  });
}

const keys: readonly IpvsServiceKey[] = [
  { kind: 'address', protocol: 'tcp', address: ip('192.0.2.100'), port: 80 },
  { kind: 'address', protocol: 'sctp', address: ip('2001:db8::64'), port: 0 },
  { kind: 'mark', mark: 7, family: 4 },
  { kind: 'mark', mark: 0xffff_ffff, family: 6 },
];

export const families = [
  payload((writer) => {
    const id = Uint8Array.of(0x21, 0);
    writer.raw(genericHeader(1, 2)).text(FAMILY_NAME, 'IPVS').attribute(FAMILY_ID, id);
  }),
];

export const services = keys.map((key) =>
  counted(
    payload((writer) => {
      writer.raw(ipvsHeader('NEW_SERVICE'));
      const isSix = key.kind === 'mark' ? key.family === 6 : key.address.includes(':');
      writeService(writer, {
        key,
        scheduler: 'wlc',
        flags: SVC_F_PERSISTENT | SVC_F_HASHED,
        timeoutSeconds: 300,
        netmask: isSix ? 64 : ip('255.255.255.0'),
        engine: 'sip',
      });
    }),
    SERVICE,
  ),
);

const destination: IpvsDestinationFields = {
  address: ip('192.0.2.7'),
  port: 8080,
  method: FORWARD_METHODS.masquerade,
  weight: 65_535,
  upperThreshold: 100,
  lowerThreshold: 50,
  tunnelType: TUNNEL_TYPES.ipip,
  tunnelPort: 0,
  tunnelFlags: TUNNEL_FLAGS.none,
};
const tunnel = {
  method: FORWARD_METHODS.tunnel,
  tunnelType: TUNNEL_TYPES.gue,
  tunnelPort: 6080,
  tunnelFlags: TUNNEL_FLAGS.remote,
};

export const destinations = [
  destination,
  { ...destination, address: ip('2001:db8::7'), ...tunnel },
].map((each) =>
  counted(
    payload((writer) => {
      writer.raw(genericHeader(IPVS_COMMANDS.NEW_DEST, 1));
      writeDestination(writer, each, 'whole');
    }),
    DESTINATION,
  ),
);

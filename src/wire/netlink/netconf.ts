/** Whether a host forwards (linux/netconf.h), as its network namespace says, not that of the reader. */
import { AF_INET, AF_INET6 } from './constants.ts';
import { decodeAttributes, readU32 } from './message.ts';

export const RTM_GETNETCONF = 82;

const HEADER_BYTES = 4;
const INTERFACE = 1;
const FORWARDING = 2;
/** NETCONFA_IFINDEX_ALL: the setting that all interfaces together have. */
const ALL = 0xffff_ffff;

export function encodeNetconfDump(family: 4 | 6): Uint8Array {
  return Uint8Array.of(family === 4 ? AF_INET : AF_INET6, 0, 0, 0);
}

/** The setting of all interfaces; undefined for that of one, and for damaged messages. */
export function decodeForwarding(payload: Uint8Array): 'forwards' | 'does not' | undefined {
  if (payload.length < HEADER_BYTES) return undefined;
  const attributes = decodeAttributes(payload, HEADER_BYTES);
  const forwarding = readU32(attributes.get(FORWARDING));
  if (readU32(attributes.get(INTERFACE)) !== ALL || forwarding === undefined) return undefined;
  return forwarding === 0 ? 'does not' : 'forwards';
}

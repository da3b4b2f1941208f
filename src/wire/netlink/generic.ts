/** Generic netlink (linux/genetlink.h): families by name, and the header of their messages. */
import { decodeAttributes, littleEndian, readText, viewOf } from './message.ts';
import type { NetlinkWriter } from './writer.ts';

/*
 * struct genlmsghdr
 *
 *   0  uint8 command   1  uint8 version   2  uint16 reserved
 */
export const GENERIC_HEADER_BYTES = 4;

/** The family that tells of families. */
export const GENL_ID_CTRL = 16;

const CTRL_CMD_GETFAMILY = 3;
const CTRL_ATTR_FAMILY_ID = 1;
const CTRL_ATTR_FAMILY_NAME = 2;
const CTRL_VERSION = 2;

export function genericHeader(command: number, version: number): Uint8Array {
  return Uint8Array.of(command, version, 0, 0);
}

/** Asks for a family by name; the kernel loads the module that has it, where it can. */
export function writeGetFamily(writer: NetlinkWriter, name: string): void {
  writer.raw(genericHeader(CTRL_CMD_GETFAMILY, CTRL_VERSION)).text(CTRL_ATTR_FAMILY_NAME, name);
}

/** The body of a dump of all families. */
export const FAMILIES_DUMP = genericHeader(CTRL_CMD_GETFAMILY, CTRL_VERSION);

/** The message type of a family, where this is the description of the one of that name. */
export function decodeFamilyId(payload: Uint8Array, name: string): number | undefined {
  const attributes = decodeAttributes(payload, GENERIC_HEADER_BYTES);
  if (readText(attributes.get(CTRL_ATTR_FAMILY_NAME)) !== name) return undefined;
  const id = attributes.get(CTRL_ATTR_FAMILY_ID);
  return id === undefined || id.length < 2 ? undefined : viewOf(id).getUint16(0, littleEndian);
}

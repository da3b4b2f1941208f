/** As much of MySQL's protocol as shows that a server takes a user: packets with a length of three bytes. */
import { type Answer, type Reading, refusing, well, wrong } from '../steps.ts';

const HEADER_BYTES = 4;
const ERROR = 0xff;
/** CLIENT_PROTOCOL_41 | CLIENT_SECURE_CONNECTION. */
const CAPABILITIES_41 = 0x8200;
/** CLIENT_SECURE_CONNECTION, of the older form with half as many bits. */
const CAPABILITIES_320 = 0x8000;
/** As haproxy says; nobody will send such a packet. */
const PACKET_MAX = 0x0100_8000;
const PACKET_MAX_320 = 0x01_0000;
const UTF8_GENERAL_CI = 33;
const RESERVED_BYTES = 23;
const COM_QUIT = 1;

export const MYSQL_QUIT = packet(0, Buffer.of(COM_QUIT));

/** A login without a password. */
export function encodeMysqlLogin(user: string, version: 'pre-41' | 'post-41'): Uint8Array {
  const name = Buffer.from(`${user}\0`, 'utf8');
  if (version === 'pre-41') {
    const head = Buffer.alloc(5);
    head.writeUInt16LE(CAPABILITIES_320);
    head.writeUIntLE(PACKET_MAX_320, 2, 3);
    return packet(1, Buffer.concat([head, name, Buffer.of(0)]));
  }
  const head = Buffer.alloc(9 + RESERVED_BYTES);
  head.writeUInt32LE(CAPABILITIES_41);
  head.writeUInt32LE(PACKET_MAX, 4);
  head.writeUInt8(UTF8_GENERAL_CI, 8);
  return packet(1, Buffer.concat([head, name, Buffer.of(0)]));
}

/** What a server says first: who it is, or why it does not want to talk. */
export function readMysqlGreeting({ bytes, end }: Answer): Reading {
  const first = readPacket(bytes, 0);
  if (first === undefined) return end === 'ended' ? wrong() : 'more';
  return first.payload[0] === ERROR ? readError(first.payload) : well(versionOf(first.payload));
}

/** What follows that, of the same bytes. */
export function readMysqlLogin({ bytes, end }: Answer): Reading {
  const first = readPacket(bytes, 0);
  const second = first && readPacket(bytes, first.end);
  if (second === undefined) return end === 'ended' ? wrong() : 'more';
  return second.payload[0] === ERROR
    ? readError(second.payload)
    : well(first && versionOf(first.payload));
}

/** After the version of the protocol. */
function versionOf(payload: Buffer): string {
  const end = payload.indexOf(0, 1);
  return payload.toString('latin1', 1, end < 0 ? 1 : end);
}

function readError(payload: Buffer): Reading {
  if (payload.length < 3) return wrong();
  return refusing(payload.readUInt16LE(1), payload.toString('latin1', 3));
}

function readPacket(
  bytes: Buffer,
  at: number,
): { readonly payload: Buffer; readonly end: number } | undefined {
  if (bytes.length < at + HEADER_BYTES) return undefined;
  const end = at + HEADER_BYTES + bytes.readUIntLE(at, 3);
  return bytes.length < end ? undefined : { payload: bytes.subarray(at + HEADER_BYTES, end), end };
}

function packet(sequence: number, payload: Buffer): Buffer {
  const header = Buffer.alloc(HEADER_BYTES);
  header.writeUIntLE(payload.length, 0, 3);
  header.writeUInt8(sequence, 3);
  return Buffer.concat([header, payload]);
}

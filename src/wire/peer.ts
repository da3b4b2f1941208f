import { assert } from '../base/assert.ts';
import { toHex } from '../base/hex.ts';
import { type IpAddress, type IpFamily, ipFamily, ipFromBytes, ipToBytes } from '../base/ip.ts';
import { failed, ok, type Result } from '../base/result.ts';
import type { PeerEcho, PeerMessage, PeerResignation, PeerState } from './peer-types.ts';

/*
 * The side message, version 1 (docs/peer-protocol.md), with addresses of 4 or 16 bytes
 *
 *      0                   1                   2                   3
 *      0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 *     +-------------------------------+-------------------------------+
 *   0 |                        Magic: "HFPM"                          |
 *     +---------------+---------------+---------------+---------------+
 *   4 |  Version (1)  | Family (4, 6) | Virtual Rtr ID|     State     |
 *     +---------------+---------------+---------------+---------------+
 *   8 |                       Session (8 bytes)                       |
 *     +---------------------------------------------------------------+
 *  16 |                       Counter (8 bytes)                       |
 *     +---------------+---------------+-------------------------------+
 *  24 |   Priority    |     Flags     |           Reserved            |
 *     +---------------+---------------+-------------------------------+
 *  28 |                            Sender                             |
 *     +---------------+-------------------------------+---------------+
 *     |   Field type  |        Length of value        |    Value ...  |  any number of fields
 *     +---------------+-------------------------------+---------------+
 *     |                   Authentication (16 bytes)                   |
 *     +---------------------------------------------------------------+
 */
const MAGIC = Uint8Array.of(0x48, 0x46, 0x50, 0x4d);
const VERSION = 1;
const MAGIC_BYTES = 4;
const VERSION_AT = 4;
const FAMILY_AT = 5;
const VRID_AT = 6;
const STATE_AT = 7;
const SESSION_AT = 8;
const SESSION_BYTES = 8;
const COUNTER_AT = 16;
const COUNTER_BYTES = 8;
const PRIORITY_AT = 24;
const FLAGS_AT = 25;
const SENDER_AT = 28;
const FIELD_HEADER_BYTES = 3;
const MAC_BYTES = 16;
const SHORTEST_BYTES = SENDER_AT + 4 + MAC_BYTES;

const FLAG_PREEMPTS = 1;
const FIELD_HEARD = 1;
const FIELD_ALTERNATES = 2;
const FIELD_RESIGNATION = 3;
const STATES: readonly PeerState[] = ['init', 'backup', 'master', 'fault', 'drained'];
const REASONS: readonly (PeerResignation['why'] | undefined)[] = [undefined, 'stopping', 'lowered'];

export const HEARD_MAX = 32;
export const ALTERNATES_MAX = 4;
/** What version 1 can come to is 1178; a newer one may say more. */
export const PEER_MESSAGE_BYTES_MAX = 2048;

/** HMAC-SHA256 with the group's key, or whatever has at least 16 bytes that only its members know. */
export type SignPeerMessage = (bytes: Uint8Array) => Uint8Array;

/**
 * `not-ours`: something else uses the port. `version`: a holdfast that we do not understand.
 * `forged`: not written with our key. `malformed`: with our key, and wrong all the same.
 */
export type PeerMessageFailure = 'not-ours' | 'version' | 'forged' | 'malformed';

export function sealPeerMessage(message: PeerMessage, sign: SignPeerMessage): Uint8Array {
  const content = encodeContent(message);
  const bytes = new Uint8Array(content.length + MAC_BYTES);
  bytes.set(content);
  bytes.set(sign(content).subarray(0, MAC_BYTES), content.length);
  return bytes;
}

/** Whom it concerns: the key depends on it. Nothing of it is authentic yet. */
export function readPeerAddressee(
  bytes: Uint8Array,
): Result<{ readonly family: IpFamily; readonly vrid: number }, PeerMessageFailure> {
  if (bytes.length < SHORTEST_BYTES) return failed('not-ours');
  for (let at = 0; at < MAGIC_BYTES; at++) if (bytes[at] !== MAGIC[at]) return failed('not-ours');
  if (bytes[VERSION_AT] !== VERSION) return failed('version');
  const family = bytes[FAMILY_AT];
  if (family !== 4 && family !== 6) return failed('malformed');
  return ok({ family, vrid: bytes[VRID_AT] ?? 0 });
}

export function openPeerMessage(
  bytes: Uint8Array,
  sign: SignPeerMessage,
): Result<PeerMessage, PeerMessageFailure> {
  const addressee = readPeerAddressee(bytes);
  if (!addressee.ok) return addressee;
  const content = bytes.subarray(0, bytes.length - MAC_BYTES);
  if (!isSame(sign(content), bytes.subarray(content.length))) return failed('forged');
  const message = decodeContent(content, addressee.value.family);
  return message === undefined ? failed('malformed') : ok(message);
}

// --- writing ---

/** Appends to a buffer that is long enough. */
class Writer {
  readonly #bytes = new Uint8Array(PEER_MESSAGE_BYTES_MAX);
  readonly #view = new DataView(this.#bytes.buffer);
  #at = 0;

  bytes(bytes: ArrayLike<number>): void {
    this.#bytes.set(bytes, this.#at);
    this.#at += bytes.length;
  }

  byte(value: number): void {
    this.#view.setUint8(this.#at++, value);
  }

  session(session: string): void {
    assert(/^[0-9a-f]{16}$/.test(session), 'not a session');
    this.#view.setUint32(this.#at, Number.parseInt(session.slice(0, 8), 16));
    this.#view.setUint32(this.#at + 4, Number.parseInt(session.slice(8), 16));
    this.#at += SESSION_BYTES;
  }

  counter(counter: number): void {
    assert(Number.isSafeInteger(counter) && counter >= 0, 'not a counter');
    this.#view.setBigUint64(this.#at, BigInt(counter));
    this.#at += COUNTER_BYTES;
  }

  /** A field whose value is what `write` appends. */
  field(type: number, write: () => void): void {
    this.byte(type);
    const lengthAt = this.#at;
    this.#at += 2;
    write();
    this.#view.setUint16(lengthAt, this.#at - lengthAt - 2);
  }

  written(): Uint8Array {
    return this.#bytes.slice(0, this.#at);
  }
}

function encodeContent(message: PeerMessage): Uint8Array {
  const { family, vrid, sender, session, counter, state, priority, preempts } = message;
  const { heard, alternates, resignation } = message;
  assert(vrid >= 1 && vrid <= 255, 'VRID outside 1..255');
  assert(priority >= 1 && priority <= 255, 'priority outside 1..255');
  assert(heard.length <= HEARD_MAX && alternates.length <= ALTERNATES_MAX, 'a list too long');
  const writer = new Writer();
  writer.bytes(MAGIC);
  writer.bytes([VERSION, family, vrid, STATES.indexOf(state)]);
  writer.session(session);
  writer.counter(counter);
  writer.bytes([priority, preempts === 'yes' ? FLAG_PREEMPTS : 0, 0, 0]);
  writer.bytes(inFamily(sender, family));
  if (heard.length > 0) {
    writer.field(FIELD_HEARD, () => {
      for (const echo of heard) {
        writer.bytes(inFamily(echo.peer, family));
        writer.session(echo.session);
        writer.counter(echo.counter);
      }
    });
  }
  if (alternates.length > 0) {
    writer.field(FIELD_ALTERNATES, () => {
      for (const address of alternates.map(ipToBytes)) {
        writer.byte(address.length);
        writer.bytes(address);
      }
    });
  }
  if (resignation !== undefined) {
    writer.field(FIELD_RESIGNATION, () => {
      writer.byte(REASONS.indexOf(resignation.why));
      writer.bytes(inFamily(resignation.successor, family));
    });
  }
  return writer.written();
}

function inFamily(address: IpAddress, family: IpFamily): Uint8Array {
  assert(ipFamily(address) === family, 'address of another family');
  return ipToBytes(address);
}

// --- reading ---

interface Fields {
  heard: readonly PeerEcho[];
  alternates: readonly IpAddress[];
  resignation: PeerResignation | undefined;
}

function decodeContent(bytes: Uint8Array, family: IpFamily): PeerMessage | undefined {
  const addressBytes = family === 4 ? 4 : 16;
  const fieldsAt = SENDER_AT + addressBytes;
  if (bytes.length < fieldsAt) return undefined;
  const counter = readCounter(bytes, COUNTER_AT);
  const vrid = bytes[VRID_AT] ?? 0;
  const priority = bytes[PRIORITY_AT] ?? 0;
  if (counter === undefined || vrid === 0 || priority === 0) return undefined;
  const fields = decodeFields(bytes, fieldsAt, addressBytes);
  if (fields === undefined) return undefined;
  const { heard, alternates, resignation } = fields;
  return {
    family,
    vrid,
    sender: ipFromBytes(bytes.subarray(SENDER_AT, fieldsAt)),
    session: toHex(bytes.subarray(SESSION_AT, SESSION_AT + SESSION_BYTES)),
    counter,
    // One that a newer version has: nobody to count on.
    state: STATES[bytes[STATE_AT] ?? 0] ?? 'fault',
    priority,
    preempts: ((bytes[FLAGS_AT] ?? 0) & FLAG_PREEMPTS) === 0 ? 'no' : 'yes',
    heard,
    alternates,
    ...(resignation !== undefined && { resignation }),
  };
}

/** Fields of other types, and what stands behind the known part of a value, are a newer version's. */
function decodeFields(bytes: Uint8Array, start: number, addressBytes: number): Fields | undefined {
  const fields: Fields = { heard: [], alternates: [], resignation: undefined };
  for (let at = start; at < bytes.length; ) {
    const valueAt = at + FIELD_HEADER_BYTES;
    if (valueAt > bytes.length) return undefined;
    const end = valueAt + (((bytes[at + 1] ?? 0) << 8) | (bytes[at + 2] ?? 0));
    if (end > bytes.length) return undefined;
    const value = bytes.subarray(valueAt, end);
    const type = bytes[at];
    if (type === FIELD_HEARD) fields.heard = decodeHeard(value, addressBytes);
    else if (type === FIELD_ALTERNATES) fields.alternates = decodeAlternates(value);
    else if (type === FIELD_RESIGNATION) {
      fields.resignation = decodeResignation(value, addressBytes);
    }
    at = end;
  }
  return fields;
}

function decodeHeard(value: Uint8Array, addressBytes: number): PeerEcho[] {
  const heard: PeerEcho[] = [];
  const entryBytes = addressBytes + SESSION_BYTES + COUNTER_BYTES;
  for (let at = 0; at + entryBytes <= value.length && heard.length < HEARD_MAX; at += entryBytes) {
    const sessionAt = at + addressBytes;
    const counter = readCounter(value, sessionAt + SESSION_BYTES);
    if (counter === undefined) continue;
    heard.push({
      peer: ipFromBytes(value.subarray(at, sessionAt)),
      session: toHex(value.subarray(sessionAt, sessionAt + SESSION_BYTES)),
      counter,
    });
  }
  return heard;
}

function decodeAlternates(value: Uint8Array): IpAddress[] {
  const alternates: IpAddress[] = [];
  for (let at = 0; at < value.length && alternates.length < ALTERNATES_MAX; ) {
    const end = at + 1 + (value[at] ?? 0);
    const address = value.subarray(at + 1, end);
    if ((address.length === 4 || address.length === 16) && end <= value.length) {
      alternates.push(ipFromBytes(address));
    }
    at = end;
  }
  return alternates;
}

function decodeResignation(value: Uint8Array, addressBytes: number): PeerResignation | undefined {
  const why = REASONS[value[0] ?? 0];
  if (why === undefined || value.length < 1 + addressBytes) return undefined;
  return { why, successor: ipFromBytes(value.subarray(1, 1 + addressBytes)) };
}

function readCounter(bytes: Uint8Array, at: number): number | undefined {
  const value = new DataView(bytes.buffer, bytes.byteOffset, bytes.length).getBigUint64(at);
  return value <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(value) : undefined;
}

/** Takes the same time wherever they differ. */
function isSame(signature: Uint8Array, received: Uint8Array): boolean {
  let difference = signature.length < MAC_BYTES || received.length !== MAC_BYTES ? 1 : 0;
  for (let at = 0; at < MAC_BYTES; at++) difference |= (signature[at] ?? 0) ^ (received[at] ?? 0);
  return difference === 0;
}

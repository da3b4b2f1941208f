import { type IpAddress, ipIntoBytes } from '../../base/ip.ts';
import { NLA_F_NESTED } from './constants.ts';
import { ATTRIBUTE_HEADER_BYTES, align4, littleEndian, MESSAGE_HEADER_BYTES } from './message.ts';

/** In the header of a message. */
const SEQUENCE_AT = 8;

/** Writes messages one after another into a buffer that grows. */
export class NetlinkWriter {
  #bytes = new Uint8Array(4096);
  #view = new DataView(this.#bytes.buffer);
  #length = 0;
  #messageStart = 0;

  get lengthBytes(): number {
    return this.#length;
  }

  /** What was written; valid until the next write. */
  get bytes(): Uint8Array {
    return this.#bytes.subarray(0, this.#length);
  }

  reset(): void {
    this.#length = 0;
  }

  begin(header: { type: number; flags: number; sequence: number }): this {
    const at = this.#claim(MESSAGE_HEADER_BYTES);
    this.#messageStart = at;
    // The length comes with `end`, and the last word is 0: the kernel knows who we are.
    this.#view.setUint32(at, 0);
    this.#view.setUint16(at + 4, header.type, littleEndian);
    this.#view.setUint16(at + 6, header.flags, littleEndian);
    this.#view.setUint32(at + SEQUENCE_AT, header.sequence, littleEndian);
    this.#view.setUint32(at + 12, 0);
    return this;
  }

  /** To those of the message that was begun last. */
  addFlags(flags: number): this {
    const at = this.#messageStart + 6;
    this.#view.setUint16(at, this.#view.getUint16(at, littleEndian) | flags, littleEndian);
    return this;
  }

  /** Fills the message's length in. */
  end(): this {
    const length = this.#length - this.#messageStart;
    this.#view.setUint32(this.#messageStart, length, littleEndian);
    this.#reserve(align4(length) - length);
    return this;
  }

  /** A copy of a whole message of `begin` and `end`, with a sequence number of its own. */
  message(bytes: Uint8Array, sequence: number): this {
    const at = this.#claim(align4(bytes.length));
    this.#messageStart = at;
    this.#bytes.set(bytes, at);
    this.#view.setUint32(at + SEQUENCE_AT, sequence, littleEndian);
    return this;
  }

  /** The fixed part of a message, before its attributes. */
  raw(bytes: Uint8Array): this {
    const at = this.#claim(align4(bytes.length));
    this.#bytes.set(bytes, at);
    for (let index = at + bytes.length; index < this.#length; index++) this.#bytes[index] = 0;
    return this;
  }

  attribute(type: number, data: Uint8Array): this {
    const at = this.#attribute(type, data.length);
    for (let index = 0; index < data.length; index++) this.#bytes[at + index] = data[index] ?? 0;
    return this;
  }

  u8(type: number, value: number): this {
    // First of all: the buffer may become another one.
    const at = this.#attribute(type, 1);
    this.#bytes[at] = value;
    return this;
  }

  u16(type: number, value: number): this {
    const at = this.#attribute(type, 2);
    this.#view.setUint16(at, value, littleEndian);
    return this;
  }

  u16be(type: number, value: number): this {
    const at = this.#attribute(type, 2);
    this.#view.setUint16(at, value);
    return this;
  }

  /** Filled up with zeros to `lengthBytes`, which is no less than it takes. */
  address(type: number, address: IpAddress, lengthBytes: number): this {
    const at = this.#attribute(type, lengthBytes);
    ipIntoBytes(address, this.#bytes, at);
    return this;
  }

  u32(type: number, ...values: readonly number[]): this {
    let at = this.#attribute(type, values.length * 4);
    for (const value of values) {
      this.#view.setUint32(at, value, littleEndian);
      at += 4;
    }
    return this;
  }

  /** In network order, as netfilter has all its numbers. */
  u32be(type: number, value: number): this {
    const data = new Uint8Array(4);
    new DataView(data.buffer).setUint32(0, value);
    return this.attribute(type, data);
  }

  u64be(type: number, value: number): this {
    const data = new Uint8Array(8);
    new DataView(data.buffer).setBigUint64(0, BigInt(value));
    return this.attribute(type, data);
  }

  /** An attribute that holds the attributes which `write` writes. */
  nested(type: number, write: (writer: NetlinkWriter) => unknown): this {
    const at = this.#reserve(ATTRIBUTE_HEADER_BYTES);
    write(this);
    this.#view.setUint16(at, this.#length - at, littleEndian);
    this.#view.setUint16(at + 2, type | NLA_F_NESTED, littleEndian);
    return this;
  }

  /** Zero-terminated. */
  text(type: number, value: string): this {
    const at = this.#attribute(type, value.length + 1);
    for (let index = 0; index < value.length; index++)
      this.#bytes[at + index] = value.charCodeAt(index);
    return this;
  }

  /** Where its data goes. */
  #attribute(type: number, lengthBytes: number): number {
    const at = this.#reserve(align4(ATTRIBUTE_HEADER_BYTES + lengthBytes));
    this.#view.setUint16(at, ATTRIBUTE_HEADER_BYTES + lengthBytes, littleEndian);
    this.#view.setUint16(at + 2, type, littleEndian);
    return at + ATTRIBUTE_HEADER_BYTES;
  }

  /** Whatever was there before is to be written over. */
  #claim(count: number): number {
    const at = this.#length;
    this.#length += count;
    if (this.#length > this.#bytes.length) {
      const larger = new Uint8Array(Math.max(this.#length, this.#bytes.length * 2));
      larger.set(this.#bytes.subarray(0, at));
      this.#bytes = larger;
      this.#view = new DataView(larger.buffer);
    }
    return at;
  }

  /** Zeros. */
  #reserve(count: number): number {
    const at = this.#claim(count);
    // Most are a few bytes, for which a call of `fill` takes longer.
    const bytes = this.#bytes;
    for (let index = at; index < this.#length; index++) bytes[index] = 0;
    return at;
  }
}

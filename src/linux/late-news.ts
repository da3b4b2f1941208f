/**
 * Events that can wait: their bytes are kept as they came and decoded together. While thousands of
 * addresses are being added each event would otherwise hold up the next addition.
 */
import { decodeMessages, type NetlinkMessage } from '../wire/netlink/message.ts';

/** Some ten thousand events. */
const KEPT_BYTES_MAX = 1 << 20;

export class LateNews {
  #bytes = new Uint8Array(0);
  #length = 0;

  get isFull(): boolean {
    return this.#length >= KEPT_BYTES_MAX;
  }

  /** Copies it; whole messages, whose length is a multiple of 4. */
  keep(datagram: Uint8Array): void {
    const end = this.#length + datagram.length;
    if (end > this.#bytes.length) {
      const larger = new Uint8Array(Math.max(end, this.#bytes.length * 2, 16 * 1024));
      larger.set(this.#bytes.subarray(0, this.#length));
      this.#bytes = larger;
    }
    this.#bytes.set(datagram, this.#length);
    this.#length = end;
  }

  /** All that is kept, in its order, and keeps it no longer. */
  take(): readonly NetlinkMessage[] {
    if (this.#length === 0) return [];
    const messages = decodeMessages(this.#bytes.subarray(0, this.#length));
    this.forget();
    return messages;
  }

  forget(): void {
    this.#bytes = new Uint8Array(0);
    this.#length = 0;
  }
}

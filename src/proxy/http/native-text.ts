/**
 * Text of heads, one character a byte, as `wire/http1` has it, copied by Node: that reads in a sixth of the
 * time that it takes byte by byte, and writes in half of it.
 */

/** Node's own, which work on any bytes; its types do not tell of them. */
interface Latin1Calls {
  latin1Slice(this: Uint8Array, from: number, to: number): string;
  latin1Write(this: Uint8Array, text: string, at: number, room: number): number;
}

const { latin1Slice, latin1Write } = Buffer.prototype as unknown as Latin1Calls;

/** Bytes `from` to `to`. */
export function readText(bytes: Uint8Array, from: number, to: number): string {
  return latin1Slice.call(bytes, from, to);
}

/** Text for which there is room; how many bytes. */
export function writeText(text: string, into: Uint8Array, at: number): number {
  return latin1Write.call(into, text, at, text.length);
}

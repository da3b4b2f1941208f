const HEX_OF_BYTE = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));

/** Two lower-case digits a byte, `separator` between bytes. */
export function toHex(bytes: Uint8Array, separator = ''): string {
  let text = '';
  for (let at = 0; at < bytes.length; at++) {
    if (at > 0) text += separator;
    text += HEX_OF_BYTE[bytes[at] ?? 0];
  }
  return text;
}

/** The bytes of an even number of hexadecimal digits; throws at anything else. */
export function fromHex(text: string): Uint8Array {
  const bytes = new Uint8Array(text.length / 2);
  for (let at = 0; at < bytes.length; at++) {
    const byte = Number.parseInt(text.slice(at * 2, at * 2 + 2), 16);
    if (Number.isNaN(byte)) throw new RangeError(`not hexadecimal: ${text}`);
    bytes[at] = byte;
  }
  return bytes;
}

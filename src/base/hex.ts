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

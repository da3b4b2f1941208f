const PER_LINE = 16;
const HALF = 8;

/** Bytes as keepalived prints them: offset in decimal, sixteen bytes in two halves, their characters. */
export function hexDump(bytes: Uint8Array): string {
  let text = '';
  for (let at = 0; at < bytes.length; at += PER_LINE) {
    const line = [...bytes.subarray(at, at + PER_LINE)];
    const half = (from: number): string =>
      line
        .slice(from, from + HALF)
        .map((byte) => byte.toString(16).padStart(2, '0'))
        .join(' ')
        .padEnd(HALF * 3 - 1);
    const characters = line.map(visible).join('').padEnd(PER_LINE);
    text += `${String(at).padStart(4, '0')}  ${half(0)} - ${half(HALF)}   ${characters}\n`;
  }
  return text;
}

function visible(byte: number): string {
  return byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : '.';
}

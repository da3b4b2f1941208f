const CHARACTERS_MAX = 200;

/**
 * The last line of a program's output that says something, as text for one line of a log: controls
 * and what reverses the direction of writing escaped, cut at 200 characters.
 */
export function lastLine(output: Uint8Array): string | undefined {
  const text = Buffer.from(output.buffer, output.byteOffset, output.byteLength).toString('utf8');
  const line = text
    .split(/[\r\n]+/)
    .map((one) => one.trim())
    .findLast((one) => one !== '');
  return line === undefined ? undefined : cut(line);
}

function cut(line: string): string {
  const pieces = [...line].map(visible);
  if (pieces.reduce((sum, { length }) => sum + length, 0) <= CHARACTERS_MAX) return pieces.join('');
  let shown = '';
  for (const piece of pieces) {
    // One is left for the sign that something is missing.
    if (shown.length + piece.length >= CHARACTERS_MAX) break;
    shown += piece;
  }
  return `${shown}…`;
}

function visible(character: string): string {
  if (!/[\p{Cc}\p{Cf}\p{Cs}\u2028\u2029]/u.test(character)) return character;
  const code = character.codePointAt(0) ?? 0;
  return code <= 0xff ? `\\x${hex(code, 2)}` : `\\u{${hex(code, 4)}}`;
}

function hex(code: number, digits: number): string {
  return code.toString(16).padStart(digits, '0');
}

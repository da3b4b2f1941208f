/** A tar archive of texts, as POSIX.1-1988 has it (ustar). */

const BLOCK_BYTES = 512;
const NAME_BYTES_MAX = 100;
const CHECKSUM_AT = 148;
const CHECKSUM_BYTES = 8;

export interface TarFile {
  readonly name: string;
  readonly bytes: Uint8Array;
}

/** All of root's, and for it alone; `modifiedMs` since 1970. */
export function encodeTar(files: readonly TarFile[], modifiedMs: number): Buffer {
  const parts: Buffer[] = [];
  for (const { name, bytes } of files) {
    parts.push(header(name, bytes.length, modifiedMs), Buffer.from(bytes));
    parts.push(Buffer.alloc((BLOCK_BYTES - (bytes.length % BLOCK_BYTES)) % BLOCK_BYTES));
  }
  // Two empty blocks end it.
  return Buffer.concat([...parts, Buffer.alloc(2 * BLOCK_BYTES)]);
}

function header(name: string, size: number, modifiedMs: number): Buffer {
  const block = Buffer.alloc(BLOCK_BYTES);
  if (Buffer.byteLength(name) > NAME_BYTES_MAX) throw new RangeError(`too long a name: ${name}`);
  block.write(name, 0);
  const octal = (value: number, at: number, bytes: number): void => {
    block.write(`${value.toString(8).padStart(bytes - 1, '0')}\0`, at, 'latin1');
  };
  octal(0o600, 100, 8);
  octal(0, 108, 8);
  octal(0, 116, 8);
  octal(size, 124, 12);
  octal(Math.floor(modifiedMs / 1000), 136, 12);
  block.write('0', 156, 'latin1');
  block.write('ustar\x0000', 257, 'latin1');
  // The sum is made with spaces in its own place.
  block.fill(' ', CHECKSUM_AT, CHECKSUM_AT + CHECKSUM_BYTES);
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.write(`${sum.toString(8).padStart(6, '0')}\0 `, CHECKSUM_AT, 'latin1');
  return block;
}

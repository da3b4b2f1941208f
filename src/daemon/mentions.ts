import { closeSync, openSync, readSync, statSync } from 'node:fs';

/** A large file mostly says early what it is about. */
const PIECE_BYTES = 16_384;

/** Whether a regular file has one of the words, of ASCII; false where it cannot be read. */
export function mentions(file: string, words: readonly string[]): boolean {
  try {
    // To open a FIFO takes until somebody writes into it.
    if (!statSync(file).isFile()) return false;
    const fd = openSync(file, 'r');
    try {
      return mentionsIn(fd, words);
    } finally {
      closeSync(fd);
    }
  } catch {
    return false;
  }
}

function mentionsIn(fd: number, words: readonly string[]): boolean {
  // A word may begin in one piece and end in the next.
  const overlapBytes = Math.max(...words.map(({ length }) => length - 1));
  const piece = Buffer.allocUnsafe(PIECE_BYTES);
  for (let at = 0; ; at += PIECE_BYTES - overlapBytes) {
    const length = readSync(fd, piece, 0, PIECE_BYTES, at);
    const text = piece.subarray(0, length);
    if (words.some((word) => text.includes(word))) return true;
    if (length < PIECE_BYTES) return false;
  }
}

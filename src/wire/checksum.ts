/**
 * The Internet checksum (RFC 1071): the one's complement of the one's complement sum of all 16-bit
 * words, an odd last byte padded with zero. Sums are carried unfolded between the parts of a packet,
 * so that bytes shared by two ways of summing are read once.
 */

/** Adds the 16-bit words of `bytes[start..end)` to `initial`; not folded. */
export function sumWords(
  bytes: Uint8Array,
  initial = 0,
  start = 0,
  end: number = bytes.length,
): number {
  let sum = initial;
  let at = start;
  for (; at + 1 < end; at += 2) sum += ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0);
  if (at < end) sum += (bytes[at] ?? 0) << 8;
  return sum;
}

/** Folds the carries of a sum back in, down to 16 bits. */
export function foldSum(sum: number): number {
  let folded = sum;
  while (folded > 0xffff) folded = (folded % 0x1_0000) + Math.floor(folded / 0x1_0000);
  return folded;
}

/** The checksum to write for a sum taken with the checksum field zero. */
export function checksumOf(sum: number): number {
  return ~foldSum(sum) & 0xffff;
}

/** Whether a sum taken over the checksum field too says that nothing was changed. */
export function isIntact(sum: number): boolean {
  return foldSum(sum) === 0xffff;
}

/**
 * The sum of a pseudo header; both families come to the same sum, as zeros add nothing:
 *
 *     IPv4 (RFC 793 §3.1): source 4, destination 4, zero 1, protocol 1, length 2
 *     IPv6 (RFC 8200 §8.1): source 16, destination 16, length 4, zero 3, next header 1
 */
export function pseudoHeaderSum(
  source: Uint8Array,
  destination: Uint8Array,
  protocol: number,
  length: number,
): number {
  return sumWords(destination, sumWords(source)) + protocol + length;
}

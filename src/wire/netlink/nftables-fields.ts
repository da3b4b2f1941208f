/** What keys and data of sets are made of, by the numbers and sizes that the program nft knows. */
export const NFT_FIELDS = {
  nf_proto: { number: 2, bytes: 1 },
  /** In the machine's order. */
  integer: { number: 4, bytes: 4 },
  ipv4_addr: { number: 7, bytes: 4 },
  ipv6_addr: { number: 8, bytes: 16 },
  ether_type: { number: 10, bytes: 2 },
  inet_proto: { number: 12, bytes: 1 },
  inet_service: { number: 13, bytes: 2 },
  /** In the machine's order. */
  mark: { number: 19, bytes: 4 },
} as const;

export type NftField = keyof typeof NFT_FIELDS;

const TYPE_BITS = 6;

/** Several fields together: each begins at a word of 32 bits. */
export function typeOfFields(fields: readonly NftField[]): {
  readonly number: number;
  readonly bytes: number;
} {
  const [first, ...more] = fields;
  if (first !== undefined && more.length === 0) return NFT_FIELDS[first];
  let number = 0;
  let bytes = 0;
  for (const field of fields) {
    number = (number << TYPE_BITS) | NFT_FIELDS[field].number;
    bytes += paddedBytes(field);
  }
  return { number, bytes };
}

/** What a field takes among others. */
export function paddedBytes(field: NftField): number {
  return (NFT_FIELDS[field].bytes + 3) & ~3;
}

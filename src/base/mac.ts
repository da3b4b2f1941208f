import { toHex } from './hex.ts';

/** A hardware address as lower-case text: `00:00:5e:00:01:33`. */
export type MacAddress = string & { readonly kind: 'mac' };

export function macFromBytes(bytes: Uint8Array): MacAddress {
  return toHex(bytes, ':') as MacAddress;
}

export function macToBytes(mac: MacAddress): Uint8Array {
  return Uint8Array.from(mac.split(':'), (part) => Number.parseInt(part, 16));
}

export function parseMac(text: string): MacAddress | undefined {
  return /^[0-9a-f]{2}(:[0-9a-f]{2})+$/i.test(text)
    ? (text.toLowerCase() as MacAddress)
    : undefined;
}

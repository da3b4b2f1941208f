import { type IpAddress, ipFamily, ipFromBytes, ipToBytes, parseIp } from '../../../base/ip.ts';
import type { VirtualAddress } from '../../model/vrrp.ts';
import type { Report } from '../report.ts';
import { placeholderHint } from '../text/placeholder.ts';
import type { Word } from '../text/words.ts';

/** An address line while its options are read. */
export type AddressDraft = { -readonly [Key in keyof VirtualAddress]: VirtualAddress[Key] };

/** `ADDRESS[/LENGTH]`. */
export function readNetwork(
  word: Word,
  report: Report,
): { address: IpAddress; prefixLength: number } | undefined {
  const slash = word.text.indexOf('/');
  const written = slash === -1 ? word.text : word.text.slice(0, slash);
  const address = parseIp(written);
  if (address === undefined) {
    if (word.text.startsWith('//')) {
      report.add(
        'slash-comment',
        word.at,
        "'//' does not begin a comment, so this line is taken for an address",
        'begin comments with # or !',
      );
      return undefined;
    }
    report.add(
      'invalid-address',
      word.at,
      `'${word.text}' is not an IP address: the line is ignored`,
      placeholderHint(word.text) ?? suggestAddress(written),
    );
    return undefined;
  }
  const max = ipFamily(address) === 6 ? 128 : 32;
  if (slash === -1) return { address, prefixLength: max };
  const length = word.text.slice(slash + 1);
  if (/^\d{1,3}$/.test(length) && Number(length) <= max) {
    return { address, prefixLength: Number(length) };
  }
  const at = { ...word.at, column: word.at.column + slash + 1 };
  report.add(
    'invalid-prefix',
    at,
    `'${length}' is no prefix length from 0 to ${max}: ${max} is used`,
  );
  return { address, prefixLength: max };
}

function suggestAddress(text: string): string | undefined {
  if (/^\d+\.\d+\.\d+\.\d+$/.test(text)) {
    return 'each of the four numbers must be from 0 to 255, without leading zeros';
  }
  return /^[a-z]/i.test(text) && !text.includes(':')
    ? 'host names are not looked up here'
    : undefined;
}

/** A single address; a prefix length behind it is dropped with a warning. */
export function readAddress(word: Word, report: Report): IpAddress | undefined {
  const slash = word.text.indexOf('/');
  const address = parseIp(slash === -1 ? word.text : word.text.slice(0, slash));
  if (address !== undefined && slash !== -1) {
    const at = { ...word.at, column: word.at.column + slash };
    report.add('prefix-ignored', at, `'${word.text.slice(slash)}' is ignored: write ${address}`);
  }
  return address;
}

/** The highest (`+`) or lowest (`-`) address of a network. */
export function edgeOfNetwork(
  address: IpAddress,
  prefixLength: number,
  edge: '+' | '-',
): IpAddress {
  const bytes = ipToBytes(address);
  for (let bit = prefixLength; bit < bytes.length * 8; bit++) {
    const mask = 0x80 >> (bit % 8);
    const index = bit >> 3;
    const byte = bytes[index] ?? 0;
    bytes[index] = edge === '+' ? byte | mask : byte & ~mask;
  }
  return ipFromBytes(bytes);
}

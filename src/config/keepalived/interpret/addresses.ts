import { type IpFamily, ipFamily, isLinkLocal, parseIp } from '../../../base/ip.ts';
import type { VirtualAddress } from '../../model/vrrp.ts';
import type { DataLine } from '../grammar/tree.ts';
import type { Report } from '../report.ts';
import type { Position } from '../text/traced.ts';
import type { Word } from '../text/words.ts';
import { type AddressPlace, applyOptions } from './address-options.ts';
import { type AddressDraft, readNetwork } from './network.ts';

export interface PlacedAddress {
  readonly address: VirtualAddress;
  readonly at: Position;
}

/** One line of virtual_ipaddress or static_ipaddress; undefined where it is of no use. */
export function readAddressLine(
  line: DataLine,
  report: Report,
  place: AddressPlace = { kind: 'virtual' },
): PlacedAddress | undefined {
  const [first, ...options] = unquote(line, report);
  const base = readNetwork(first, report);
  if (base === undefined) return undefined;
  const family = ipFamily(base.address);
  const isLinkScope = family === 6 && isLinkLocal(base.address);
  const draft: AddressDraft = {
    address: base.address,
    prefixLength: base.prefixLength,
    scope: isLinkScope ? SCOPE_LINK : SCOPE_GLOBAL,
  };
  if (family === 6 && base.prefixLength === 128) draft.preferredLifetimeSeconds = 0;
  return applyOptions(draft, first, options, report, place) === 'unusable'
    ? undefined
    : { address: draft, at: first.at };
}

const SCOPE_GLOBAL = 0;
const SCOPE_LINK = 253;

/** A whole line between quotes, as container variables leave it, is taken as the words within. */
function unquote({ words }: DataLine, report: Report): readonly [Word, ...Word[]] {
  const [first, ...others] = words;
  if (first.quoting === 'bare' || !/\s/.test(first.text.trim())) return words;
  report.add(
    'quoted-address',
    first.at,
    'the quotes make one word of this whole line; it is read without them',
    'remove the quotes, also where this file is generated from',
  );
  const inner: Word[] = [...first.text.matchAll(/\S+/g)].map((match) => {
    const start = first.start + 1 + match.index;
    const column = first.at.column + 1 + match.index;
    const at = { ...first.at, column };
    return { text: match[0], at, start, end: start + match[0].length, quoting: 'bare' };
  });
  const [head = first, ...tail] = inner;
  return [head, ...tail, ...others];
}

/** The family of the first address of a line; undefined where it is none. */
export function familyOfWord(word: Word): IpFamily | undefined {
  const [written = ''] = word.text.trim().split(/[\s/]/);
  const address = parseIp(written);
  return address === undefined ? undefined : ipFamily(address);
}

import { ipFamily, parseIp } from '../../../../base/ip.ts';
import type { Word } from '../../text/words.ts';
import { readEncapsulation } from './encap.ts';
import type { OptionLine } from './option-line.ts';
import { readRealms } from './realms.ts';
import type { NextHop } from './route.ts';

type Draft = { -readonly [Key in keyof NextHop]: NextHop[Key] };

const READERS: Readonly<Record<string, (line: OptionLine, hop: Draft, option: Word) => void>> = {
  via: (line, hop, option) => {
    if (!line.takes('inet')) line.takes('inet6');
    const word = line.value(option);
    if (word === undefined) return;
    const address = parseIp(word.text);
    if (address === undefined) line.refuse(word, `'${word.text}' is not the address of a gateway`);
    else {
      line.setFamily(word, ipFamily(address));
      hop.gateway = address;
    }
  },
  dev: (line, hop, option) => {
    const name = line.interface(option);
    if (name !== undefined) hop.interface = name;
  },
  oif: (line, hop, option) => {
    const name = line.interface(option);
    if (name !== undefined) hop.interface = name;
  },
  weight: (line, hop, option) => {
    const weight = line.number(option, 1, 256);
    if (weight !== undefined) hop.weight = weight;
  },
  onlink: (_, hop) => {
    hop.onLink = true;
  },
  encap: (line, hop, option) => {
    const encapsulation = readEncapsulation(line, option);
    if (encapsulation !== undefined) hop.encapsulation = encapsulation;
  },
  realms: (line, hop, option) => {
    const realms = readRealms(line, option);
    if (realms !== undefined) hop.realms = realms;
  },
};

/** All of `nexthop … nexthop …`, which end a line; the first `nexthop` is behind. */
export function readNextHops(line: OptionLine, first: Word): NextHop[] {
  const hops: Draft[] = [{ onLink: false }];
  for (let word = line.next(); word !== undefined && line.isUsable; word = line.next()) {
    const hop = hops.at(-1);
    const read = Object.hasOwn(READERS, word.text) ? READERS[word.text] : undefined;
    if (word.text === 'nexthop') hops.push({ onLink: false });
    else if (read !== undefined && hop !== undefined) read(line, hop, word);
    else line.refuse(word, `'${word.text}' is not an option of a nexthop`);
  }
  const isEmpty = hops.some((hop) => hop.gateway === undefined && hop.interface === undefined);
  if (isEmpty && line.isUsable) line.refuse(first, "'nexthop' needs via or dev");
  return hops;
}

import { ipFamily, parseIp } from '../../../../base/ip.ts';
import type { Word } from '../../text/words.ts';
import type { OptionLine } from './option-line.ts';

/** What a route wraps its packets in. */
export type Encapsulation =
  | { readonly kind: 'mpls'; readonly labels: readonly number[] }
  | { readonly kind: 'ila'; readonly locator: string }
  | {
      readonly kind: 'ip' | 'ip6';
      readonly id?: number;
      readonly destination?: string;
      readonly source?: string;
      /** `tos` and `ttl` of ip, `tc` and `hoplimit` of ip6. */
      readonly trafficClass?: number;
      readonly hopLimit?: number;
      readonly flags?: number;
    };

const LABEL_MAX = 1_048_575;

/** `encap TYPE …`, where the option's own word is behind. */
export function readEncapsulation(line: OptionLine, option: Word): Encapsulation | undefined {
  const type = line.next();
  if (type === undefined) return line.refuse(option, "'encap' has no type behind it");
  switch (type.text) {
    case 'mpls':
      return readLabels(line, type);
    case 'ila':
      return readLocator(line, type);
    case 'ip':
    case 'ip6':
      return readTunnel(line, type, type.text);
    default:
      return line.refuse(
        type,
        `'${type.text}' is not a kind of encapsulation`,
        'write ip, ip6, mpls or ila',
      );
  }
}

function readLabels(line: OptionLine, option: Word): Encapsulation | undefined {
  const word = line.value(option);
  if (word === undefined) return undefined;
  const labels = word.text.split('/').map((text) => (/^\d+$/.test(text) ? Number(text) : -1));
  if (labels.every((label) => label >= 0 && label <= LABEL_MAX)) return { kind: 'mpls', labels };
  return line.refuse(
    word,
    `'${word.text}' is not a list of labels from 0 to ${LABEL_MAX}`,
    '100/200',
  );
}

function readLocator(line: OptionLine, option: Word): Encapsulation | undefined {
  const word = line.value(option);
  if (word === undefined) return undefined;
  if (/^[0-9a-f]{1,4}(:[0-9a-f]{1,4}){3}$/i.test(word.text)) {
    return { kind: 'ila', locator: word.text.toLowerCase() };
  }
  return line.refuse(word, `'${word.text}' is not a locator of 64 bits`, '1:2:3:4');
}

type Tunnel = { -readonly [Key in 'id' | 'trafficClass' | 'hopLimit' | 'flags']?: number } & {
  destination?: string;
  source?: string;
};

function readTunnel(line: OptionLine, type: Word, kind: 'ip' | 'ip6'): Encapsulation | undefined {
  const tunnel: Tunnel = {};
  const number = (key: keyof Tunnel, max: number) => (option: Word) => {
    const value = line.number(option, 0, max, 0);
    if (value !== undefined) Object.assign(tunnel, { [key]: value });
  };
  const address = (key: keyof Tunnel) => (option: Word) => {
    const word = line.value(option);
    if (word === undefined) return;
    const ip = parseIp(word.text);
    if (ip === undefined || ipFamily(ip) !== (kind === 'ip' ? 4 : 6)) {
      line.refuse(word, `'${word.text}' is not an address of ${kind === 'ip' ? 'IPv4' : 'IPv6'}`);
    } else Object.assign(tunnel, { [key]: ip });
  };
  const readers: Readonly<Record<string, (option: Word) => void>> = {
    id: number('id', Number.MAX_SAFE_INTEGER),
    dst: address('destination'),
    src: address('source'),
    [kind === 'ip' ? 'tos' : 'tc']: number('trafficClass', 255),
    [kind === 'ip' ? 'ttl' : 'hoplimit']: number('hopLimit', 255),
    flags: number('flags', 65_535),
  };
  for (let option = line.peek(); option !== undefined; option = line.peek()) {
    const read = Object.hasOwn(readers, option.text) ? readers[option.text] : undefined;
    if (read === undefined) break;
    line.next();
    read(option);
  }
  if (tunnel.id === undefined && tunnel.destination === undefined && line.isUsable) {
    return line.refuse(type, `'encap ${kind}' needs dst or id`);
  }
  return { kind, ...tunnel };
}

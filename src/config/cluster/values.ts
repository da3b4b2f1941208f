/** The values of a cluster: each takes what was written, or reports what to write instead. */
import { nearestWord } from '../../base/edit-distance.ts';
import { type IpAddress, ipFamily, parseIp } from '../../base/ip.ts';
import type { Vip } from '../model/cluster.ts';
import type { Field } from './draft.ts';
import type { Report } from './report.ts';

/** A word that may stand in host names, file names and YAML without quotes. */
const NAME = /^[A-Za-z0-9](?:[A-Za-z0-9._-]{0,61}[A-Za-z0-9])?$/;
/** What the kernel takes for the name of a link, without what a configuration would need quotes for. */
const LINK = /^[A-Za-z0-9][A-Za-z0-9._:-]{0,14}$/;
/** A reference to an image: `[REGISTRY/]NAME[:TAG][@DIGEST]`. */
const IMAGE = /^[A-Za-z0-9][A-Za-z0-9._:/@-]{0,254}$/;

export function readName(field: Field, what: string, report: Report): string | undefined {
  if (NAME.test(field.text)) return field.text;
  const hint = 'letters, digits, and - . _ between them, at most 63';
  return report.reject('bad-name', field.at, `${what} '${field.text}' is no name`, hint);
}

export function readLink(field: Field, report: Report): string | undefined {
  if (LINK.test(field.text)) return field.text;
  const hint = 'write one name such as eth0, at most 15 signs (see `ip link`)';
  return report.reject('bad-name', field.at, `'${field.text}' is no link`, hint);
}

export function readImage(field: Field, report: Report): string | undefined {
  if (IMAGE.test(field.text)) return field.text;
  return report.reject('bad-name', field.at, `'${field.text}' is no image`, 'write NAME:TAG');
}

export function readAddress(field: Field, what: string, report: Report): IpAddress | undefined {
  const address = parseIp(field.text);
  if (address !== undefined) return address;
  const hint = 'write it in digits, such as 10.1.86.209 or 2001:db8::9; names are not looked up';
  return report.reject('bad-address', field.at, `${what} '${field.text}' is no IP address`, hint);
}

export function readVip(field: Field, report: Report): Vip | undefined {
  const [text = '', bits, ...more] = field.text.split('/');
  const address = readAddress({ ...field, text }, 'the VIP', report);
  if (address === undefined || bits === undefined) return address && { address };
  const longest = ipFamily(address) === 6 ? 128 : 32;
  if (more.length === 0 && /^\d{1,3}$/.test(bits) && Number(bits) >= 1 && Number(bits) <= longest) {
    return { address, prefixLength: Number(bits) };
  }
  return report.reject(
    'bad-prefix',
    field.at,
    `/${bits} is no network`,
    `write a length from 1 to ${longest}`,
  );
}

export function readInteger(
  field: Field,
  what: string,
  [least, most]: readonly [number, number],
  report: Report,
): number | undefined {
  const value = /^\d{1,6}$/.test(field.text) ? Number(field.text) : Number.NaN;
  if (value >= least && value <= most) return value;
  const hint = `write a whole number from ${least} to ${most}`;
  return report.reject('bad-number', field.at, `${what} '${field.text}' is none`, hint);
}

/** Seconds between adverts, in hundredths; VRRP version 2 and 3 together allow 0.01 to 40.95. */
export function readSeconds(field: Field, report: Report): number | undefined {
  const value = /^\d{1,3}(?:\.\d{1,2})?s?$/.test(field.text) ? Number.parseFloat(field.text) : 0;
  if (value >= 0.01 && value <= 40.95) return value;
  const hint = 'write seconds from 0.01 to 40.95';
  return report.reject('bad-number', field.at, `'${field.text}' is no time between adverts`, hint);
}

export function readChoice<Choice extends string>(
  field: Field,
  what: string,
  choices: readonly Choice[],
  report: Report,
): Choice | undefined {
  const found = choices.find((choice) => choice === field.text);
  if (found !== undefined) return found;
  const nearest = nearestWord(field.text, choices);
  const hint = nearest === undefined ? `one of ${choices.join(', ')}` : `did you mean ${nearest}?`;
  return report.reject('bad-choice', field.at, `${what} '${field.text}' is unknown`, hint);
}

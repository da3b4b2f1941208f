import {
  type IpAddress,
  type IpFamily,
  ipFromBytes,
  ipToBytes,
  parseIp,
} from '../../../../base/ip.ts';
import { seconds } from '../../../../base/time.ts';
import type { Persistence } from '../../../model/virtual-server.ts';
import type { Report } from '../../report.ts';
import type { Word } from '../../text/words.ts';
import { readInteger } from '../numbers.ts';
import type { Values } from '../values.ts';

const DEFAULT_SECONDS = 360;
const WHOLE4 = '255.255.255.255' as IpAddress;

type Mask = Persistence['mask'];

/** The family that a mask is of where nothing else tells. */
export function familyOfMask({ text }: Word): IpFamily {
  return text.includes('.') ? 4 : 6;
}

/** `forced`: a service for all ports is always persistent. */
export function readPersistence(
  values: Values,
  { family, forced }: { readonly family: IpFamily; readonly forced: 'forced' | 'as written' },
  report: Report,
): Persistence | undefined {
  const engine = values.text('persistence_engine');
  const word = values.statement('persistence_granularity')?.words[0];
  const mask = (word && readMask(word, family, report)) ?? wholeAddress(family);
  const isWritten = isPersistent(values);
  if (!isWritten && forced === 'as written') return undefined;
  return {
    timeout: seconds(values.number('persistence_timeout') ?? DEFAULT_SECONDS),
    mask,
    ...(engine !== undefined && { engine }),
  };
}

export function isPersistent(values: Values): boolean {
  const statement = values.statement('persistence_timeout');
  return (
    statement !== undefined &&
    (statement.words.length === 0 || values.number('persistence_timeout') !== undefined)
  );
}

function wholeAddress(family: IpFamily): Mask {
  return family === 4 ? { netmask: WHOLE4 } : { prefixLength: 128 };
}

function readMask(word: Word, family: IpFamily, report: Report): Mask | undefined {
  if (family === 6) {
    const rule = { what: "'persistence_granularity'", min: 1, max: 128, fallback: '128 is used' };
    const prefixLength = readInteger(word, rule, report);
    return prefixLength === undefined ? undefined : { prefixLength };
  }
  const netmask = readNetmask(word.text);
  if (netmask === undefined) {
    report.add(
      'invalid-address',
      word.at,
      `'${word.text}' is not an IPv4 netmask: ${WHOLE4} is used`,
      'write it in the form 255.255.255.0',
    );
    return undefined;
  }
  if (!isPrefix(netmask)) {
    report.add(
      'odd-netmask',
      word.at,
      `'${word.text}' means ${netmask}, which is not the netmask of a network`,
      /^\d+$/.test(word.text) ? 'write it in the form 255.255.255.0' : undefined,
    );
  }
  return { netmask };
}

/** A number without dots is the whole address, as in C's inet_aton. */
function readNetmask(text: string): IpAddress | undefined {
  if (!/^\d+$/.test(text)) {
    const address = parseIp(text);
    return address?.includes(':') === true ? undefined : address;
  }
  const number = Number(text);
  if (number > 0xffff_ffff) return undefined;
  return ipFromBytes(Uint8Array.of(number >>> 24, number >>> 16, number >>> 8, number));
}

function isPrefix(netmask: IpAddress): boolean {
  const bits = [...ipToBytes(netmask)].map((byte) => byte.toString(2).padStart(8, '0')).join('');
  return /^1*0*$/.test(bits);
}

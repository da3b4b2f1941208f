import { type IpAddress, parseIp } from '../../../../base/ip.ts';
import type { Report } from '../../report.ts';
import { placeholderHint } from '../../text/placeholder.ts';
import type { Word } from '../../text/words.ts';
import { readInteger } from '../numbers.ts';

export interface Endpoint {
  readonly address: IpAddress;
  /** Absent where none is written, or 0. */
  readonly port?: number;
}

const PORT_MAX = 65_535;

/** A single address; keepalived drops a prefix length or the end of a range behind it, unasked. */
export function readHost(word: Word, fallback: string, report: Report): IpAddress | undefined {
  const [written = ''] = word.text.split(/[/-]/, 1);
  const address = parseIp(written);
  if (address === undefined) {
    report.add(
      'invalid-address',
      word.at,
      `'${word.text}' is not an IP address: ${fallback}`,
      placeholderHint(word.text) ??
        (/^[a-z]/i.test(word.text) ? 'host names are not looked up here' : undefined),
    );
    return undefined;
  }
  const rest = word.text.slice(written.length);
  if (rest !== '') {
    const at = { ...word.at, column: word.at.column + written.length };
    report.add('prefix-ignored', at, `'${rest}' is ignored: write ${address}`);
  }
  return address;
}

/** `ADDRESS [PORT]`. */
export function readEndpoint(
  words: readonly Word[],
  fallback: string,
  report: Report,
): Endpoint | undefined {
  const [host, portWord] = words;
  if (host === undefined) return undefined;
  reportFurther(words[2], report);
  const address = readHost(host, fallback, report);
  if (address === undefined || portWord === undefined) return address && { address };
  const port = readPort(portWord, fallback, report);
  if (port === undefined) return undefined;
  return port === 0 ? { address } : { address, port };
}

export function readPort(word: Word, fallback: string, report: Report): number | undefined {
  return readInteger(word, { what: 'a port', min: 0, max: PORT_MAX, fallback }, report);
}

/** What stands behind a complete line. */
export function reportFurther(word: Word | undefined, report: Report): void {
  if (word !== undefined) report.add('extra-words', word.at, `'${word.text}' is ignored`);
}

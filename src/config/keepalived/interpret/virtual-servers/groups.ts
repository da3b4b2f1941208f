import { compareIp, type IpAddress, ipFamily, ipToBytes, parseIp } from '../../../../base/ip.ts';
import {
  type GroupEntry,
  RANGE_ADDRESSES_MAX,
  type VirtualServerGroup,
} from '../../../model/virtual-server.ts';
import type { DataLine, Statement } from '../../grammar/tree.ts';
import type { Report } from '../../report.ts';
import type { Word } from '../../text/words.ts';
import { edgeOfNetwork } from '../network.ts';
import { readInteger } from '../numbers.ts';
import { readHost, readPort, reportFurther } from './endpoint.ts';

const SKIPPED = 'the line is ignored';
const MARK_MAX = 4_294_967_295;

/** virtual_server_group blocks; one without a single usable line is left out. */
export function readGroups(statements: readonly Statement[], report: Report): VirtualServerGroup[] {
  const groups = new Map<string, VirtualServerGroup>();
  for (const { keyword, words, block } of statements) {
    const [name] = words;
    if (name === undefined) continue;
    const entries = (block?.lines ?? []).flatMap((line) => readEntry(line, report) ?? []);
    if (entries.length === 0) {
      // A line that is wrong has been told already.
      if ((block?.lines ?? []).length === 0) {
        report.add('empty-group', keyword.at, `group ${name.text} has no entries and is left out`);
      }
    } else if (groups.has(name.text)) {
      report.add(
        'duplicate-group',
        name.at,
        `group ${name.text} is defined above: this one is left out`,
        'give it another name',
      );
    } else groups.set(name.text, { name: name.text, entries });
  }
  return [...groups.values()];
}

function readEntry({ words }: DataLine, report: Report): GroupEntry | undefined {
  const [first, second, third] = words;
  if (first.text === 'fwmark') return readMark(words, report);
  reportFurther(third, report);
  const range = readRange(first, report);
  const port = second === undefined ? 0 : readPort(second, SKIPPED, report);
  if (range === undefined || port === undefined) return undefined;
  return { kind: 'addresses', ...range, port };
}

function readMark([keyword, number, family]: DataLine['words'], report: Report) {
  if (number === undefined) {
    report.add(
      'missing-parameter',
      keyword.at,
      "'fwmark' has no value",
      'write a number behind it',
    );
    return undefined;
  }
  const rule = { what: "'fwmark'", min: 0, max: MARK_MAX, fallback: SKIPPED };
  const mark = readInteger(number, rule, report);
  if (mark === undefined) return undefined;
  if (family === undefined) return { kind: 'mark', mark } as const;
  if (family.text !== 'inet' && family.text !== 'inet6') {
    report.add(
      'invalid-choice',
      family.at,
      `the family of a mark is inet or inet6, not '${family.text}': ${SKIPPED}`,
    );
    return undefined;
  }
  return { kind: 'mark', mark, family: family.text === 'inet' ? 4 : 6 } as const;
}

interface Range {
  readonly first: IpAddress;
  readonly last: IpAddress;
}

/** One address, `ADDRESS-END`, `ADDRESS-ADDRESS` or `ADDRESS/LENGTH`. */
function readRange(word: Word, report: Report): Range | undefined {
  const [, written = '', separator = '', rest = ''] =
    /^([^-/]*)([-/]?)(.*)$/s.exec(word.text) ?? [];
  if (separator === '') {
    const address = readHost(word, SKIPPED, report);
    return address && { first: address, last: address };
  }
  const first = parseIp(written);
  if (first === undefined) {
    report.add('invalid-address', word.at, `'${written}' is not an IP address: ${SKIPPED}`);
    return undefined;
  }
  const at = { ...word.at, column: word.at.column + written.length + 1 };
  const read = separator === '/' ? readNetwork(first, rest) : readEnd(first, rest);
  if (typeof read !== 'string') {
    if (distance(first, read.last) >= RANGE_ADDRESSES_MAX) {
      report.add(
        'range-too-large',
        at,
        `a range of more than ${RANGE_ADDRESSES_MAX} addresses: the others are not balanced`,
        'a fwmark stands for any number of them',
      );
    }
    return { first, last: read.last };
  }
  report.add('invalid-range', at, `${read}: ${SKIPPED}`);
  return undefined;
}

/** How many addresses further `last` is; near enough where that are very many. */
function distance(first: IpAddress, last: IpAddress): number {
  const begin = ipToBytes(first);
  return ipToBytes(last).reduce((sum, byte, index) => sum * 256 + byte - (begin[index] ?? 0), 0);
}

/** The last address of a range, or what is wrong with it. */
function readEnd(first: IpAddress, written: string): Pick<Range, 'last'> | string {
  const last = parseIp(written) ?? withLastPart(first, written);
  if (last === undefined) return `'${written}' is not the end of a range`;
  if (ipFamily(last) !== ipFamily(first)) return `'${written}' is of another family than ${first}`;
  const order = compareIp(first, last);
  const isWhole = parseIp(written) !== undefined;
  // A whole address may repeat the first one, a last part may not.
  if (order > 0 || (order === 0 && !isWhole)) return `the range ends before it begins`;
  return { last };
}

/** `10.0.0.1-9` and `fd00::1-9`: the last byte, or the last 16 bits as hex digits. */
function withLastPart(first: IpAddress, written: string): IpAddress | undefined {
  if (ipFamily(first) === 4) {
    return /^\d{1,3}$/.test(written)
      ? parseIp(first.replace(/\d+$/, String(Number(written))))
      : undefined;
  }
  if (!/^[0-9a-f]{1,4}$/i.test(written)) return undefined;
  const bytes = ipToBytes(first);
  const head = [0, 2, 4, 6, 8, 10, 12].map((index) =>
    (((bytes[index] ?? 0) << 8) | (bytes[index + 1] ?? 0)).toString(16),
  );
  return parseIp([...head, written].join(':'));
}

function readNetwork(first: IpAddress, written: string): Pick<Range, 'last'> | string {
  const max = ipFamily(first) === 4 ? 32 : 128;
  const length = /^\d{1,3}$/.test(written) ? Number(written) : 0;
  if (length < 1 || length > max) return `'${written}' is no prefix length from 1 to ${max}`;
  const begin = edgeOfNetwork(first, length, '-');
  if (begin !== first)
    return `${first} is not where a network of length ${length} begins: ${begin}`;
  return { last: edgeOfNetwork(first, length, '+') };
}

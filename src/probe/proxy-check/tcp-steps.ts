/** `tcp-check` as it is carried out, and what `haproxy` says of its steps. */
import type { TcpCheckStep } from '../../config/model/proxy-check.ts';
import {
  type Finder,
  findBytes,
  findHexPattern,
  findPattern,
  type PatternParts,
} from './patterns.ts';
import { type ExpectStep, emptyAt, type SendStep, well, wrong } from './steps.ts';

type TcpExpect = Extract<TcpCheckStep, { kind: 'expect' }>;

/** Of a script that ends with what was sent or with what was found. */
export const TCP_CHECK_PASSED = '(tcp-check)';

export function placeOf(number: number, what: string, comment?: string): string {
  const remark = comment === undefined ? '' : ` comment: '${comment}'`;
  return number === 0
    ? ' at initial connection step of tcp-check'
    : ` at step ${number} of tcp-check (${what})${remark}`;
}

export function tcpSend(
  { data }: Extract<TcpCheckStep, { kind: 'send' }>,
  number: number,
): SendStep {
  const bytes = Buffer.from(data, 'latin1');
  return { kind: 'send', number, place: placeOf(number, 'send'), bytes };
}

export function tcpExpect(expect: TcpExpect, number: number, parts: PatternParts): ExpectStep {
  const { negated, match, pattern, comment } = expect;
  const find = finderOf(expect, parts);
  const remark = comment === undefined ? '' : ` comment: ${comment}`;
  const content = contents[match](pattern);
  return {
    kind: 'expect',
    number,
    place: placeOf(number, `expect ${named[match](pattern)}`, comment),
    read: (answer) => {
      const found = find(answer);
      if (found === 'maybe') return 'more';
      if ((found === 'yes') !== negated) return well(TCP_CHECK_PASSED);
      const verb = negated ? 'matched unwanted' : 'did not match';
      return wrong(`TCPCHK ${verb} content ${content} at step ${number}${remark}`);
    },
    onNothing: wrong(emptyAt(number, comment === undefined ? '' : ` comment: '${comment}'`)),
    lateStatus: 'L7TOUT',
  };
}

function finderOf({ match, pattern }: TcpExpect, parts: PatternParts): Finder {
  switch (match) {
    case 'rstring':
      return findPattern(pattern, parts);
    case 'rbinary':
      return findHexPattern(pattern, parts);
    default:
      return findBytes(Buffer.from(pattern, 'latin1'));
  }
}

type Describe = Readonly<Record<TcpExpect['match'], (pattern: string) => string>>;

const named: Describe = {
  string: (pattern) => `string '${pattern}'`,
  binary: (pattern) => `binary '${pattern}'`,
  rstring: () => 'regex',
  rbinary: () => 'binary regex',
};

const contents: Describe = {
  string: (pattern) => `'${pattern}'`,
  binary: () => '(binary)',
  rstring: () => '(regex)',
  rbinary: () => '(binary regex)',
};

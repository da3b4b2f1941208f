/** Whether the values of an acl fit the way in which they are compared. */
import { parseIp } from '../../../base/ip.ts';
import type { MatchMethod } from '../../model/proxy-rules.ts';
import type { Word } from '../text/words.ts';
import type { Line } from './context.ts';
import { isRegularExpression } from './regular-expression.ts';

/** In the form in which they are compared; what is wrong is told. */
export function readPatterns(
  line: Line,
  word: Word | undefined,
  method: MatchMethod,
  patterns: readonly string[],
): readonly string[] | undefined {
  switch (method) {
    case 'int':
    case 'len':
      return integers(line, word, patterns);
    case 'ip':
      return all(line, word, patterns, isNetwork, 'an address or a network');
    case 'reg':
      return all(line, word, patterns, isRegularExpression, 'a regular expression');
    default:
      return patterns;
  }
}

function all(
  line: Line,
  word: Word | undefined,
  patterns: readonly string[],
  fits: (text: string) => boolean,
  what: string,
): readonly string[] | undefined {
  const wrong = patterns.find((text) => !fits(text));
  if (wrong === undefined) return patterns;
  line.tell('bad-acl', word, `'${wrong}' is not ${what}`);
  return undefined;
}

/** `ADDRESS`, `ADDRESS/LENGTH`, `ADDRESS/MASK`; a name of a host is none. */
export function isNetwork(text: string): boolean {
  const [, address = '', mask] = /^([^/]*)(?:\/(.*))?$/.exec(text) ?? [];
  // `10/8` and `10.1` are filled up with zeros.
  const ip = parseIp(/^\d+(?:\.\d+){0,2}$/.test(address) ? filled(address) : address);
  if (ip === undefined) return false;
  if (mask === undefined) return true;
  if (/^\d+$/.test(mask)) return Number(mask) <= (ip.includes(':') ? 128 : 32);
  return parseIp(mask) !== undefined;
}

function filled(address: string): string {
  const parts = address.split('.');
  return [...parts, '0', '0', '0'].slice(0, 4).join('.');
}

/** `gt 5`, `1:10`, `7`: each operator joined to its number. */
function integers(
  line: Line,
  word: Word | undefined,
  patterns: readonly string[],
): readonly string[] | undefined {
  const joined: string[] = [];
  let operator = '';
  for (const text of patterns) {
    const [, low, high] = /^(-?\d+)?(?::(-?\d+)?)?$/.exec(text) ?? [];
    const isUpsideDown = low !== undefined && high !== undefined && Number(low) > Number(high);
    if (/^(?:eq|ge|gt|le|lt)$/.test(text)) operator = text;
    else if ((low !== undefined || high !== undefined) && !isUpsideDown) {
      joined.push(operator === '' || operator === 'eq' ? text : `${operator} ${text}`);
    } else {
      line.tell('bad-acl', word, `'${text}' is no number to compare with, and no range`);
      return undefined;
    }
  }
  return joined;
}

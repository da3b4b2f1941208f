import type { Statement } from '../../grammar/tree.ts';
import type { Word } from '../../text/words.ts';
import type { Context } from '../context.ts';
import { Values } from '../values.ts';

const KEY_MIN = 32;
const KEY_MAX = 64;

/** auth_hmac: keys by number, of which one must be the active one. No message shows a key. */
export function checkKeys(statements: readonly Statement[], keyword: Word, context: Context): void {
  const { report } = context;
  const values = new Values(statements, report);
  const usable = new Set<number>();
  for (const { words } of values.all('key')) {
    const [number, key] = words;
    if (number === undefined || key === undefined) continue;
    if (isUsableKey(key, context)) usable.add(Number(number.text));
  }
  const active = values.number('active_key');
  if (active !== undefined && usable.has(active)) return;
  report.add(
    'authentication-incomplete',
    values.position('active_key') ?? keyword.at,
    'without active_key and the key of that number adverts are not signed',
    'active_key NUMBER, and key NUMBER VALUE before it',
  );
}

function isUsableKey(key: Word, { report, claims }: Context): boolean {
  if (key.text.startsWith('file:')) {
    claims.push({ kind: 'key-file', path: key.text.slice('file:'.length), at: key.at });
    return true;
  }
  if (isKey(key.text)) return true;
  report.add(
    'invalid-key',
    key.at,
    `a key has ${KEY_MIN} to ${KEY_MAX} characters, or hex: and as many bytes in digits`,
    'hex:DIGITS, file:PATH, or the characters themselves',
  );
  return false;
}

/** The key as it is written, or in hexadecimal digits. */
export function isKey(text: string): boolean {
  const length = text.startsWith('hex:') ? lengthOfHex(text.slice('hex:'.length)) : text.length;
  return length >= KEY_MIN && length <= KEY_MAX;
}

function lengthOfHex(digits: string): number {
  return /^(?:[0-9a-f]{2})+$/i.test(digits) ? digits.length / 2 : 0;
}

/** Cookies and tables: judged, and said not to be applied. */
import type { Line } from './context.ts';
import type { ProxyDraft } from './proxy-draft.ts';
import { readChoice } from './values.ts';

const COOKIE_FLAGS = [
  ...['rewrite', 'insert', 'prefix', 'indirect', 'nocache', 'postonly', 'preserve', 'httponly'],
  ...['secure', 'dynamic'],
];
const COOKIE_VALUES = ['domain', 'maxidle', 'maxlife', 'attr'];

export function readCookie(line: Line, { settings }: ProxyDraft): void {
  for (let at = 1; at < line.args.length; at++) {
    const all = [...COOKIE_FLAGS, ...COOKIE_VALUES];
    if (readChoice(line, line.args[at], "an option of 'cookie'", all) === undefined) return;
    if (COOKIE_VALUES.includes(line.text(at))) at++;
  }
  settings.cookie = line.text(0);
  line.tell(
    'not-applied',
    undefined,
    "'cookie' is accepted, not applied: clients are not kept on a server",
    'balance source does that',
  );
}

const TABLE_TYPES = ['ip', 'ipv6', 'integer', 'string', 'binary'];

/** `type T [len N] size N [expire TIME] …` */
export function readStickTable(line: Line): void {
  const placeOf = (name: string): number => line.args.findIndex(({ text }) => text === name) + 1;
  const [type, size] = [placeOf('type'), placeOf('size')];
  if (type === 0 || size === 0) {
    line.tell(
      'missing-argument',
      undefined,
      `'stick-table' lacks its ${type === 0 ? 'type' : 'size'}`,
    );
    return;
  }
  readChoice(line, line.args[type], 'the type of a table', TABLE_TYPES);
}

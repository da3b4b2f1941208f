/** `~SEQ(…)` and `~LST(…)`: one written line that stands for several. */
export interface Repetition {
  /** What each copy of the line has in place of the variables. */
  readonly bindings: readonly ReadonlyMap<string, string>[];
  /** Index behind the closing parenthesis. */
  readonly end: number;
}

/** `malformed`: it looks like one but cannot be read; `too-many`: more copies than `limit`. */
export type RepetitionFault = 'malformed' | 'too-many';

const HEAD = /^~(SEQx?|LST)\s*\(/;
const NAME = /^[A-Za-z_]\w*$/;

/** Where the numbers of a ~SEQ begin and end; undefined where there is none. */
export function sequenceNumbers(
  text: string,
): { readonly open: number; readonly close: number } | undefined {
  const head = HEAD.exec(text);
  if (head === null || head[1] === 'LST') return undefined;
  return { open: head[0].length, close: text.indexOf(')', head[0].length) };
}

/** Reads the repetition that `text` begins with; undefined where it begins with none. */
export function readRepetition(
  text: string,
  limit: number,
): Repetition | RepetitionFault | undefined {
  const head = HEAD.exec(text);
  if (head === null) return undefined;
  const close = text.indexOf(')', head[0].length);
  if (close === -1) return 'malformed';
  const inside = text.slice(head[0].length, close);
  const bindings =
    head[1] === 'LST' ? readList(inside, limit) : readSequence(inside, head[1] ?? '', limit);
  return typeof bindings === 'string' ? bindings : { bindings, end: close + 1 };
}

function readSequence(
  inside: string,
  kind: string,
  limit: number,
): Map<string, string>[] | RepetitionFault {
  const [name = '', ...texts] = inside.split(',').map((part) => part.trim());
  const numbers = texts.map(readNumber);
  const [a, b, c] = numbers;
  if (!NAME.test(name) || a === undefined || numbers.length > 3) return 'malformed';
  if (numbers.includes(undefined)) return 'malformed';
  const start = b === undefined ? Math.sign(a) || 1 : a;
  const end = c ?? b ?? a;
  const step = c === undefined ? (end < start ? -1 : 1) : (b ?? 1);
  if (step === 0 || (end - start) * step < 0) return 'malformed';
  if ((end - start) / step >= limit) return 'too-many';
  const bindings: Map<string, string>[] = [];
  for (let value = start; step > 0 ? value <= end : value >= end; value += step) {
    bindings.push(new Map([[name, value.toString(kind === 'SEQx' ? 16 : 10)]]));
  }
  return bindings;
}

/** Decimal, 0x hexadecimal or 0 octal, with a sign. */
function readNumber(text: string): number | undefined {
  const match = /^([+-]?)(0x[0-9a-f]+|0[0-7]*|[1-9]\d*)$/i.exec(text);
  if (match === null) return undefined;
  const digits = match[2] ?? '';
  const base = /^0x/i.test(digits) ? 16 : digits.startsWith('0') && digits.length > 1 ? 8 : 10;
  const value = Number.parseInt(base === 16 ? digits.slice(2) : digits, base);
  if (!Number.isSafeInteger(value)) return undefined;
  return match[1] === '-' ? -value : value;
}

/** `VAR, v1, v2` or `{a,b},{1,2},{3,4}`; values missing from a tuple are empty. */
function readList(inside: string, limit: number): Map<string, string>[] | RepetitionFault {
  const [names, ...values] = splitTuples(inside);
  if (names === undefined || values.length === 0) return 'malformed';
  if (!names.every((name) => NAME.test(name))) return 'malformed';
  if (values.length > limit) return 'too-many';
  const isRight = (tuple: readonly string[]): boolean =>
    tuple.length <= names.length && !tuple.some((value) => /\s/.test(value));
  if (!values.every(isRight)) return 'malformed';
  return values.map((tuple) => new Map(names.map((name, index) => [name, tuple[index] ?? ''])));
}

function splitTuples(text: string): string[][] {
  const tuples: string[][] = [];
  let at = 0;
  while (at <= text.length) {
    while (text[at] === ' ' || text[at] === '\t') at++;
    const braceEnd = text[at] === '{' ? text.indexOf('}', at) : -1;
    const comma = text.indexOf(',', Math.max(at, braceEnd));
    const end = comma === -1 ? text.length : comma;
    const written = braceEnd === -1 ? text.slice(at, end) : text.slice(at + 1, braceEnd);
    const parts = braceEnd === -1 ? [written] : written.split(',');
    tuples.push(parts.map((part) => part.trim()));
    at = end + 1;
  }
  return tuples;
}

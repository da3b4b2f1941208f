/** Flags as Go's pflag reads them: `--name=value`, `--name value`, bare and `=false` booleans, one-letter `-v`. */

export interface FlagRow<Id extends string> {
  readonly id: Id;
  readonly type: 'string' | 'int' | 'bool';
  /** One letter. */
  readonly short?: string;
}

export type FlagsResult<Id extends string> =
  | {
      readonly ok: true;
      readonly values: ReadonlyMap<Id, string>;
      readonly words: readonly string[];
    }
  | { readonly ok: false; readonly message: string };

const TRUE = ['1', 't', 'T', 'true', 'TRUE', 'True'];
const FALSE = ['0', 'f', 'F', 'false', 'FALSE', 'False'];

/** The last of several counts; booleans come as `true` and `false`. */
export function readFlags<Id extends string>(
  rows: readonly FlagRow<Id>[],
  argv: readonly string[],
): FlagsResult<Id> {
  const values = new Map<Id, string>();
  const words: string[] = [];
  for (let index = 0; index < argv.length; index++) {
    const word = argv[index] ?? '';
    if (word === '--') {
      words.push(...argv.slice(index + 1));
      break;
    }
    if (!word.startsWith('-') || word === '-') {
      words.push(word);
      continue;
    }
    const { row, given, name } = splitFlag(rows, word);
    if (row === undefined) return { ok: false, message: `unknown flag: ${name}` };
    const value = given ?? (row.type === 'bool' ? 'true' : argv[++index]);
    if (value === undefined) return { ok: false, message: `flag needs an argument: ${name}` };
    const read = readValue(row.type, value);
    if (read === undefined) {
      return { ok: false, message: `invalid argument ${JSON.stringify(value)} for "${name}" flag` };
    }
    values.set(row.id, read);
  }
  return { ok: true, values, words };
}

function splitFlag<Id extends string>(rows: readonly FlagRow<Id>[], word: string) {
  if (word.startsWith('--')) {
    const equals = word.indexOf('=');
    const name = equals === -1 ? word : word.slice(0, equals);
    const row = rows.find(({ id }) => `--${id}` === name);
    return { row, name, given: equals === -1 ? undefined : word.slice(equals + 1) };
  }
  // `-v=2` and `-v2`.
  const name = word.slice(0, 2);
  const row = rows.find(({ short }) => `-${short}` === name);
  const rest = word.slice(2);
  return { row, name, given: rest === '' ? undefined : rest.replace(/^=/, '') };
}

function readValue(type: FlagRow<string>['type'], text: string): string | undefined {
  if (type === 'string') return text;
  if (type === 'int') return /^[+-]?\d{1,9}$/.test(text) ? String(Number(text)) : undefined;
  if (TRUE.includes(text)) return 'true';
  return FALSE.includes(text) ? 'false' : undefined;
}

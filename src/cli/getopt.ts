/** Reads options as getopt_long does: `-nDf FILE`, `-fFILE`, `--use-file=FILE`, unambiguous prefixes. */

export interface OptionRow<Id extends string> {
  readonly id: Id;
  readonly short?: string;
  readonly long: string;
  readonly argument: 'none' | 'required' | 'optional';
}

export interface ReadOptions<Id extends string> {
  /** Values by option in the order given; an option without a value stands as ''. */
  readonly given: ReadonlyMap<Id, readonly string[]>;
  /** Words that belong to no option. */
  readonly unexpected: readonly string[];
}

export type OptionsResult<Id extends string> =
  | { readonly ok: true; readonly options: ReadOptions<Id> }
  | { readonly ok: false; readonly message: string };

/** `unabbreviated`: options that are never what an abbreviation means. */
export function readOptions<Id extends string>(
  rows: readonly OptionRow<Id>[],
  argv: readonly string[],
  unabbreviated: ReadonlySet<Id> = new Set(),
): OptionsResult<Id> {
  const given = new Map<Id, string[]>();
  const unexpected: string[] = [];
  const add = ({ id }: OptionRow<Id>, value: string): void => {
    const values = given.get(id) ?? [];
    values.push(value);
    given.set(id, values);
  };
  for (let index = 0; index < argv.length; index++) {
    const word = argv[index] ?? '';
    if (word === '--') {
      unexpected.push(...argv.slice(index + 1));
      break;
    }
    if (!word.startsWith('-') || word === '-') {
      unexpected.push(word);
      continue;
    }
    const read = word.startsWith('--')
      ? readLong(word.slice(2), rows, unabbreviated)
      : readShort(word, rows);
    if (typeof read === 'string') return { ok: false, message: read };
    for (const { option, value, spelling } of read) {
      if (value !== undefined || option.argument !== 'required') add(option, value ?? '');
      else {
        const next = argv[++index];
        if (next === undefined) {
          return { ok: false, message: `option '${spelling}' requires an argument` };
        }
        add(option, next);
      }
    }
  }
  return { ok: true, options: { given, unexpected } };
}

interface Occurrence<Id extends string> {
  readonly option: OptionRow<Id>;
  /** What is glued to it. */
  readonly value?: string;
  readonly spelling: string;
}

function readLong<Id extends string>(
  text: string,
  rows: readonly OptionRow<Id>[],
  unabbreviated: ReadonlySet<Id>,
): readonly Occurrence<Id>[] | string {
  const [name = '', ...values] = text.split('=');
  const option = findLong(name, rows, unabbreviated);
  if (typeof option === 'string') return option;
  const spelling = `--${option.long}`;
  if (values.length === 0) return [{ option, spelling }];
  if (option.argument === 'none') return `option '${spelling}' doesn't allow an argument`;
  return [{ option, spelling, value: values.join('=') }];
}

/** `-nDf FILE`: letters without a value, and at most one with it at the end. */
function readShort<Id extends string>(
  word: string,
  rows: readonly OptionRow<Id>[],
): readonly Occurrence<Id>[] | string {
  const found: Occurrence<Id>[] = [];
  for (let position = 1; position < word.length; position++) {
    const letter = word[position] ?? '';
    const option = rows.find(({ short }) => short === letter);
    if (option === undefined) return `invalid option -- '${letter}'`;
    const spelling = `-${letter}`;
    const rest = word.slice(position + 1);
    if (option.argument === 'none' || rest === '') found.push({ option, spelling });
    else {
      found.push({ option, spelling, value: rest });
      break;
    }
  }
  return found;
}

function findLong<Id extends string>(
  name: string,
  rows: readonly OptionRow<Id>[],
  unabbreviated: ReadonlySet<Id>,
): OptionRow<Id> | string {
  const exact = rows.find(({ long }) => long === name);
  if (exact !== undefined) return exact;
  const candidates = rows.filter(({ id, long }) => long.startsWith(name) && !unabbreviated.has(id));
  const [only, another] = candidates;
  if (only === undefined) return `unrecognized option '--${name}'`;
  if (another === undefined) return only;
  const list = candidates.map(({ long }) => `--${long}`).join(' ');
  return `option '--${name}' is ambiguous; possibilities: ${list}`;
}

import type { IpAddress } from '../../../base/ip.ts';
import type { Micros } from '../../../base/time.ts';
import { BLOCKS } from '../grammar/blocks.ts';
import type { Argument, Keyword } from '../grammar/keyword.ts';
import type { Statement } from '../grammar/tree.ts';
import type { Report } from '../report.ts';
import { holdsPlaceholder, placeholderHint } from '../text/placeholder.ts';
import type { Position } from '../text/traced.ts';
import type { Word } from '../text/words.ts';
import { readAddress } from './network.ts';
import { readInteger, readMillis, readSeconds } from './numbers.ts';

type Value = string | number | boolean;

interface Reading {
  readonly statement: Statement;
  /** One for each argument of the keyword that was there and is right. */
  readonly values: readonly (Value | undefined)[];
}

/** The statements of one block, their arguments read by what the keyword table says of them. */
export class Values {
  readonly #readings = new Map<string, Reading[]>();
  readonly statements: readonly Statement[];
  /** Where the keyword of the block stands, if that was told. */
  readonly place: Position | undefined;

  constructor(statements: readonly Statement[], report: Report, place?: Position) {
    this.statements = statements;
    this.place = place;
    for (const statement of statements) {
      const { definition } = statement;
      const name = canonicalName(definition);
      const reading = readStatement(statement, report);
      if (reading === undefined) continue;
      const readings = this.#readings.get(name);
      if (readings === undefined) this.#readings.set(name, [reading]);
      else readings.push(reading);
    }
  }

  /** Whether the keyword is there at all, right or wrong. */
  has(name: string): boolean {
    return this.#readings.has(name);
  }

  /** Every statement of this keyword. */
  all(name: string): readonly Statement[] {
    return (this.#readings.get(name) ?? []).map(({ statement }) => statement);
  }

  /** The last statement of this keyword whose first argument is right. */
  statement(name: string): Statement | undefined {
    return this.#last(name)?.statement;
  }

  position(name: string): Position | undefined {
    const statement = this.statement(name);
    return statement === undefined ? undefined : (statement.words[0] ?? statement.keyword).at;
  }

  text(name: string): string | undefined {
    const value = this.#last(name)?.values[0];
    return typeof value === 'string' ? value : undefined;
  }

  number(name: string): number | undefined {
    const value = this.#last(name)?.values[0];
    return typeof value === 'number' ? value : undefined;
  }

  micros(name: string): Micros | undefined {
    return this.number(name) as Micros | undefined;
  }

  address(name: string): IpAddress | undefined {
    return this.text(name) as IpAddress | undefined;
  }

  /** Of every statement that has one, in order: each is judged by itself, and the last good one counts. */
  addresses(name: string): readonly { readonly address: IpAddress; readonly at: Position }[] {
    return (this.#readings.get(name) ?? []).flatMap(({ statement, values: [value] }) =>
      typeof value === 'string'
        ? [{ address: value as IpAddress, at: (statement.words[0] ?? statement.keyword).at }]
        : [],
    );
  }

  bool(name: string): boolean | undefined {
    const value = this.#last(name)?.values[0];
    return typeof value === 'boolean' ? value : undefined;
  }

  #last(name: string): Reading | undefined {
    return this.#readings.get(name)?.findLast(({ statement, values }) => {
      return values[0] !== undefined || statement.definition.required === 0;
    });
  }
}

/** The name that a keyword is read under; another spelling counts as the keyword it stands for. */
function canonicalName({ name, spellingOf }: Keyword): string {
  return spellingOf ?? name;
}

function readStatement(statement: Statement, report: Report): Reading | undefined {
  const { keyword, definition, words } = statement;
  const spelling = canonicalName(definition);
  if (definition.age !== undefined) {
    report.add(
      definition.age === 'old' ? 'old-spelling' : 'deprecated',
      keyword.at,
      `'${definition.name}' is an old spelling`,
      definition.spellingOf === undefined ? 'remove it' : `write '${definition.spellingOf}'`,
    );
  }
  if (definition.status === 'not-yet' && definition.meaning !== undefined) {
    report.add(
      'not-yet',
      keyword.at,
      `'${definition.name}' is not supported yet: ${definition.meaning}`,
    );
  }
  const missing = definition.arguments.slice(0, definition.required)[words.length];
  if (missing !== undefined && definition.missing !== 'nothing') {
    const usual = definition.body === undefined ? 'missing-parameter' : 'missing-name';
    const code = definition.missing ?? usual;
    report.add(code, keyword.at, ...describeMissing(definition, missing));
    report.excuse({ missing: spelling, at: keyword.at });
  }
  reportExtraWords(statement, report);
  const values = definition.arguments.map((argument, index) => {
    const word = words[index];
    return word === undefined
      ? argument.kind === 'bool' || undefined
      : readArgument(word, argument, statement, report);
  });
  if (values.some((value, index) => value === undefined && words[index] !== undefined)) {
    report.excuse({ missing: spelling, at: keyword.at });
  }
  return { statement, values };
}

function describeMissing({ name, body }: Keyword, missing: Argument): [string, string] {
  if (body !== undefined) {
    const syntax = missing.kind === 'words' ? missing.syntax : undefined;
    const what = syntax === undefined ? 'a name' : 'an address';
    return [`${name} needs ${what}; the block is left out`, `${name} ${syntax ?? 'NAME'} {`];
  }
  const wanted: Readonly<Record<Argument['kind'], string>> = {
    integer: 'a number',
    seconds: 'a number of seconds',
    millis: 'a number of milliseconds',
    choice: missing.kind === 'choice' ? missing.words.join(' or ') : 'a word',
    bool: 'true or false',
    address: 'an IP address',
    word: 'a word',
    words: 'a word',
    script: 'a command',
  };
  return [
    `'${name}' has no value`,
    `write ${wanted[missing.kind]} behind it; was a variable unset when this file was written?`,
  ];
}

/** Words that must never be repeated in a message. */
const SECRETS = new Set(['auth_pass', 'key', 'password', 'smtp_login']);

/** keepalived refuses words between a block of lines and its brace, and few others. */
function isSurplusReported({ surplus, body }: Keyword): boolean {
  return surplus === 'reported' || body?.kind === 'lines';
}

function reportExtraWords({ definition, words, keyword }: Statement, report: Report): void {
  const last = definition.arguments.at(-1)?.kind;
  if (last === 'words' || last === 'script') return;
  const extra = words[definition.arguments.length];
  if (extra === undefined) return;
  if (extra.text.startsWith('//')) {
    report.add(
      'slash-comment-behind',
      extra.at,
      "'//' does not begin a comment; the words behind it happen to be ignored",
      'begin comments with # or !',
    );
    return;
  }
  const shown = SECRETS.has(definition.name) ? 'a second word' : `'${extra.text}'`;
  const isKeyword = Object.values(BLOCKS).some((block) => block.has(extra.text));
  report.add(
    isSurplusReported(definition) ? 'surplus-words' : 'extra-words',
    extra.at,
    `${shown} behind '${keyword.text}' is ignored`,
    isKeyword ? `write ${shown} on a line of its own` : undefined,
  );
}

const BOOLS: Readonly<Record<string, boolean>> = {
  true: true,
  on: true,
  yes: true,
  false: false,
  off: false,
  no: false,
};

function readArgument(
  word: Word,
  argument: Argument,
  { definition }: Statement,
  report: Report,
): Value | undefined {
  const what = `'${definition.name}'`;
  const fallback = fallbackOf(definition);
  if (SECRETS.has(definition.name) && argument.kind === 'integer' && !/^\d+$/.test(word.text)) {
    // Where the number was forgotten, the secret stands in its place.
    report.add(
      'invalid-number',
      word.at,
      `${what} must be a number from ${argument.min} to ${argument.max}: ${fallback}`,
    );
    return undefined;
  }
  switch (argument.kind) {
    case 'integer':
      return readInteger(word, { what, fallback, ...argument }, report);
    case 'seconds':
      return readSeconds(word, { what, fallback, ...argument }, report);
    case 'millis':
      return readMillis(word, { what, fallback, ...argument }, report);
    case 'bool':
      if (Object.hasOwn(BOOLS, word.text)) return BOOLS[word.text];
      report.add(
        'invalid-bool',
        word.at,
        `${what} takes true or false, not '${word.text}': ${fallback}`,
        Object.hasOwn(BOOLS, word.text.toLowerCase())
          ? `write '${word.text.toLowerCase()}': case counts`
          : undefined,
      );
      return undefined;
    case 'choice':
      if (argument.words.includes(word.text)) return word.text;
      report.add(
        'invalid-choice',
        word.at,
        `${what} takes ${argument.words.join(' or ')}, not '${word.text}': ${fallback}`,
        placeholderHint(word.text),
      );
      return undefined;
    case 'address': {
      const address = readAddress(word, report);
      if (address === undefined) {
        report.add(
          'invalid-address',
          word.at,
          `'${word.text}' is not an IP address: ${fallback}`,
          placeholderHint(word.text),
        );
      }
      return address;
    }
    case 'word':
      if (word.quoting === 'quoted' || !holdsPlaceholder(word.text)) return word.text;
      report.add(
        'placeholder-left',
        word.at,
        `${what} cannot be '${word.text}': ${fallback}`,
        placeholderHint(word.text) ?? 'define the variable, or write the value',
      );
      return undefined;
    case 'words':
    case 'script':
      return word.text;
  }
}

function fallbackOf({ default: preset, unit, name }: Keyword): string {
  if (name === 'state') return 'BACKUP is used';
  if (name === 'virtual_router_id') return 'the instance is left out';
  if (preset === undefined) return 'the line is ignored';
  return `${preset}${unit === undefined ? '' : ` ${unit}`} is used`;
}

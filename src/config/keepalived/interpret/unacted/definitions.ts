import { type IpAddress, ipFamily } from '../../../../base/ip.ts';
import type { Statement } from '../../grammar/tree.ts';
import type { Context } from '../context.ts';
import { Values } from '../values.ts';

/** Whether something may be tracked under the name of the block; false where it is disabled. */
export type Judgement = 'usable' | 'unusable';

function reject({ words, keyword }: Statement, what: string, { report }: Context): Judgement {
  const [name] = words;
  // That its name is missing is told already.
  if (name === undefined) return 'unusable';
  report.add(
    'definition-incomplete',
    name.at,
    `${keyword.text} ${name.text} ${what}: it is left out`,
  );
  report.excuse({ missing: name.text });
  return 'unusable';
}

/** `weight N [reverse]`: whatever else stands behind the number. */
export function checkSense(values: Values, allowed: readonly string[], { report }: Context): void {
  for (const { words } of values.all('weight')) {
    const [, word] = words;
    if (word === undefined || allowed.includes(word.text)) continue;
    report.add(
      'unknown-tracking-option',
      word.at,
      `'${word.text}' is not known behind a weight and is ignored`,
      `write ${allowed.join(' or ')}, or nothing`,
    );
  }
}

function reportOthers(values: Values, name: string, { report }: Context): void {
  for (const { keyword } of values.all(name).slice(1)) {
    report.add('repeated-keyword', keyword.at, `'${name}' is given twice: the first one counts`);
  }
}

export function checkTrackProcess(statement: Statement, context: Context): Judgement {
  const values = new Values(statement.block?.statements ?? [], context.report);
  checkSense(values, ['reverse'], context);
  reportOthers(values, 'process', context);
  if (!values.has('process')) return reject(statement, 'names no process', context);
  const quorum = values.number('quorum') ?? 0;
  for (const { words } of values.all('quorum_max')) {
    const max = Number(words[0]?.text);
    if (words[0] === undefined || !(max > 0 && max < quorum)) continue;
    context.report.add(
      'number-out-of-range',
      words[0].at,
      `quorum_max ${max} is less than quorum ${quorum}: it is ignored`,
    );
  }
  return 'usable';
}

const INIT_WORDS = new Set(['overwrite']);

export function checkTrackFile(statement: Statement, context: Context): Judgement {
  const { report } = context;
  const values = new Values(statement.block?.statements ?? [], report);
  checkSense(values, ['reverse', 'noreverse'], context);
  reportOthers(values, 'file', context);
  for (const word of values.all('init_file').flatMap(({ words }) => words)) {
    if (INIT_WORDS.has(word.text) || /^[+-]?\d+$/.test(word.text)) continue;
    report.add(
      'invalid-choice',
      word.at,
      `'init_file' takes a number and overwrite, not '${word.text}': it is ignored`,
    );
  }
  return values.text('file') === undefined ? reject(statement, 'names no file', context) : 'usable';
}

const BFD_NAME_MAX = 31;

/** All BFD sessions of a configuration, which must not share a neighbour. */
export class BfdChecks {
  readonly #neighbours = new Set<IpAddress>();

  check(statement: Statement, context: Context): Judgement {
    const { report } = context;
    const [name] = statement.words;
    const values = new Values(statement.block?.statements ?? [], report);
    checkSense(values, ['reverse'], context);
    if (name !== undefined && name.text.length > BFD_NAME_MAX) {
      return reject(statement, `has a name longer than ${BFD_NAME_MAX} characters`, context);
    }
    const neighbour = values.address('neighbor_ip');
    if (neighbour === undefined) {
      if (!values.has('neighbor_ip')) return reject(statement, 'has no neighbor_ip', context);
      // That its value is wrong or missing is told already.
      if (name !== undefined) context.report.excuse({ missing: name.text });
      return 'unusable';
    }
    if (this.#neighbours.has(neighbour)) {
      return reject(statement, `has the neighbour of another one, ${neighbour}`, context);
    }
    this.#neighbours.add(neighbour);
    const source = values.address('source_ip');
    if (source !== undefined && ipFamily(source) !== ipFamily(neighbour)) {
      return reject(statement, `has addresses of both families`, context);
    }
    this.#checkHops(values, neighbour, context);
    return values.has('checker') && !values.has('vrrp') ? 'unusable' : 'usable';
  }

  #checkHops(values: Values, neighbour: IpAddress, { report }: Context): void {
    const limit = values.number('ttl') ?? (ipFamily(neighbour) === 6 ? 64 : 255);
    for (const { words } of values.all('max_hops')) {
      const [word] = words;
      if (word === undefined || !(Number(word.text) > limit && Number(word.text) <= 255)) continue;
      report.add('number-out-of-range', word.at, `max_hops is above ttl: ${limit} is used`);
    }
  }
}

/** All groups that limit announcements together; an interface belongs to one of them. */
export class GarpGroupChecks {
  readonly #taken = new Set<string>();

  check(statement: Statement, context: Context): void {
    const { report, claims } = context;
    const values = new Values(statement.block?.statements ?? [], report);
    if (!values.has('garp_interval') && !values.has('gna_interval')) {
      report.add(
        'definition-incomplete',
        statement.keyword.at,
        'garp_group has neither garp_interval nor gna_interval: it is left out',
      );
    }
    const words = [
      ...values.all('interface').flatMap((line) => line.words.slice(0, 1)),
      ...values
        .all('interfaces')
        .flatMap(({ block }) => block?.lines ?? [])
        .flatMap((line) => line.words),
    ];
    for (const { text, at } of words) {
      claims.push({ kind: 'interface', name: text, at, missing: 'reported' });
      if (this.#taken.has(text)) {
        report.add('duplicate-member', at, `${text} is in a garp_group already: it stays there`);
      }
      this.#taken.add(text);
    }
  }
}

import type { IpFamily } from '../../../../base/ip.ts';
import { ipFamily } from '../../../../base/ip.ts';
import type { Report } from '../../report.ts';
import { placeholderHint } from '../../text/placeholder.ts';
import type { Word } from '../../text/words.ts';
import type { HostClaim, NameDatabase } from '../claims.ts';
import type { Context } from '../context.ts';
import { readNetwork } from '../network.ts';

export interface Network {
  readonly address: string;
  readonly prefixLength: number;
}

/** A number, or the name that a file of iproute2 gives it. */
export type NumberOrName = number | string;

/** A line of options with values, read word by word; what is wrong is told once, at its place. */
export class OptionLine {
  readonly report: Report;
  readonly #words: readonly Word[];
  readonly #claims: HostClaim[];
  readonly #subject: 'route' | 'rule';
  #at = 0;
  #family: IpFamily | undefined;
  #isUsable = true;

  constructor(words: readonly Word[], { report, claims }: Context, subject: 'route' | 'rule') {
    this.#words = words;
    this.report = report;
    this.#claims = claims;
    this.#subject = subject;
  }

  /** Whether nothing so far makes the whole line useless. */
  get isUsable(): boolean {
    return this.#isUsable;
  }

  get family(): IpFamily | undefined {
    return this.#family;
  }

  get consequence(): string {
    return `the ${this.#subject} is left out`;
  }

  next(): Word | undefined {
    return this.#words[this.#at++];
  }

  peek(): Word | undefined {
    return this.#words[this.#at];
  }

  /** Takes the next word where it is this one. */
  takes(text: string): boolean {
    if (this.peek()?.text !== text) return false;
    this.#at++;
    return true;
  }

  /** The value of an option; keepalived reads nothing further where it is missing. */
  value(option: Word): Word | undefined {
    const word = this.next();
    if (word !== undefined) return word;
    this.#isUsable = false;
    this.report.add(
      'missing-parameter',
      option.at,
      `'${option.text}' has no value: ${this.consequence}`,
    );
    return undefined;
  }

  refuse(word: Word, what: string, hint?: string): undefined {
    this.#isUsable = false;
    const code = this.#subject === 'route' ? 'invalid-route' : 'invalid-rule';
    this.report.add(
      code,
      word.at,
      `${what}: ${this.consequence}`,
      hint ?? placeholderHint(word.text),
    );
    return undefined;
  }

  /** A decimal number; `base` 0 also takes 0x and octal ones. */
  number(option: Word, min: number, max: number, base: 0 | 10 = 10): number | undefined {
    const word = this.value(option);
    if (word === undefined) return undefined;
    const number = base === 0 ? parseBaseZero(word.text) : parseDecimal(word.text);
    if (number !== undefined && number >= min && number <= max) return number;
    return this.refuse(
      word,
      `'${option.text}' must be a number from ${min} to ${max}, not '${word.text}'`,
    );
  }

  /** A number from 0 to `max`, or a name that the host must know. */
  named(option: Word, database: NameDatabase, max: number): NumberOrName | undefined {
    const word = this.value(option);
    return word === undefined ? undefined : this.nameOrNumber(word, option, database, max);
  }

  nameOrNumber(word: Word, option: Word, database: NameDatabase, max: number) {
    const number = parseBaseZero(word.text);
    if (number !== undefined) {
      if (number <= max) return number;
      return this.refuse(word, `'${option.text}' must be at most ${max}, not ${word.text}`);
    }
    const known = WELL_KNOWN[database];
    if (Object.hasOwn(known, word.text)) return known[word.text];
    this.#claims.push({ kind: 'number-name', database, name: word.text, at: word.at });
    return word.text;
  }

  network(option: Word): Network | undefined {
    const word = this.value(option);
    return word === undefined ? undefined : this.networkOf(word);
  }

  networkOf(word: Word): Network | undefined {
    const network = readNetwork(word, this.report);
    if (network === undefined) {
      this.#isUsable = false;
      return undefined;
    }
    this.#sharesFamily(word, ipFamily(network.address));
    return network;
  }

  /** `all`, `any`, `default`, or a network. */
  networkOrAny(option: Word): Network | 'any' | undefined {
    const word = this.value(option);
    if (word === undefined) return undefined;
    return ANYWHERE.has(word.text) ? 'any' : this.networkOf(word);
  }

  #sharesFamily(word: Word, family: IpFamily): void {
    if (this.#family !== undefined && this.#family !== family) {
      this.refuse(word, `'${word.text}' is of the other family than what stands before it`);
    }
    this.#family ??= family;
  }

  setFamily(word: Word, family: IpFamily): void {
    this.#sharesFamily(word, family);
  }

  interface(option: Word): string | undefined {
    const word = this.value(option);
    if (word === undefined) return undefined;
    this.#claims.push({ kind: 'interface', name: word.text, at: word.at, missing: 'reported' });
    return word.text;
  }

  choice<Choice extends string>(option: Word, choices: readonly Choice[]): Choice | undefined {
    const word = this.value(option);
    if (word === undefined) return undefined;
    const chosen = choices.find((choice) => choice === word.text);
    return chosen ?? this.refuse(word, `'${option.text}' takes ${choices.join(' or ')}`);
  }
}

export const ANYWHERE: ReadonlySet<string> = new Set(['default', 'any', 'all']);

function parseDecimal(text: string): number | undefined {
  return /^\+?\d+$/.test(text) ? Number(text) : undefined;
}

export function parseBaseZero(text: string): number | undefined {
  if (/^0[0-7]+$/.test(text)) return Number.parseInt(text, 8);
  return /^(?:\d+|0x[0-9a-f]+)$/i.test(text) ? Number(text) : undefined;
}

/** What iproute2 itself knows without a file. */
const WELL_KNOWN: Readonly<Record<NameDatabase, Readonly<Record<string, number>>>> = {
  rt_tables: { default: 253, main: 254, local: 255 },
  rt_protos: { redirect: 1, kernel: 2, boot: 3, static: 4, ra: 9, keepalived: 18 },
  rt_scopes: { global: 0, nowhere: 255, host: 254, link: 253, site: 200 },
  rt_dsfield: {},
  rt_realms: {},
  group: { default: 0 },
  protocols: { icmp: 1, tcp: 6, udp: 17, 'ipv6-icmp': 58, sctp: 132 },
};

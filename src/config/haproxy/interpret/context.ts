import { nearestWord } from '../../../base/edit-distance.ts';
import type { IpAddress } from '../../../base/ip.ts';
import type { Code } from '../codes.ts';
import type { HaproxyFiles } from '../files.ts';
import type { Position, Report } from '../report.ts';
import { positionOf, type Statement } from '../text/statements.ts';
import type { Word } from '../text/words.ts';
import type { Environment } from './environment.ts';
import type { GlobalDraft } from './global-draft.ts';
import type { Reference } from './references.ts';

/** What the whole reading shares. */
export interface Context {
  readonly files: HaproxyFiles;
  readonly environment: Environment;
  readonly report: Report;
  /** The address of a name of a host, where it is known now. */
  readonly resolve: (host: string, prefer: 'ipv4' | 'ipv6') => IpAddress | undefined;
  /** Named by the options `-L`, or the host's name. */
  readonly hostName: string;
  readonly global: GlobalDraft;
  /** `http-errors` sections, by name; pages by status. */
  readonly errorPages: Map<string, Map<number, string>>;
  readonly userLists: Map<string, UserList>;
  readonly references: Reference[];
  readonly accounts: Accounts | undefined;
  /** How many addresses to listen at and servers there may still be: more is a slip. */
  readonly left: { addresses: number; servers: number };
  /** Those that have no size yet. */
  readonly openCaches: Map<string, Position>;
  /** Other sections that were read, as `KIND NAME`. */
  readonly sectionNames: Set<string>;
}

/** Users and groups of the host. */
export interface Accounts {
  hasUser(name: string): boolean;
  hasGroup(name: string): boolean;
}

export interface UserList {
  /** A password as crypt(3) has it, or in the clear. */
  readonly users: Map<string, { readonly password: string; readonly isPlain: boolean }>;
  /** Members by group. */
  readonly groups: Map<string, readonly string[]>;
  /** Groups and users that a line names, each to be there at the end. */
  readonly named: {
    readonly kind: 'user' | 'group';
    readonly name: string;
    readonly at: Position;
  }[];
  readonly joined: { readonly user: string; readonly group: string }[];
}

/** One line and what it may say about itself. */
export class Line {
  readonly statement: Statement;
  readonly context: Context;
  /** The words behind the keyword. */
  readonly args: readonly Word[];
  /** The keyword as one says it: `timeout client`. */
  readonly name: string;

  constructor(context: Context, statement: Statement, name: string) {
    this.context = context;
    this.statement = statement;
    this.name = name;
    this.args = statement.words.slice(name.split(' ').length);
  }

  /** `at`: the word, or its index among the arguments; the whole line otherwise. */
  tell(code: Code, at: Word | number | undefined, message: string, hint?: string): void {
    const word = typeof at === 'number' ? this.args[at] : at;
    this.context.report.add(code, positionOf(this.statement, word), message, hint);
  }

  /** A hint at what may have been meant, as long as there are not too many of them. */
  meant(wrong: string, words: Iterable<string>): string | undefined {
    if (!this.context.report.mayHint()) return undefined;
    const nearest = nearestWord(wrong, words);
    return nearest === undefined ? undefined : `did you mean '${nearest}'?`;
  }

  text(index: number): string {
    return this.args[index]?.text ?? '';
  }

  /** Reports what cannot be used and yields nothing. */
  fail(at: Word | number | undefined, message: string, hint?: string): undefined {
    this.tell('invalid-value', at, message, hint);
    return undefined;
  }
}

/** `not-yet`: understood, warned about and not acted upon; `no-effect`: nothing ever depends on it. */
export type KeywordStatus = 'acted' | 'not-yet' | 'no-effect';

/** What one word behind a keyword must be. */
export type Argument =
  | { readonly kind: 'integer'; readonly min: number; readonly max: number }
  /** Decimal seconds, kept as microseconds. */
  | { readonly kind: 'seconds'; readonly min: number; readonly max: number }
  /** Decimal milliseconds, kept as microseconds. */
  | { readonly kind: 'millis'; readonly min: number; readonly max: number }
  | { readonly kind: 'choice'; readonly words: readonly string[] }
  /** true on yes, false off no. */
  | { readonly kind: 'bool' }
  | { readonly kind: 'address' }
  /** `name`: what it stands for, as documentation shows it. */
  | { readonly kind: 'word'; readonly name?: string }
  /** Any number of words that the interpretation reads itself. */
  | { readonly kind: 'words'; readonly syntax?: string }
  /** A command in script words, then user and group. */
  | { readonly kind: 'script' };

/** What stands between the braces of a block. */
export type Body =
  | { readonly kind: 'keywords'; readonly block: BlockName }
  | { readonly kind: 'lines'; readonly lines: LineKind }
  /** Not read yet, but its braces are checked. */
  | { readonly kind: 'opaque' };

export type BlockName =
  | 'root'
  | 'global_defs'
  | 'vrrp_instance'
  | 'vrrp_script'
  | 'track_check'
  | 'vrrp_sync_group'
  | 'vrrp_track_process'
  | 'track_file'
  | 'bfd_instance'
  | 'garp_group'
  | 'track_group'
  | 'authentication'
  | 'auth_hmac'
  | 'virtual_server'
  | 'real_server'
  | 'TCP_CHECK'
  | 'HTTP_GET'
  | 'url'
  | 'SMTP_CHECK'
  | 'host'
  | 'DNS_CHECK'
  | 'MISC_CHECK'
  | 'UDP_CHECK'
  | 'PING_CHECK'
  | 'BFD_CHECK'
  | 'FILE_CHECK'
  | 'SSL';

export type LineKind =
  | 'addresses'
  | 'peers'
  | 'tracks'
  | 'names'
  | 'routes'
  | 'rules'
  | 'mails'
  | 'linkbeats'
  | 'delays'
  | 'servers';

/** A keyword in the table of one block. */
export interface Keyword {
  readonly name: string;
  readonly status: KeywordStatus;
  readonly arguments: readonly Argument[];
  /** How many of the arguments must be there. */
  readonly required: number;
  /**
   * What it is where one of those is not: usually keepalived stops reading; at `missing-value` it
   * says so and goes on, at `nothing` it goes on. Blocks lack their name.
   */
  readonly missing?: 'missing-parameter' | 'missing-value' | 'nothing';
  readonly body?: Body;
  /** What holds where it is absent, as one would write it. */
  readonly default?: string;
  readonly unit?: string;
  /** The keyword that this one is another spelling of. */
  readonly spellingOf?: string;
  /**
   * Whether that spelling is an old one, to be replaced. `deprecated`: keepalived says so too, and
   * its `-t` then fails; `old`: it takes either without a word.
   */
  readonly age?: 'deprecated' | 'old';
  /** The keepalived that knew it first, where that is later than 2.2.7; `holdfast`: none does. */
  readonly since?: Since;
  /** Where words too many are an error rather than ignored. */
  readonly surplus?: 'reported';
  /** For `not-yet`: what its absence means to the operator. For `no-effect`: why nothing is lost. */
  readonly meaning?: string;
}

export type Since = '2.3' | '2.4' | 'holdfast';

/** A keyword together with the block that it stands in. */
export interface PlacedKeyword extends Keyword {
  readonly block: BlockName;
}

type Details = Partial<Omit<Keyword, 'name' | 'status' | 'arguments'>>;

/** A keyword that is acted upon; its arguments are mandatory unless `required` says otherwise. */
export function acted(
  name: string,
  args: readonly Argument[] = [],
  details: Details = {},
): Keyword {
  const required = args.filter(({ kind }) => kind !== 'bool' && kind !== 'words').length;
  return { name, status: 'acted', arguments: args, required, ...details };
}

/** Its arguments are judged like those of a keyword that is acted upon. */
export function notYet(
  name: string,
  args: readonly Argument[],
  meaning: string,
  details: Details = {},
): Keyword {
  return { ...acted(name, args, details), status: 'not-yet', meaning };
}

/** A keyword of a block that is not acted upon: the block draws the warning for all that is in it. */
export function unacted(
  name: string,
  args: readonly Argument[] = [],
  details: Details = {},
): Keyword {
  return { ...acted(name, args, details), status: 'not-yet' };
}

export function noEffect(
  name: string,
  args: readonly Argument[],
  meaning: string,
  details: Details = {},
): Keyword {
  return { ...acted(name, args, details), status: 'no-effect', meaning };
}

export const bool: Argument = { kind: 'bool' };
export const word: Argument = { kind: 'word' };
export const words: Argument = { kind: 'words' };
export const script: Argument = { kind: 'script' };
export const address: Argument = { kind: 'address' };

export function integer(min: number, max: number): Argument {
  return { kind: 'integer', min, max };
}

export function seconds(min: number, max: number): Argument {
  return { kind: 'seconds', min, max };
}

export function millis(min: number, max: number): Argument {
  return { kind: 'millis', min, max };
}

/** A single word that stands for something, such as FILE. */
export function named(name: string): Argument {
  return { kind: 'word', name };
}

/** Any number of words, with the grammar that documentation shows. */
export function free(syntax: string): Argument {
  return { kind: 'words', syntax };
}

export function choice(...choices: readonly string[]): Argument {
  return { kind: 'choice', words: choices };
}

export function keywords(block: BlockName): { readonly body: Body } {
  return { body: { kind: 'keywords', block } };
}

export function lines(kind: LineKind): { readonly body: Body } {
  return { body: { kind: 'lines', lines: kind } };
}

/** Largest count that keepalived reads into an unsigned number. */
export const COUNT_MAX = 4_294_967_295;

export const INT_MAX = 2_147_483_647;
export const INT_MIN = -2_147_483_648;

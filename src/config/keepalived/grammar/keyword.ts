/** `not-yet`: understood, warned about and not acted upon; `no-effect`: nothing ever depends on it. */
export type KeywordStatus = 'acted' | 'not-yet' | 'no-effect';

/** What one word behind a keyword must be. */
export type Argument =
  | { readonly kind: 'integer'; readonly min: number; readonly max: number }
  /** Decimal seconds, kept as microseconds. */
  | { readonly kind: 'seconds'; readonly min: number; readonly max: number }
  | { readonly kind: 'choice'; readonly words: readonly string[] }
  /** true on yes, false off no. */
  | { readonly kind: 'bool' }
  | { readonly kind: 'address' }
  | { readonly kind: 'word' }
  /** Any number of words that the interpretation reads itself. */
  | { readonly kind: 'words' }
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
  | 'vrrp_sync_group'
  | 'vrrp_track_process'
  | 'track_file'
  | 'bfd_instance'
  | 'garp_group'
  | 'authentication'
  | 'auth_hmac';

export type LineKind = 'addresses' | 'peers' | 'tracks' | 'names' | 'routes' | 'rules' | 'mails';

export interface Keyword {
  readonly name: string;
  readonly status: KeywordStatus;
  readonly arguments: readonly Argument[];
  /** How many of the arguments must be there. */
  readonly required: number;
  readonly body?: Body;
  /** What holds where it is absent, as one would write it. */
  readonly default?: string;
  readonly unit?: string;
  /** The keyword that this one is another spelling of. */
  readonly spellingOf?: string;
  /** Whether that spelling is an old one, to be replaced. */
  readonly age?: 'deprecated';
  /** For `not-yet`: what its absence means to the operator. */
  readonly meaning?: string;
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

export function notYet(name: string, meaning: string, details: Details = {}): Keyword {
  return {
    name,
    status: 'not-yet',
    arguments: [{ kind: 'words' }],
    required: 0,
    meaning,
    ...details,
  };
}

export function noEffect(
  name: string,
  args: readonly Argument[] = [],
  details: Details = {},
): Keyword {
  return { ...acted(name, args, details), status: 'no-effect' };
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

export function choice(...choices: readonly string[]): Argument {
  return { kind: 'choice', words: choices };
}

export function keywords(block: BlockName): { readonly body: Body } {
  return { body: { kind: 'keywords', block } };
}

export function lines(kind: LineKind): { readonly body: Body } {
  return { body: { kind: 'lines', lines: kind } };
}

export const opaque: { readonly body: Body } = { body: { kind: 'opaque' } };

/** Largest count that keepalived reads into an unsigned number. */
export const COUNT_MAX = 4_294_967_295;

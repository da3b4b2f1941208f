/** The keywords of haproxy.cfg as data: what reading, documentation and hints have in common. */

/**
 * `acted`: does what it does there. `no-effect`: nothing that anybody can see is lost. `ignored`:
 * a warning says what is missing. `refused`: to leave it out would change what the rest means.
 * `removed`: no longer part of the language.
 */
export type KeywordStatus = 'acted' | 'no-effect' | 'ignored' | 'refused' | 'removed';

/** D defaults, F frontend, L listen, B backend: as the manual abbreviates them. */
export type ProxyPlaces = string;

export interface Keyword {
  /** One or two words: `mode`, `option tcplog`. */
  readonly name: string;
  readonly status: KeywordStatus;
  /** Of proxies: in which kinds it stands. */
  readonly places: ProxyPlaces;
  /** What follows it, for documentation. */
  readonly syntax?: string;
  /** How many words must and may follow it. */
  readonly least: number;
  readonly most: number;
  /** What holds where it is absent. */
  readonly default?: string;
  /** What its absence means, why nothing is lost, or what to write instead. */
  readonly note?: string;
  /** What the first word behind it must be; `number`: a whole number. */
  readonly first?: readonly string[] | 'number';
  /** Words too many are ignored, which is said, rather than an error. */
  readonly surplus?: 'ignored';
  /** In defaults sections only of those that have a name. */
  readonly defaults?: 'named';
  /** For `removed`: whether it is read all the same, as what replaced it; then it is a warning. */
  readonly stillRead?: 'still-read';
}

export interface Details {
  readonly syntax?: string;
  readonly least?: number;
  readonly most?: number;
  readonly default?: string;
  readonly note?: string;
  readonly first?: readonly string[] | 'number';
  readonly surplus?: 'ignored';
  readonly defaults?: 'named';
  readonly stillRead?: 'still-read';
}

function keyword(
  status: KeywordStatus,
  name: string,
  places: ProxyPlaces,
  details: Details,
): Keyword {
  return { name, status, places, least: 0, most: Number.POSITIVE_INFINITY, ...details };
}

export function acted(name: string, places: ProxyPlaces, details: Details = {}): Keyword {
  return keyword('acted', name, places, details);
}

/** One value, which must be there. */
export function value(
  name: string,
  places: ProxyPlaces,
  syntax: string,
  details: Details = {},
): Keyword {
  return keyword('acted', name, places, { least: 1, most: 1, syntax, ...details });
}

/** A word without arguments. */
export function flag(name: string, places: ProxyPlaces, details: Details = {}): Keyword {
  return keyword('acted', name, places, { most: 0, ...details });
}

export function noEffect(
  name: string,
  places: ProxyPlaces,
  note: string,
  details: Details = {},
): Keyword {
  return keyword('no-effect', name, places, { note, ...details });
}

export function ignored(
  name: string,
  places: ProxyPlaces,
  note: string,
  details: Details = {},
): Keyword {
  return keyword('ignored', name, places, { note, ...details });
}

export function refused(
  name: string,
  places: ProxyPlaces,
  note: string,
  details: Details = {},
): Keyword {
  return keyword('refused', name, places, { note, ...details });
}

export function removed(
  name: string,
  places: ProxyPlaces,
  note: string,
  details: Details = {},
): Keyword {
  return keyword('removed', name, places, { note, ...details });
}

/** By name; of two-word names also the first words, so that the second can be looked for. */
export interface KeywordTable {
  readonly keywords: ReadonlyMap<string, Keyword>;
  readonly families: ReadonlySet<string>;
}

export function tableOf(keywords: readonly Keyword[]): KeywordTable {
  const families = keywords.flatMap(({ name }) => {
    const space = name.indexOf(' ');
    return space === -1 ? [] : [name.slice(0, space)];
  });
  return {
    keywords: new Map(keywords.map((row) => [row.name, row])),
    families: new Set(families),
  };
}

/** The search of the site: runs in the reader's browser, over the sections of all pages. */
import MiniSearch from 'minisearch';
import { splitTerms, stemOf } from './terms.ts';

/** A section of a page, in short names, as there are thousands. */
export interface Entry {
  /** Where it stands: `plan.html#templates`. */
  readonly url: string;
  readonly page: string;
  readonly heading: string;
  readonly text: string;
  readonly language: string;
}

export interface Hit {
  readonly url: string;
  readonly page: string;
  readonly heading: string;
  /** What stands around the first word that was found. */
  readonly excerpt: string;
}

export interface Search {
  /** The best first; sections in the reader's language before equals in others. */
  find(query: string, language: string): readonly Hit[];
}

const HITS_MAX = 30;
const EXCERPT_CHARACTERS = 160;
/** Shorter words are not guessed at. */
const FUZZY_MIN = 5;

export function createSearch(entries: readonly Entry[]): Search {
  const index = new MiniSearch<Entry & { readonly id: number }>({
    fields: ['page', 'heading', 'text'],
    tokenize: splitTerms,
    processTerm: stemOf,
    searchOptions: {
      combineWith: 'AND',
      prefix: (term) => term.length > 1,
      fuzzy: (term) => (term.length >= FUZZY_MIN && /^[\p{L}]+$/u.test(term) ? 0.2 : false),
      boost: { heading: 4, page: 3 },
    },
  });
  index.addAll(entries.map((entry, id) => ({ id, ...entry })));
  return {
    find: (query, language) => {
      const boostDocument = (id: number): number =>
        entries[id]?.language === language ? 2 : entries[id]?.language === 'en' ? 1 : 0.5;
      return index
        .search(query, { boostDocument })
        .slice(0, HITS_MAX)
        .flatMap(({ id, terms }) => {
          const entry = entries[id as number];
          if (entry === undefined) return [];
          const { url, page, heading, text } = entry;
          return [{ url, page, heading, excerpt: excerptOf(text, terms) }];
        });
    },
  };
}

function excerptOf(text: string, terms: readonly string[]): string {
  const lower = text.toLowerCase().replaceAll('ё', 'е');
  const places = terms.map((term) => lower.indexOf(term)).filter((place) => place >= 0);
  const from = Math.max(
    0,
    Math.min(...(places.length > 0 ? places : [0])) - EXCERPT_CHARACTERS / 4,
  );
  const cut = text.slice(from, from + EXCERPT_CHARACTERS).trim();
  return `${from > 0 ? '…' : ''}${cut}${from + EXCERPT_CHARACTERS < text.length ? '…' : ''}`;
}

/** What a request for the page asks for. */
import type { StatsPage } from '../../../../config/model/proxy.ts';

export interface PageRequest {
  readonly method: string;
  /** Path and query, as they were sent. */
  readonly target: string;
  /** By name in small letters. */
  header(name: string): string | undefined;
  /** Absent: longer than what is read of a body. */
  readonly body?: string;
  /** Whether the condition of `stats admin` holds. */
  readonly role: 'admin' | 'reader';
}

export interface PageView {
  readonly format: 'html' | 'csv' | 'typed' | 'json' | 'json-schema';
  readonly onlyUp: boolean;
  readonly noMaintenance: boolean;
  readonly refreshes: 'yes' | 'no';
  /** Part of the names of the proxies that are shown. */
  readonly search: string;
  /** What became of an order. */
  readonly outcome?: string;
}

const SEARCH_LENGTH = 20;

/** What stands behind `;`, before a query or in it. Undefined: it is not for the page. */
export function readView(target: string, settings: StatsPage): PageView | undefined {
  if (!target.startsWith(settings.uri)) return undefined;
  const parts = [...target.slice(settings.uri.length).matchAll(/([;?&])([^;?&]*)/g)];
  const words = parts.flatMap(([, mark, word = '']) => (mark === ';' ? [word] : []));
  const has = (word: string) => words.includes(word);
  const outcome = words.find((word) => word.startsWith('st='))?.slice(3);
  return {
    format: (['csv', 'typed', 'json-schema', 'json'] as const).find(has) ?? 'html',
    onlyUp: has('up'),
    noMaintenance: has('no-maint'),
    refreshes: has('norefresh') || settings.refreshSeconds === undefined ? 'no' : 'yes',
    search: readSearch(parts.map(([, , word = '']) => word)),
    ...(outcome !== undefined && { outcome }),
  };
}

/** Characters of names only, so that it may stand anywhere. */
function readSearch(words: readonly string[]): string {
  const value = words.find((word) => word.startsWith('scope='));
  if (value === undefined) return '';
  return decodeForm(value.slice('scope='.length))
    .replace(/[^\w.:-]/g, '')
    .slice(0, SEARCH_LENGTH);
}

/** Where the same view is, with something changed. */
export function viewTarget(
  settings: StatsPage,
  view: PageView,
  changes: Partial<PageView> = {},
): string {
  const { format, onlyUp, noMaintenance, refreshes, search, outcome } = { ...view, ...changes };
  const words = [
    ...(outcome === undefined ? [] : [`st=${outcome}`]),
    ...(format === 'html' ? [] : [format]),
    ...(onlyUp ? ['up'] : []),
    ...(noMaintenance ? ['no-maint'] : []),
    ...(refreshes === 'no' && settings.refreshSeconds !== undefined ? ['norefresh'] : []),
  ];
  const query = search === '' ? '' : `?scope=${search}`;
  return `${[settings.uri, ...words].join(';')}${query}`;
}

/** The fields of a form, in order; what is no encoding stays as it is. */
export function readForm(body: string): readonly (readonly [name: string, value: string])[] {
  return body
    .split('&')
    .filter((part) => part !== '')
    .map((part) => {
      const [name = '', value = ''] = splitOnce(part, '=');
      return [decodeForm(name), decodeForm(value)] as const;
    });
}

function decodeForm(text: string): string {
  const spaced = text.replaceAll('+', ' ');
  try {
    return decodeURIComponent(spaced);
  } catch {
    return spaced;
  }
}

function splitOnce(text: string, by: string): readonly [string, string] {
  const at = text.indexOf(by);
  return at < 0 ? [text, ''] : [text.slice(0, at), text.slice(at + by.length)];
}

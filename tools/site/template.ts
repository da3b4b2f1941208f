/** The frame of a page of the site. */
import { escapeHtml, type Heading } from './markdown.ts';
import { LANGUAGES, type Language } from './navigation.ts';
import { WORDS } from './words.ts';

export interface MenuItem {
  readonly title: string;
  /** From the root of the site. */
  readonly output: string;
  readonly language: Language;
}

export interface MenuGroup {
  readonly title: string;
  readonly items: readonly MenuItem[];
}

export interface PageFrame {
  readonly title: string;
  readonly language: Language;
  /** Where the page stands, from the root of the site. */
  readonly output: string;
  readonly body: string;
  readonly headings: readonly Heading[];
  readonly menu: readonly MenuGroup[];
  /** Where the switch of languages leads. */
  readonly languages: Readonly<Record<Language, string>>;
}

/** Groups longer than this are folded where the reader is elsewhere. */
const FOLD_FROM = 12;

/** Way from a page to another, both from the root of the site. */
export function relativeTo(output: string, target: string): string {
  return '../'.repeat(output.split('/').length - 1) + target;
}

export function framePage(page: PageFrame): string {
  const { title, language, output, body } = page;
  const words = WORDS[language];
  const root = '../'.repeat(output.split('/').length - 1);
  const home = relativeTo(output, language === 'en' ? 'index.html' : `${language}/index.html`);
  const name = title === 'holdfast' ? title : `${title} · holdfast`;
  return `<!doctype html>
<html lang="${language}" data-root="${root}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${escapeHtml(name)}</title>
<link rel="icon" href="${root}assets/icon.svg">
<link rel="stylesheet" href="${root}assets/site.css">
<script src="${root}assets/theme.js"></script>
<script src="${root}assets/site.js" defer></script>
</head>
<body>
<a class="skip" href="#text">${words.skip}</a>
<header>
<button id="menu-button" type="button" aria-controls="menu" aria-expanded="false">${words.menu}</button>
<a class="brand" href="${home}">${MARK}holdfast</a>
<search><input id="search" type="search" placeholder="${words.search}  /" aria-label="${words.search}"
 autocomplete="off" spellcheck="false" data-nothing="${words.nothing}"><div id="hits" hidden></div></search>
<nav class="languages" aria-label="${words.language}">${languageLinks(page)}</nav>
<button id="theme-button" type="button" aria-label="${words.theme}" title="${words.theme}">◐</button>
</header>
<div class="columns">
<nav id="menu" aria-label="${words.menu}">
${page.menu.map((group) => menuGroup(group, page)).join('\n')}
</nav>
<main id="text" tabindex="-1">
<article>
${body}</article>
${neighbours(page)}
</main>
${contents(page)}
</div>
</body>
</html>
`;
}

const MARK =
  '<svg viewBox="0 0 24 24" aria-hidden="true"><path d="M12 2.5v19M5 13a7 7 0 0 0 14 0M8 7h8"/></svg>';

export const ICON =
  '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24"><path fill="none" stroke="#0f766e" ' +
  'stroke-width="2.6" stroke-linecap="round" d="M12 2.5v19M5 13a7 7 0 0 0 14 0M8 7h8"/></svg>\n';

function languageLinks({ language, output, languages }: PageFrame): string {
  return LANGUAGES.map((one) => {
    const current = one === language ? ' aria-current="true"' : '';
    const href = relativeTo(output, languages[one]);
    return `<a lang="${one}" hreflang="${one}" href="${href}"${current}>${WORDS[one].name}</a>`;
  }).join('');
}

function menuGroup({ title, items }: MenuGroup, { output, language }: PageFrame): string {
  const isHere = items.some((item) => item.output === output);
  const links = items.map((item) => {
    const current = item.output === output ? ' aria-current="page"' : '';
    const other =
      item.language === language ? '' : ` <small>${escapeHtml(WORDS[language].english)}</small>`;
    const lang = item.language === language ? '' : ` lang="${item.language}"`;
    const href = relativeTo(output, item.output);
    return `<li><a href="${href}"${current}${lang}>${escapeHtml(item.title)}</a>${other}</li>`;
  });
  const open = isHere || items.length < FOLD_FROM ? ' open' : '';
  return `<details${open}><summary>${escapeHtml(title)}</summary><ul>\n${links.join('\n')}\n</ul></details>`;
}

function contents({ headings, language }: PageFrame): string {
  const shown = headings.filter(({ level }) => level === 2 || level === 3);
  if (shown.length < 2) return '<aside></aside>';
  const items = shown.map(
    ({ level, text, anchor }) =>
      `<li class="level-${level}"><a href="#${escapeHtml(anchor)}">${escapeHtml(text)}</a></li>`,
  );
  const title = WORDS[language].contents;
  return `<aside><nav aria-label="${title}"><p>${title}</p><ul>\n${items.join('\n')}\n</ul></nav></aside>`;
}

/** The pages before and after this one in the menu. */
function neighbours({ menu, output, language }: PageFrame): string {
  const all = menu.flatMap(({ items }) => items);
  const at = all.findIndex((item) => item.output === output);
  const link = (item: MenuItem | undefined, kind: 'previous' | 'next'): string =>
    item === undefined || at < 0
      ? '<span></span>'
      : `<a class="${kind}" href="${relativeTo(output, item.output)}"><small>${WORDS[language][kind]}` +
        `</small>${escapeHtml(item.title)}</a>`;
  return `<footer>${link(all[at - 1], 'previous')}${link(all[at + 1], 'next')}</footer>`;
}

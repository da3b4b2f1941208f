/** Writes the site: pages, what they link to, styles, and the sections that are searched. */
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { build } from 'esbuild';
import { escapeHtml } from './markdown.ts';
import { LANGUAGES, type Language, NAVIGATION, pagesOf, translationOf } from './navigation.ts';
import { type Page, resolveLink } from './pages.ts';
import type { Entry } from './search.ts';
import { framePage, ICON, type MenuGroup, relativeTo } from './template.ts';

export interface SiteOptions {
  /** Of the project. */
  readonly root: string;
  readonly output: string;
  readonly pages: ReadonlyMap<string, Page>;
}

/** Files of the project that pages link to stand below this folder of the site. */
const FILES = 'files';

export async function writeSite({ root, output, pages }: SiteOptions): Promise<void> {
  rmSync(output, { recursive: true, force: true });
  const write = (name: string, text: string): void => {
    mkdirSync(dirname(join(output, name)), { recursive: true });
    writeFileSync(join(output, name), text);
  };
  const linked = new Set<string>();
  for (const page of pages.values()) write(page.output, htmlOf(page, pages, linked));
  for (const file of linked) {
    mkdirSync(dirname(join(output, FILES, file)), { recursive: true });
    cpSync(join(root, file), join(output, FILES, file), { recursive: true });
    if (file.endsWith('/')) write(`${FILES}/${file}index.html`, folderPage(root, file, pages));
  }
  write('assets/icon.svg', ICON);
  write('assets/site.css', readFileSync(join(root, 'tools/site/site.css'), 'utf8'));
  const data = JSON.stringify(entriesOf(pages)).replaceAll('<', '\\u003c');
  write('assets/search-data.js', `globalThis.holdfastSections = ${data};\n`);
  await build({
    entryPoints: ['site', 'theme'].map((name) => join(root, `tools/site/client/${name}.mjs`)),
    outdir: join(output, 'assets'),
    bundle: true,
    minify: true,
    format: 'iife',
    target: 'es2022',
    legalComments: 'inline',
    logLevel: 'warning',
  });
}

function htmlOf(page: Page, pages: ReadonlyMap<string, Page>, linked: Set<string>): string {
  const { file, output, language, document } = page;
  const body = document.render((target) => {
    const found = resolveLink(file, target, pages);
    if (found.kind === 'elsewhere' || target.startsWith('#')) return target;
    if (found.kind === 'file') {
      linked.add(found.file);
      return relativeTo(output, `${FILES}/${found.file}`);
    }
    if (found.kind === 'folder') {
      linked.add(found.file);
      return relativeTo(output, `${FILES}/${found.file}index.html`);
    }
    const other = pages.get(found.file);
    if (other === undefined) throw new Error(`${file}: there is no page ${found.file}`);
    const anchor = found.anchor === '' ? '' : `#${encodeURIComponent(found.anchor)}`;
    return relativeTo(output, other.output) + anchor;
  });
  return framePage({
    ...{ title: document.title, language, output, body, headings: document.headings },
    menu: menuOf(language, pages),
    languages: languagesOf(page, pages),
  });
}

/** What a folder of the project holds, as a page: a site from files has no listings. */
function folderPage(root: string, folder: string, pages: ReadonlyMap<string, Page>): string {
  const files = readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(join(root, folder), join(entry.parentPath, entry.name)))
    .sort();
  const items = files.map((name) => {
    const href = name.split('/').map(encodeURIComponent).join('/');
    return `<li><a href="${href}">${escapeHtml(name)}</a></li>`;
  });
  return framePage({
    ...{ title: folder, language: 'en', output: `${FILES}/${folder}index.html`, headings: [] },
    body: `<h1>${escapeHtml(folder)}</h1>\n<ul>\n${items.join('\n')}\n</ul>\n`,
    menu: menuOf('en', pages),
    languages: { en: 'index.html', zh: 'zh/index.html', ru: 'ru/index.html' },
  });
}

function menuOf(language: Language, pages: ReadonlyMap<string, Page>): readonly MenuGroup[] {
  return NAVIGATION.map((group) => ({
    title: group.title[language],
    items: pagesOf(group, [...pages.keys()]).flatMap((file) => {
      const page = pages.get(translationOf(file, language)) ?? pages.get(file);
      if (page === undefined) return [];
      return [{ title: page.document.title, output: page.output, language: page.language }];
    }),
  })).filter(({ items }) => items.length > 0);
}

/** The same page in each language, or that language's first page. */
function languagesOf(
  { file, language }: Page,
  pages: ReadonlyMap<string, Page>,
): Readonly<Record<Language, string>> {
  const original = language === 'en' ? file : file.replace(`docs/${language}/`, 'docs/');
  const outputs = LANGUAGES.map((one) => {
    const page =
      pages.get(translationOf(original, one)) ?? pages.get(translationOf('docs/README.md', one));
    return [one, page?.output ?? 'index.html'];
  });
  return Object.fromEntries(outputs);
}

/** The sections of all pages, as they are searched. */
export function entriesOf(pages: ReadonlyMap<string, Page>): readonly Entry[] {
  return [...pages.values()].flatMap(({ output, language, document }) =>
    document.sections.map(({ heading, text }) => ({
      url: heading.level === 1 ? output : `${output}#${encodeURIComponent(heading.anchor)}`,
      page: document.title,
      heading: heading.text,
      text,
      language,
    })),
  );
}

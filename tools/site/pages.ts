/** The pages of the documentation as they stand in the project, and what is wrong with their links. */
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join, posix } from 'node:path';
import { type Document, parseDocument } from './markdown.ts';
import {
  type Language,
  languageOf,
  NAVIGATION,
  originalOf,
  outputOf,
  pagesOf,
} from './navigation.ts';

export interface Page {
  /** From the root of the project. */
  readonly file: string;
  readonly output: string;
  readonly language: Language;
  readonly document: Document;
}

export interface Source {
  readonly file: string;
  readonly text: string;
}

/** Pages that are made when the site is built; no file has them. */
export const GENERATED = ['docs/commands.md'];

const ROOT_PAGES = /^[A-Z]+\.md$/;

/** Every page that the project has: of docs/, and those beside it in capitals. */
export function listPages(root: string): string[] {
  const inside = readdirSync(join(root, 'docs'), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.md'))
    .map((name) => `docs/${name}`);
  return [...readdirSync(root).filter((name) => ROOT_PAGES.test(name)), ...inside].sort();
}

export function readSources(root: string): readonly Source[] {
  return listPages(root).map((file) => ({ file, text: readFileSync(join(root, file), 'utf8') }));
}

export function readPages(sources: readonly Source[]): ReadonlyMap<string, Page> {
  const pages = sources.map(({ file, text }): [string, Page] => [
    file,
    { file, output: outputOf(file), language: languageOf(file), document: parseDocument(text) },
  ]);
  return new Map(pages);
}

/** What the navigation table lacks, or has and nobody wrote; as sentences. */
export function navigationMistakes(files: readonly string[]): readonly string[] {
  const known = new Set(NAVIGATION.flatMap((group) => pagesOf(group, files)));
  const missing = files
    .filter((file) => !known.has(originalOf(file)))
    .map((file) =>
      originalOf(file) === file
        ? `${file} is in no group of tools/site/navigation.ts: add it where a reader looks for it`
        : `${file} translates ${originalOf(file)}, which is not there`,
    );
  const unwritten = [...known]
    .filter((file) => !files.includes(file) && !GENERATED.includes(file))
    .map((file) => `tools/site/navigation.ts names ${file}, which is not there`);
  return [...missing, ...unwritten];
}

/** Where a link of a page leads: elsewhere, to another page, or to a file of the project. */
export type Target =
  | { readonly kind: 'elsewhere' }
  | { readonly kind: 'page'; readonly file: string; readonly anchor: string }
  | { readonly kind: 'file'; readonly file: string }
  /** Without a page of its own; ends in a slash. */
  | { readonly kind: 'folder'; readonly file: string };

export function resolveLink(
  from: string,
  target: string,
  pages: ReadonlyMap<string, Page>,
): Target {
  if (/^[a-z]+:/.test(target)) return { kind: 'elsewhere' };
  const [path = '', anchor = ''] = target.split('#');
  const decoded = decodeURIComponent(path);
  const file = decoded === '' ? from : posix.normalize(posix.join(posix.dirname(from), decoded));
  const page = file.endsWith('/') ? `${file}README.md` : file;
  if (file.endsWith('/') && !pages.has(page)) return { kind: 'folder', file };
  if (page.endsWith('.md')) return { kind: 'page', file: page, anchor: decodeURIComponent(anchor) };
  return { kind: 'file', file };
}

/** Links that lead nowhere, as `file:line: what is wrong`. */
export function deadLinks(root: string, pages: ReadonlyMap<string, Page>): readonly string[] {
  return [...pages.values()].flatMap(({ file, document }) =>
    document.links.flatMap(({ target, line }) => {
      const wrong = whatIsWrong(root, pages, resolveLink(file, target, pages));
      return wrong === undefined ? [] : [`${file}:${line}: ${target}: ${wrong}`];
    }),
  );
}

function whatIsWrong(
  root: string,
  pages: ReadonlyMap<string, Page>,
  target: Target,
): string | undefined {
  if (target.kind === 'elsewhere') return undefined;
  if (target.kind === 'file') {
    const isThere =
      existsSync(join(root, target.file)) && statSync(join(root, target.file)).isFile();
    return isThere ? undefined : `there is no file ${target.file}`;
  }
  if (target.kind === 'folder') {
    return existsSync(join(root, target.file)) ? undefined : `there is no folder ${target.file}`;
  }
  const page = pages.get(target.file);
  if (page === undefined) return `there is no page ${target.file}`;
  if (target.anchor === '') return undefined;
  const isThere = page.document.headings.some(({ anchor }) => anchor === target.anchor);
  return isThere ? undefined : `${target.file} has no heading with the anchor ${target.anchor}`;
}

/** Markdown of the documentation: as HTML, as sections to search, and as the links that it has. */
import createMarkdownIt, { type MarkdownIt, type Token } from 'markdown-it';

export interface Heading {
  readonly level: number;
  readonly text: string;
  readonly anchor: string;
}

/** What stands below one heading, as text. */
export interface Section {
  readonly heading: Heading;
  readonly text: string;
}

export interface Link {
  readonly target: string;
  /** From 1. */
  readonly line: number;
}

export interface Document {
  /** The first heading. */
  readonly title: string;
  readonly headings: readonly Heading[];
  readonly sections: readonly Section[];
  readonly links: readonly Link[];
  /** As HTML; each target of a link or a picture goes through the function first. */
  render(relink: (target: string) => string): string;
}

/** A comment on lines of its own; a reader does not see it. */
export const COMMENT = 'comment';

export function createParser(): MarkdownIt {
  const parser = createMarkdownIt({ html: false, linkify: false });
  parser.block.ruler.before(
    'paragraph',
    COMMENT,
    (state, startLine, endLine, silent) => {
      const lineText = (line: number): string =>
        state.src.slice((state.bMarks[line] ?? 0) + (state.tShift[line] ?? 0), state.eMarks[line]);
      if (!lineText(startLine).startsWith('<!--')) return false;
      let last = startLine;
      while (last < endLine && !lineText(last).includes('-->')) last++;
      if (last >= endLine) return false;
      if (silent) return true;
      const token = state.push(COMMENT, '', 0);
      token.hidden = true;
      token.map = [startLine, last + 1];
      const lines = Array.from({ length: last + 1 - startLine }, (_, at) =>
        lineText(startLine + at),
      );
      token.content = lines
        .join('\n')
        .replace(/^<!--|-->\s*$/g, '')
        .trim();
      state.line = last + 1;
      return true;
    },
    { alt: ['paragraph', 'reference', 'blockquote', 'list'] },
  );
  parser.renderer.rules[COMMENT] = () => '';
  parser.renderer.rules.softbreak = (tokens, index) => breakOf(tokens, index);
  parser.renderer.rules.fence = (tokens, index) => renderCode(tokens[index] as Token);
  parser.renderer.rules.table_open = () => '<div class="table"><table>\n';
  parser.renderer.rules.table_close = () => '</table></div>\n';
  return parser;
}

/** Chinese has no blanks, so the end of a line of the source is none either. */
function breakOf(tokens: readonly Token[], index: number): string {
  const before = tokens[index - 1]?.content ?? '';
  const after = tokens[index + 1]?.content ?? '';
  const isChinese =
    /[\p{Script=Han}，。：；、）]$/u.test(before) && /^[\p{Script=Han}（]/u.test(after);
  return isChinese ? '' : '\n';
}

/** What is typed, and what is said about it, apart. */
function renderCode(token: Token): string {
  const language = token.info.trim().split(/\s+/)[0] ?? '';
  const lines = token.content.replace(/\n$/, '').split('\n').map(escapeHtml);
  const isTyped = ['sh', 'bash'].includes(language);
  const shown = lines.map((line) => {
    if (/^\s*#/.test(line)) return `<i>${line}</i>`;
    if (isTyped) return line.replace(/(\s#\s.*)$/, '<i>$1</i>');
    return /^\$ /.test(line) ? `<b>${line}</b>` : line;
  });
  const name = language === '' ? '' : ` class="language-${escapeHtml(language)}"`;
  return `<pre tabindex="0"><code${name}>${shown.join('\n')}</code></pre>\n`;
}

export function escapeHtml(text: string): string {
  const names: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };
  return text.replace(/[&<>"]/g, (character) => names[character] ?? character);
}

/** GitHub's anchor of a heading. */
export function slugOf(text: string): string {
  return text
    .trim()
    .toLowerCase()
    .replace(/[^\p{L}\p{M}\p{N}\p{Pc}\- ]/gu, '')
    .replaceAll(' ', '-');
}

export function plainText(token: Token): string {
  return (token.children ?? [])
    .map((child, index, all) =>
      child.type === 'softbreak' ? breakOf(all, index).replace('\n', ' ') : child.content,
    )
    .join('');
}

export function parseDocument(text: string): Document {
  const parser = createParser();
  const tokens = parser.parse(text, {});
  const headings = findHeadings(tokens);
  return {
    title: headings[0]?.text ?? '',
    headings,
    sections: findSections(tokens, headings),
    links: findLinks(tokens),
    render: (relink) => {
      for (const token of tokens.flatMap((block) => block.children ?? []))
        relinkToken(token, relink);
      return parser.renderer.render(tokens, parser.options, {});
    },
  };
}

/** Gives each heading its anchor, as GitHub does. */
function findHeadings(tokens: readonly Token[]): readonly Heading[] {
  const used = new Map<string, number>();
  return tokens.flatMap((token, index) => {
    const content = tokens[index + 1];
    if (token.type !== 'heading_open' || content === undefined) return [];
    const text = plainText(content);
    const slug = slugOf(text);
    const count = used.get(slug) ?? 0;
    used.set(slug, count + 1);
    const anchor = count === 0 ? slug : `${slug}-${count}`;
    token.attrSet('id', anchor);
    return [{ level: Number(token.tag.slice(1)), text, anchor }];
  });
}

function findSections(tokens: readonly Token[], headings: readonly Heading[]): readonly Section[] {
  const texts: string[][] = headings.map(() => []);
  let at = -1;
  let isHeading = false;
  for (const token of tokens) {
    if (token.type === 'heading_open') at++;
    if (token.type === 'heading_open' || token.type === 'heading_close') {
      isHeading = token.type === 'heading_open';
      continue;
    }
    if (isHeading) continue;
    if (token.type === 'inline') texts[at]?.push(plainText(token));
    if (token.type === 'fence' || token.type === 'code_block') texts[at]?.push(token.content);
  }
  return headings.map((heading, index) => {
    const text = (texts[index] ?? []).join(' ').replace(/\s+/g, ' ').trim();
    return { heading, text };
  });
}

function findLinks(tokens: readonly Token[]): readonly Link[] {
  return tokens.flatMap((block) => {
    const line = (block.map?.[0] ?? 0) + 1;
    return (block.children ?? []).flatMap((token) => {
      const target = token.attrGet('href') ?? token.attrGet('src');
      return target === null ? [] : [{ target: String(target), line }];
    });
  });
}

function relinkToken(token: Token, relink: (target: string) => string): void {
  for (const name of ['href', 'src']) {
    const target = token.attrGet(name);
    if (target !== null) token.attrSet(name, relink(String(target)));
  }
}

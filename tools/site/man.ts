/** Man pages of the documentation: the same Markdown as roff. holdfast(8) itself is tools/packages/manual.ts. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Token } from 'markdown-it';
import { createParser, plainText } from './markdown.ts';

export interface ManEntry {
  readonly name: string;
  /** 5: files, 7: what there is to know, 8: commands. */
  readonly section: 5 | 7 | 8;
  readonly file: string;
}

export const MAN_PAGES: readonly ManEntry[] = [
  { name: 'holdfast-control', section: 8, file: 'docs/control.md' },
  { name: 'holdfast-doctor', section: 8, file: 'docs/doctor.md' },
  { name: 'holdfast-haproxy', section: 8, file: 'docs/proxy.md' },
  { name: 'holdfast-kubernetes', section: 8, file: 'docs/kubernetes.md' },
  { name: 'holdfast-lint', section: 8, file: 'docs/lint/README.md' },
  { name: 'holdfast-plan', section: 8, file: 'docs/plan.md' },
  { name: 'holdfast-simulate', section: 8, file: 'docs/simulate.md' },
  { name: 'holdfast-upgrade', section: 8, file: 'docs/upgrade.md' },
  { name: 'holdfast-haproxy.cfg', section: 5, file: 'docs/haproxy-compatibility.md' },
  { name: 'holdfast-keepalived.conf', section: 5, file: 'docs/keepalived-compatibility.md' },
  { name: 'holdfast-errors', section: 7, file: 'docs/errors.md' },
  { name: 'holdfast-metrics', section: 7, file: 'docs/metrics.md' },
  { name: 'holdfast-runbook', section: 7, file: 'docs/runbook.md' },
  { name: 'holdfast-virtual-servers', section: 7, file: 'docs/virtual-servers.md' },
];

export interface ManText {
  /** `holdfast-plan.8`. */
  readonly name: string;
  readonly text: string;
}

export interface ManOptions {
  readonly version: string;
  /** Day of the pages, `2026-11-26`. */
  readonly date: string;
}

/** All of them; `root` is the project's. */
export function manPages(root: string, options: ManOptions): readonly ManText[] {
  return MAN_PAGES.map((entry) => {
    const text = readFileSync(join(root, entry.file), 'utf8');
    return { name: `${entry.name}.${entry.section}`, text: manPageOf(entry, text, options) };
  });
}

export function manPageOf(
  { name, section }: Pick<ManEntry, 'name' | 'section'>,
  text: string,
  { version, date }: ManOptions,
): string {
  const tokens = createParser().parse(text, {});
  const titleAt = tokens.findIndex(({ type }) => type === 'heading_open');
  const title = tokens[titleAt + 1];
  const lines = new Roff(tokens.slice(titleAt + 3)).lines();
  return `.TH ${name.toUpperCase()} ${section} "${date}" "holdfast ${version}"
.SH NAME
${escapeText(name)} \\- ${title === undefined ? '' : escapeText(plainText(title))}
.SH DESCRIPTION
${lines.join('\n')}
.SH SEE ALSO
.BR holdfast (8)
`;
}

class Roff {
  readonly #tokens: readonly Token[];
  readonly #lines: string[] = [];
  #row: string[] = [];
  #heads: string[] = [];
  #lists = 0;
  /** The next paragraph stands behind the mark of a list. */
  #isMarked = false;

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens;
  }

  lines(): readonly string[] {
    this.#tokens.forEach((token, index) => {
      this.#take(token, this.#tokens[index - 1]);
    });
    return this.#lines;
  }

  #take(token: Token, before: Token | undefined): void {
    switch (token.type) {
      case 'heading_open':
        this.#lines.push(token.tag === 'h2' ? '.SH' : '.SS');
        return;
      case 'paragraph_open':
        if (!this.#isMarked) this.#lines.push('.PP');
        this.#isMarked = false;
        return;
      case 'inline':
        this.#takeInline(token, before?.type ?? '');
        return;
      case 'fence':
      case 'code_block':
        this.#lines.push('.PP', '.RS 4', '.nf');
        this.#lines.push(...token.content.trimEnd().split('\n').map(lineOf), '.fi', '.RE');
        return;
      default:
        this.#takeFrame(token.type);
    }
  }

  #takeFrame(type: string): void {
    if (type === 'bullet_list_open' || type === 'ordered_list_open') {
      if (this.#lists++ > 0) this.#lines.push('.RS 2');
    } else if (type === 'bullet_list_close' || type === 'ordered_list_close') {
      if (--this.#lists > 0) this.#lines.push('.RE');
    } else if (type === 'list_item_open') {
      this.#lines.push('.IP \\(bu 2');
      this.#isMarked = true;
    } else if (type === 'thead_open') this.#heads = [];
    else if (type === 'tr_open') this.#row = [];
    else if (type === 'thead_close') this.#heads = this.#row;
    else if (type === 'tr_close' && this.#heads !== this.#row) this.#endRow();
  }

  #takeInline(token: Token, opened: string): void {
    const text = inlineOf(token);
    if (opened === 'th_open' || opened === 'td_open') this.#row.push(text);
    else if (opened === 'heading_open') {
      // As its argument: quotes end it.
      const at = this.#lines.length - 1;
      this.#lines[at] = `${this.#lines[at]} "${text.replaceAll('"', '\\(dq')}"`;
    } else this.#lines.push(guard(text));
  }

  /** What the first cell says stands alone; each other one behind its head. */
  #endRow(): void {
    const [first = '', ...rest] = this.#row;
    if (this.#heads.length === 0 || this.#row.join('') === '') return;
    const cells = rest.flatMap((cell, index) => {
      const head = this.#heads[index + 1] ?? '';
      if (cell === '') return [];
      return [rest.length < 2 || head === '' ? cell : `${head}: ${cell}`];
    });
    this.#lines.push(
      '.TP',
      guard(first === '' ? '\\(bu' : first),
      guard(cells.join('; ') || '\\&'),
    );
  }
}

function inlineOf(token: Token): string {
  const parts = (token.children ?? []).map((child) => {
    const { type, content } = child;
    if (type === 'code_inline') return `\\fB${escapeText(content)}\\fR`;
    if (type === 'strong_open') return '\\fB';
    if (type === 'em_open') return '\\fI';
    if (type === 'strong_close' || type === 'em_close') return '\\fR';
    return type === 'softbreak' ? ' ' : escapeText(content);
  });
  return parts.join('');
}

function escapeText(text: string): string {
  return text.replaceAll('\\', '\\e').replaceAll('-', '\\-');
}

/** A line that begins with a dot or an apostrophe would be a request. */
function guard(text: string): string {
  return text.replace(/^([.'])/, '\\&$1');
}

function lineOf(text: string): string {
  return text === '' ? '.sp' : guard(escapeText(text));
}

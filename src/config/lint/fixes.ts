/** What may be mended without asking: nothing that runs changes by it. */
import type { Diagnostic } from '../../base/diagnostics.ts';
import { once } from './lines.ts';
import type { Fix, Source } from './types.ts';

/** Codes of our readers with the line as it should be; undefined where it cannot be told. */
const MENDED: Readonly<Record<string, (line: string, column: number) => string | undefined>> = {
  'slash-comment-behind': (line, column) =>
    line.slice(column - 1, column + 1) === '//'
      ? `${line.slice(0, column - 1)}#${line.slice(column + 1)}`
      : undefined,
  // With a brace keepalived counts a block, with or without us.
  'slash-comment': (line) => (/^\s*\/\/[^{}"]*$/.test(line) ? line.replace('//', '#') : undefined),
  'no-final-newline': (line) => `${line}\n`,
};

export const FIXABLE: ReadonlySet<string> = new Set(Object.keys(MENDED));

export function fixOf(diagnostic: Diagnostic, sources: readonly Source[]): Fix | undefined {
  const mend = MENDED[diagnostic.code];
  const source = sources.find(({ path }) => path === diagnostic.file);
  if (mend === undefined || source === undefined) return undefined;
  const line = linesOf(source)[diagnostic.line - 1];
  if (line === undefined) return undefined;
  const text = mend(line, diagnostic.column);
  return text === undefined ? undefined : { line: diagnostic.line, text };
}

const linesOf = once(({ text }: Source): readonly string[] => text.split('\n'));

/** All other bytes stay as they are. */
export function applyFixes(text: string, fixes: readonly Fix[]): string {
  const lines = text.split('\n');
  for (const { line, text: mended } of fixes) lines[line - 1] = mended;
  return lines.join('\n');
}

/** The page of a rule: what --explain prints and docs/lint/ holds. */
import type { Rule } from '../types.ts';

export function pageOf({ code, severity, title, explanation, bad, good }: Rule): string {
  const files = (examples: Rule['bad']): string =>
    Object.entries(examples)
      .map(([name, text]) => {
        const fence = text.includes('```') ? '~~~~' : '```';
        return `${name}:\n\n${fence}\n${text.trimEnd()}\n${fence}\n`;
      })
      .join('\n');
  return `# ${code}\n\n${title} (${severity})\n\n${explanation}\n\n## Bad\n\n${files(bad)}\n## Good\n\n${files(good)}`;
}

export function indexOf(rules: readonly Rule[]): string {
  const rows = rules
    .toSorted((a, b) => (a.code < b.code ? -1 : 1))
    .map(({ code, severity, title }) => `| [\`${code}\`](${code}.md) | ${severity} | ${title} |`);
  return `${[
    '# What holdfast lint says',
    '',
    '`holdfast lint FILE...` says these, and of each file what [docs/errors.md](../errors.md) lists. A line',
    '`# holdfast-lint: ignore CODE` keeps one silent about the next line; behind a line, about that line.',
    '',
    '| Code | Severity | Meaning |',
    '| --- | --- | --- |',
    ...rows,
  ].join('\n')}\n`;
}

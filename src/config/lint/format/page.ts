/** The page of a rule: what --explain prints and docs/lint/ holds. */
import type { Rule } from '../types.ts';

export function pageOf(rule: Rule): string {
  const { code, severity, title, explanation, bad, good, badMode } = rule;
  const files = (named: Rule['bad'], mode?: number): string =>
    Object.entries(named)
      .map(([name, text]) => {
        const fence = text.includes('```') ? '~~~~' : '```';
        const shown = mode === undefined ? name : `${name} (mode 0${mode.toString(8)})`;
        return `${shown}:\n\n${fence}\n${text.trimEnd()}\n${fence}\n`;
      })
      .join('\n');
  const examples = `## Bad

${files(bad, badMode)}
## Good

${files(good)}`;
  return `# ${code}

${title} (${severity})

${explanation}

${examples}`;
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
    '[Before a commit, in CI and in an editor](../lint-in-ci.md).',
    '',
    '| Code | Severity | Meaning |',
    '| --- | --- | --- |',
    ...rows,
  ].join('\n')}\n`;
}

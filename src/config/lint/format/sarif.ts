/** Findings as SARIF 2.1.0, for the pages of forges and editors. */
import { RULES } from '../registry.ts';
import type { Finding, LintSeverity } from '../types.ts';

const LEVELS: Readonly<Record<LintSeverity, string>> = {
  error: 'error',
  warning: 'warning',
  info: 'note',
};

export function formatSarif(findings: readonly Finding[], version: string): string {
  const codes = [...new Set(findings.map(({ code }) => code))].sort();
  const rules = codes.map((id) => {
    const rule = RULES.find(({ code }) => code === id);
    if (rule === undefined) return { id };
    const { title, explanation } = rule;
    return { id, shortDescription: { text: title }, fullDescription: { text: explanation } };
  });
  const results = findings.map(({ code, severity, message, hint, file, line, column }) => ({
    ruleId: code,
    ruleIndex: codes.indexOf(code),
    level: LEVELS[severity],
    message: { text: hint === undefined ? message : `${message} (${hint})` },
    locations: [
      {
        physicalLocation: {
          artifactLocation: { uri: encodeURI(file) },
          region: { startLine: line, startColumn: column },
        },
      },
    ],
  }));
  const log = {
    $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
    version: '2.1.0',
    runs: [
      {
        tool: { driver: { name: 'holdfast', version, rules } },
        columnKind: 'utf16CodeUnits',
        results,
      },
    ],
  };
  return `${JSON.stringify(log, null, 2)}\n`;
}

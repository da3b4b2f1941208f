/** Findings for people: the line that is meant, with a mark below it. */
import { formatDiagnostic } from '../../../base/diagnostics.ts';
import type { Finding, Source } from '../types.ts';

export function formatText(findings: readonly Finding[], sources: readonly Source[]): string {
  const lines = new Map(sources.map(({ path, text }) => [path, text.split('\n')]));
  return findings
    .map((finding) => {
      const line = lines.get(finding.file)?.[finding.line - 1]?.replace(/\r$/, '') ?? '';
      const said = formatDiagnostic(finding);
      if (line.trim() === '') return `${said}\n`;
      const number = `${finding.line}`;
      const shown = hideSecrets(line);
      const before = shown.slice(0, finding.column - 1).replace(/[^\t]/g, blankOf);
      return `${said}\n  ${number} | ${shown}\n  ${' '.repeat(number.length)} | ${before}^\n`;
    })
    .join('');
}

/** Chinese and Japanese characters take two columns of a terminal. */
function blankOf(character: string): string {
  return /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\uff00-\uff60]/.test(character)
    ? '  '
    : ' ';
}

/** What stands behind a word for a secret, in as many stars. */
export function hideSecrets(line: string): string {
  return line.replace(
    /(\b(?:auth_pass|auth|peer_key|password)\s+|PASS(?:WORD)?=)(["']?[^\s"']+)/gi,
    (_all, before: string, secret: string) => `${before}${'*'.repeat(secret.length)}`,
  );
}

export function countOf(findings: readonly Finding[]): string {
  const count = (severity: Finding['severity']): number =>
    findings.filter((finding) => finding.severity === severity).length;
  return `${count('error')} errors, ${count('warning')} warnings, ${count('info')} notes\n`;
}

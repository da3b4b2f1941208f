/** Files of one or several nodes in, what is wrong with them out: the public entry of this folder. */
import type { Diagnostic } from '../../base/diagnostics.ts';
import type { ConfigFiles } from '../keepalived/files.ts';
import { fixOf } from './fixes.ts';
import { RULES } from './registry.ts';
import { readSubject } from './subject.ts';
import type { Finding, LintHost, LintSeverity, Source } from './types.ts';

export interface LintOptions {
  readonly host?: LintHost;
  /** Where includes are found that are not among the sources. */
  readonly files?: ConfigFiles;
  /** Only these codes, where there are any. */
  readonly only?: readonly string[];
  readonly ignore?: readonly string[];
}

export function lint(sources: readonly Source[], options: LintOptions = {}): readonly Finding[] {
  const { subject, diagnostics } = readSubject(sources, options);
  const own = RULES.flatMap(({ code, severity, check }): Finding[] =>
    [...check(subject)].map(({ at, message, hint, ...found }) => ({
      code,
      severity: found.severity ?? severity,
      ...at,
      message,
      ...(hint !== undefined && { hint }),
    })),
  );
  const read = diagnostics.map((diagnostic): Finding => {
    const fix = fixOf(diagnostic, sources);
    const severity = severityOf(diagnostic);
    return { ...diagnostic, severity, ...(fix !== undefined && { fix }) };
  });
  const { only = [], ignore = [] } = options;
  const isWanted = ({ code }: Diagnostic): boolean =>
    (only.length === 0 || only.includes(code)) && !ignore.includes(code);
  const ignored = ignoredLines(sources);
  const found = [...own, ...read].filter(
    (finding) => isWanted(finding) && !ignored(finding.file, finding.line, finding.code),
  );
  const order = new Map(sources.map(({ path }, index) => [path, index]));
  return unique(found).toSorted(
    (a, b) =>
      (order.get(a.file) ?? 0) - (order.get(b.file) ?? 0) ||
      a.line - b.line ||
      a.column - b.column ||
      (a.code < b.code ? -1 : 1),
  );
}

/** Where lint judges otherwise than the readers, which speak for one program on one host. */
const JUDGED: ReadonlyMap<string, LintSeverity> = new Map([
  // What holdfast does not do says nothing of the configuration.
  ...['not-yet', 'not-supported', 'not-applied'].map((code) => [code, 'info'] as const),
  // HAProxy from 3.3 on does not start with it.
  ['same-name', 'warning'],
  // It is tracked, as it was meant.
  ['own-interface-tracked', 'info'],
]);

function severityOf({ code, severity }: Diagnostic): LintSeverity {
  const judged = JUDGED.get(code);
  if (judged !== undefined) return judged;
  return severity === 'warning' || severity === 'info' ? severity : 'error';
}

/** A template that several hosts share says the same of each. */
function unique(findings: readonly Finding[]): readonly Finding[] {
  const key = ({ code, file, line, column, message }: Finding): string =>
    `${code} ${file}:${line}:${column} ${message}`;
  return [...new Map(findings.map((finding) => [key(finding), finding])).values()];
}

const COMMENT = /(?:#|!|<!--)\s*holdfast-lint:\s*ignore\s+([\w ,-]+)/;

/** `# holdfast-lint: ignore CODE...` is about its own line, and about the next where it stands alone. */
function ignoredLines(
  sources: readonly Source[],
): (file: string, line: number, code: string) => boolean {
  const keys = new Set<string>();
  for (const { path, text } of sources) {
    for (const [index, line] of text.split('\n').entries()) {
      const [all, codes = ''] = COMMENT.exec(line) ?? [];
      if (all === undefined) continue;
      const isAlone = /^\s*(?:#|!|<!--)/.test(line);
      for (const code of codes.split(/[\s,]+/))
        keys.add(`${path}:${index + (isAlone ? 2 : 1)}:${code}`);
    }
  }
  return (file, line, code) => keys.has(`${file}:${line}:${code}`);
}

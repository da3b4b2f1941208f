/** From facts to findings. */
import type { Facts } from './facts.ts';
import { CHECKS } from './registry.ts';
import type { Diagnosis, DoctorFinding, DoctorSeverity } from './types.ts';

export interface DiagnoseOptions {
  /** Codes; all where empty. */
  readonly only?: readonly string[];
  readonly ignore?: readonly string[];
}

const ORDER: readonly DoctorSeverity[] = ['error', 'warning', 'info'];

export function diagnose(
  facts: Facts,
  { only = [], ignore = [] }: DiagnoseOptions = {},
): Diagnosis {
  const findings: DoctorFinding[] = [];
  const checked: string[] = [];
  const unknown: { code: string; why: string }[] = [];
  for (const check of CHECKS) {
    const { code, severity, explanation } = check;
    if ((only.length > 0 && !only.includes(code)) || ignore.includes(code)) continue;
    const why = check.unknown?.(facts);
    if (why !== undefined) {
      unknown.push({ code, why });
      continue;
    }
    checked.push(code);
    for (const found of check.judge(facts))
      findings.push({ code, severity, explanation, ...found });
  }
  return {
    findings: findings.toSorted((a, b) => ORDER.indexOf(a.severity) - ORDER.indexOf(b.severity)),
    checked,
    unknown,
  };
}

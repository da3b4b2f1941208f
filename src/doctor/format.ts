/** A diagnosis for people and for programs, and the page of all checks. */
import { CLOUDS } from './checks/cloud.ts';
import { CHECKS } from './registry.ts';
import { commandOf } from './steps.ts';
import type { Diagnosis, DoctorCheck, DoctorFinding, Topic } from './types.ts';

const TOPICS: Readonly<Record<Topic, string>> = {
  program: 'the program and what runs beside it',
  kernel: 'the kernel',
  rights: 'capabilities and scheduling',
  clock: 'the clock',
  settings: 'settings under /proc/sys',
  firewall: 'the firewall',
  managers: 'network managers',
  cloud: 'the cloud',
  neighbours: 'others that speak VRRP',
};

export function formatDiagnosis(diagnosis: Diagnosis): string {
  const { findings, checked, unknown } = diagnosis;
  const said = findings.map(formatFinding).join('');
  const looked = Object.entries(TOPICS).flatMap(([topic, name]) => {
    const codes = CHECKS.filter((one) => one.topic === topic && checked.includes(one.code));
    return codes.length === 0
      ? []
      : [`checked: ${name} (${codes.map(({ code }) => code).join(', ')})\n`];
  });
  const reasons = [...new Set(unknown.map(({ why }) => why))];
  const missed = reasons.map((reason) => {
    const codes = unknown.filter(({ why }) => why === reason).map(({ code }) => code);
    return `not checked: ${codes.join(', ')}: ${reason}\n`;
  });
  return `${said}${looked.join('')}${missed.join('')}${countOf(findings)}`;
}

function formatFinding(finding: DoctorFinding): string {
  const { severity, message, code, explanation, steps } = finding;
  const commands = steps.map((step) => {
    const mark = step.kind === 'by-hand' ? '' : '   # --fix does it';
    return `    ${commandOf(step)}${mark}\n`;
  });
  return `${severity}: ${message} [${code}]\n  ${explanation}\n${commands.join('')}`;
}

function countOf(findings: readonly DoctorFinding[]): string {
  const count = (severity: DoctorFinding['severity']): number =>
    findings.filter((one) => one.severity === severity).length;
  return `${count('error')} errors, ${count('warning')} warnings, ${count('info')} notes\n`;
}

export function diagnosisJson({ findings, checked, unknown }: Diagnosis) {
  return {
    findings: findings.map(({ steps, ...finding }) => ({
      ...finding,
      commands: steps.map(commandOf),
      fixable: isFixable({ steps }),
    })),
    checked,
    notChecked: unknown,
  };
}

export function isFixable({ steps }: Pick<DoctorFinding, 'steps'>): boolean {
  return steps.some(({ kind }) => kind !== 'by-hand');
}

/** What `--explain CODE` prints. */
export function explainCheck({ code, severity, title, explanation, mend }: DoctorCheck): string {
  return (
    `${code} (${severity}): ${title}.\n\n${explanation}\n\nWhat mends it: ` +
    `${mend}\n${code === 'cloud-holds-addresses' ? cloudLines() : ''}`
  );
}

function cloudLines(): string {
  return CLOUDS.map(({ name, allows, instead }) => `- ${name}: ${allows}; or ${instead}\n`).join(
    '',
  );
}

/** docs/doctor.md below its introduction. */
export function checksPage(): string {
  const sections = Object.entries(TOPICS).map(([topic, name]) => {
    const rows = CHECKS.filter((one) => one.topic === topic).map(
      ({ code, severity, title, explanation, mend }) =>
        `### ${code}\n\nLooks ${title} (${severity}).\n\n${explanation}\n\n**What mends ` +
        `it:** ${mend}\n`,
    );
    const heading = `## ${name.charAt(0).toUpperCase()}${name.slice(1)}`;
    return `${heading}\n\n${rows.join('\n')}${topic === 'cloud' ? cloudTable() : ''}`;
  });
  return sections.join('\n');
}

function cloudTable(): string {
  const rows = CLOUDS.map(
    ({ name, signs, allows, instead }) =>
      `| ${name} | ${signs.map(([file]) => `\`${file}\``).join(', ')} | ${allows} | ${instead} |`,
  );
  return (
    '\n| Cloud | Known by, in /sys/class/dmi/id | What lets an address move | Instead |\n| ' +
    `--- | --- | --- | --- |\n${rows.join('\n')}\n`
  );
}

/** `holdfast doctor`: gathers, judges, mends where asked, and judges again. */
import { type DiagnoseOptions, diagnose } from '../../doctor/diagnose.ts';
import { diagnosisJson, formatDiagnosis } from '../../doctor/format.ts';
import type { Diagnosis } from '../../doctor/types.ts';
import { type GatherOptions, gather } from './gather.ts';
import { mend, type Outcome, undo } from './mend.ts';

export interface DoctorArguments extends GatherOptions, DiagnoseOptions {
  readonly action: 'look' | 'fix' | 'undo';
  readonly format: 'text' | 'json';
  readonly strictness: 'errors' | 'warnings';
}

/** Resolves with the exit code. */
export async function runDoctor(options: DoctorArguments): Promise<number> {
  const { action, format, strictness } = options;
  if (action === 'undo') {
    const outcomes = undo();
    print(
      format,
      { mended: outcomes },
      formatOutcomes(outcomes) || 'nothing is to be taken back\n',
    );
    return outcomes.some(({ state }) => state === 'failed') ? 1 : 0;
  }
  let diagnosis = diagnose(await gather(options), options);
  let outcomes: readonly Outcome[] = [];
  if (action === 'fix') {
    outcomes = mend(diagnosis.findings.flatMap(({ steps }) => steps));
    if (outcomes.length > 0) diagnosis = diagnose(await gather(options), options);
  }
  const json = { ...diagnosisJson(diagnosis), ...(action === 'fix' && { mended: outcomes }) };
  print(format, json, formatOutcomes(outcomes) + formatDiagnosis(diagnosis));
  return exitCode(diagnosis, strictness);
}

function print(format: 'text' | 'json', json: unknown, text: string): void {
  process.stdout.write(format === 'json' ? `${JSON.stringify(json)}\n` : text);
}

const SAID = {
  done: 'mended',
  there: 'is so already',
  failed: 'NOT mended',
  'taken back': 'taken back',
} as const;

function formatOutcomes(outcomes: readonly Outcome[]): string {
  const lines = outcomes.map(({ state, command, message }) => {
    const why = message === undefined ? '' : ` (${message})`;
    return `${SAID[state]}: ${command}${why}\n`;
  });
  return lines.join('');
}

function exitCode({ findings }: Diagnosis, strictness: DoctorArguments['strictness']): number {
  const counts = strictness === 'warnings' ? ['error', 'warning'] : ['error'];
  return findings.some(({ severity }) => counts.includes(severity)) ? 1 : 0;
}

/** What was foretold beside what was measured, as figures and as a table in Markdown. */
import { median, quantile } from '../support/figures.ts';
import { caseName, type ForecastCase } from './cases.ts';
import type { Foretold } from './foretell.ts';
import type { Measured } from './measure.ts';

/**
 * Of the measured median. Of some milliseconds a share says nothing: they are what hosts, the switch and a
 * client that asks once a millisecond take, and the simulator's typical value is of the protocol alone.
 */
const TYPICAL_SHARE = 0.15;
export const TYPICAL_MS = 15;
/** Of fewer rounds in which the client was not held up nothing can be said. */
const ROUNDS_MIN = 3;

export interface CaseResult {
  readonly one: ForecastCase;
  readonly foretold: Foretold;
  readonly rounds: readonly Measured[];
}

export interface Verdict {
  readonly inRange: number;
  readonly isNarrow: boolean;
  readonly isTypical: boolean;
}

function valuesOf({ foretold, rounds }: CaseResult): readonly number[] {
  return rounds.map((round) => (foretold.what === 'gap' ? round.gapMs : round.takeoverMs));
}

export function judgeCase(result: CaseResult): Verdict {
  const { foretold } = result;
  const values = valuesOf(result);
  const middle = median(values);
  const off = Math.abs(foretold.typical - middle);
  return {
    inRange: values.filter((one) => one >= foretold.least && one <= foretold.most).length,
    isNarrow: foretold.most - foretold.least <= foretold.widthMax,
    isTypical: off <= Math.max(TYPICAL_MS, TYPICAL_SHARE * middle),
  };
}

export function holds(result: CaseResult): boolean {
  const { inRange, isNarrow, isTypical } = judgeCase(result);
  const isKnown = result.rounds.length >= ROUNDS_MIN;
  return isKnown && inRange === result.rounds.length && isNarrow && isTypical;
}

function verdictOf(result: CaseResult): string {
  if (result.rounds.length < ROUNDS_MIN) return 'too few';
  return holds(result) ? 'yes' : 'NO';
}

const ms = (value: number): string => value.toFixed(0);

export function markdownOf(results: readonly CaseResult[]): string {
  const heads = ['what happens', 'programs', 'of', 'foretold: best, typical, worst (ms)'];
  const rows = results.map((result) => {
    const { one, foretold, rounds } = result;
    const values = valuesOf(result);
    const { inRange } = judgeCase(result);
    const programs =
      one.master === one.successor ? one.master : `${one.master}, then ${one.successor}`;
    const what = foretold.what === 'gap' ? 'nobody serves' : 'another serves';
    const middle = median(values);
    const isShort = TYPICAL_SHARE * middle < TYPICAL_MS;
    const off = isShort
      ? `${ms(foretold.typical - middle)} ms`
      : `${(100 * (foretold.typical / middle - 1)).toFixed(1)} %`;
    return [
      ...[caseName(one), programs, what],
      [foretold.least, foretold.typical, foretold.most].map(ms).join(', '),
      [quantile(values, 0), middle, quantile(values, 1)].map(ms).join(', '),
      ...[`${inRange} of ${rounds.length}`, off, verdictOf(result)],
    ];
  });
  const all = [
    [...heads, 'measured: least, median, most (ms)', 'in range', 'typical off by', 'holds'],
    heads.map(() => '---').concat(['---', '---', '---', '---']),
    ...rows,
  ];
  return all.map((row) => `| ${row.join(' | ')} |\n`).join('');
}

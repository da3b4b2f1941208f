import type { TestRecord } from './test-reporter.ts';

/** Prints troubles and the last line, `N passed, N failed, N skipped`; returns the exit status. */
export function printTally(
  records: readonly TestRecord[],
  /** A number, or the name of a signal. */
  status: number | string | undefined,
  others: readonly string[],
): number {
  const count = (outcome: TestRecord['outcome']): number =>
    records.filter((record) => record.outcome === outcome).length;
  const isUntold = status !== undefined && status !== 0 && count('failed') === 0;
  const troubles = [
    ...others,
    ...(isUntold ? [`the tests ended with status ${status}`] : []),
    ...(records.length === 0 ? ['no test ran'] : []),
  ];
  for (const trouble of troubles) console.log(`FAILED  ${trouble}`);
  const failed = count('failed') + troubles.length;
  console.log(`${count('passed')} passed, ${failed} failed, ${count('skipped')} skipped`);
  return failed > 0 ? 1 : 0;
}

export interface ProxyFuzzOptions {
  readonly seed: number;
  readonly count: number;
  readonly onProgress?: (done: number, failures: number) => void;
}

export interface ProxyFuzzReport {
  readonly part: string;
  readonly count: number;
  /** What came of them, and how often: a fuzzer that sees one outcome only tests nothing. */
  readonly outcomes: ReadonlyMap<string, number>;
  readonly failures: readonly string[];
}

export const FAILURES_MAX = 20;

export class Tally {
  readonly outcomes = new Map<string, number>();
  readonly failures: string[] = [];

  count(outcome: string): void {
    this.outcomes.set(outcome, (this.outcomes.get(outcome) ?? 0) + 1);
  }

  fail(input: Uint8Array | string, error: unknown): void {
    const said = error instanceof Error ? (error.stack ?? error.message) : String(error);
    const shown = typeof input === 'string' ? input : Buffer.from(input).toString('latin1');
    this.failures.push(`${JSON.stringify(shown.slice(0, 2000))}: ${said.slice(0, 2000)}`);
  }

  get isFull(): boolean {
    return this.failures.length >= FAILURES_MAX;
  }

  report(part: string, count: number): ProxyFuzzReport {
    return { part, count, outcomes: this.outcomes, failures: this.failures };
  }
}

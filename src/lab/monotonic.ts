/** Milliseconds of CLOCK_MONOTONIC with a fraction: the same axis in every process of the machine. */
export function monotonicMs(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}

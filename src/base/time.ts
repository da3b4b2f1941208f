/** Integer microseconds on a monotonic axis whose origin means nothing. */
export type Micros = number & { readonly unit: 'us' };

export const ZERO = 0 as Micros;
export const MICROS_PER_SECOND = 1_000_000;
export const MICROS_PER_CENTISECOND = 10_000;

/** Brands a number of microseconds; rounds to an integer. */
export function micros(value: number): Micros {
  return Math.round(value) as Micros;
}

export function millis(value: number): Micros {
  return Math.round(value * 1000) as Micros;
}

export function seconds(value: number): Micros {
  return Math.round(value * MICROS_PER_SECOND) as Micros;
}

export function addMicros(a: Micros, b: number): Micros {
  return (a + b) as Micros;
}

export function toSeconds(value: Micros): number {
  return value / MICROS_PER_SECOND;
}

/** The earlier of two instants, either of which may be missing. */
export function earliest(a: Micros | undefined, b: Micros | undefined): Micros | undefined {
  if (a === undefined) return b;
  if (b === undefined) return a;
  return a < b ? a : b;
}

/** Times and holders as people read them. */
import type { Range } from '../../sim/forecast/types.ts';

/** `3.15 s`, `0.65 s`, `21 ms`, `0`. */
export function secondsText(micros: number): string {
  if (micros === 0) return '0';
  if (micros < 100_000) return `${Math.max(1, Math.round(micros / 1000))} ms`;
  return `${(micros / 1e6).toFixed(2)} s`;
}

/** `2.65 / 3.15 / 3.67 s`: at best, typically, at worst. */
export function rangeText({ least, typical, most }: Range): string {
  if (most === 0) return '0';
  if (most < 100_000) return `< ${Math.ceil(most / 10_000) * 10} ms`;
  return `${[least, typical, most].map((value) => (value / 1e6).toFixed(2)).join(' / ')} s`;
}

export function holdersText(holders: readonly string[]): string {
  if (holders.length === 0) return 'nobody';
  return holders.join(' and ');
}

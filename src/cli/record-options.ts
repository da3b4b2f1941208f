import { resolve } from 'node:path';
import type { DaemonOptions } from '../daemon/options.ts';

const DEFAULT_LIMIT = '256M';
const UNITS: Readonly<Record<string, number>> = { '': 1, K: 2 ** 10, M: 2 ** 20, G: 2 ** 30 };
/** Below that not even the beginning of a small one fits. */
const LIMIT_MIN_BYTES = 65_536;

/** --record and --record-limit, or what is wrong with them. */
export function recordOptions(
  file: string | undefined,
  limit: string | undefined,
): Pick<DaemonOptions, 'record'> | string {
  const [, digits = '', unit = ''] = /^(\d{1,12})([KMG]?)$/.exec(limit ?? DEFAULT_LIMIT) ?? [];
  const limitBytes = Number(digits) * (UNITS[unit] ?? 0);
  if (digits === '' || limitBytes < LIMIT_MIN_BYTES) {
    return `--record-limit is a size such as 256M, at least 64K, not '${limit}'`;
  }
  if (file === undefined) return limit === undefined ? {} : '--record-limit needs --record FILE';
  if (file === '') return '--record needs the name of a file';
  // The daemon may change its directory.
  return { record: { file: resolve(file), limitBytes } };
}

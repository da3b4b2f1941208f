import { readFileSync } from 'node:fs';

/** What every process has had since there are limits. */
const LEAST = 256;

/** How many descriptors this process may have open. */
export function readDescriptorLimit(): number {
  return parseDescriptorLimit(readFileSync('/proc/self/limits', 'utf8'));
}

/** From the text of /proc/PID/limits: the soft limit, a large number where there is none. */
export function parseDescriptorLimit(text: string): number {
  const [, soft] = /^Max open files +(\d+|unlimited) /m.exec(text) ?? [];
  if (soft === 'unlimited') return Number.MAX_SAFE_INTEGER;
  return soft === undefined ? LEAST : Number(soft);
}

/** Of a process that takes nobody: it is not there, not yet, or not any more. */
export const TAKES_NOBODY = 0xffff_ffff;

/** What one may have more than another, of what that one has: all of them are at work then. */
const MORE = 1 / 4;

/**
 * Whether of several processes that accept from one queue this one should leave the next connection to another one,
 * by how many each has. Whoever runs is sooner at the queue than who sleeps: without this a process that carries
 * much takes what comes next as well.
 */
export function isAhead(loads: ArrayLike<number>, index: number): boolean {
  const own = loads[index] ?? 0;
  let least = TAKES_NOBODY;
  for (let at = 0; at < loads.length; at++)
    if (at !== index) least = Math.min(least, loads[at] ?? TAKES_NOBODY);
  return least !== TAKES_NOBODY && own !== TAKES_NOBODY && own > least + Math.floor(least * MORE);
}

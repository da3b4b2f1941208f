import { childrenOfThisProcess } from '../../linux/children.ts';
import { reapChild } from '../../linux/exec.ts';

const PERIOD_MS = 500;

/**
 * Children that the program before has left in this process: node knows nothing of them, so nobody
 * would ever take their exit off the kernel's hands. To be called before the first child of our own.
 */
export function reapOrphans(): void {
  let left = childrenOfThisProcess();
  const timer = setInterval(() => {
    left = left.filter((pid) => reapChild(pid) === 'running');
    if (left.length === 0) clearInterval(timer);
  }, PERIOD_MS).unref();
}

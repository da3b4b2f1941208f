import { readdirSync, readFileSync } from 'node:fs';

/** The children of this process, dead ones among them, whoever of it has started them. */
export function childrenOfThisProcess(): readonly number[] {
  try {
    return readdirSync('/proc/self/task').flatMap((task) =>
      readFileSync(`/proc/self/task/${task}/children`, 'latin1')
        .split(' ')
        .map(Number)
        .filter((pid) => pid > 0),
    );
  } catch {
    // A kernel without that file.
    return [];
  }
}

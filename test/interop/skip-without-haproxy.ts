import { execFileSync } from 'node:child_process';

export const skipWithoutHaproxy: string | false = hasHaproxy() ? false : 'needs haproxy';

function hasHaproxy(): boolean {
  try {
    execFileSync('haproxy', ['-v'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

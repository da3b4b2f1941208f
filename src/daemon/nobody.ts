/** Who children are that need no rights. */
import { findIdentity } from '../linux/accounts.ts';

/** What the kernel calls nobody, where /etc/passwd does not. */
const NOBODY = 65_534;

export interface NobodyIdentity {
  readonly uid: number;
  readonly gid: number;
}

export function findNobody(): NobodyIdentity {
  const nobody = findIdentity('nobody', undefined);
  const { uid = NOBODY, gid = NOBODY } = nobody.ok ? nobody.value : {};
  return { uid, gid };
}

/** For good. Says what went wrong. */
export function becomeNobody({ uid, gid }: NobodyIdentity): string | undefined {
  if (process.getuid?.() !== 0) return undefined;
  try {
    process.setgroups?.([]);
    process.setgid?.(gid);
    process.setuid?.(uid);
    return undefined;
  } catch (error) {
    return `cannot give up root: ${(error as Error).message}`;
  }
}

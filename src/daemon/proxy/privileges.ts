import type { ProxyGlobal } from '../../config/model/proxy.ts';
import { findIdentity } from '../../linux/accounts.ts';
import { changeRoot } from '../../linux/process.ts';
import { isSysError } from '../../ports/sys-error.ts';

/** What listens is open by now: the folder and the user of the configuration. A text: why not. */
export function dropPrivileges({ chroot, user, group }: ProxyGlobal): string | undefined {
  const identity = findIdentity(user, group);
  if (!identity.ok) return identity.reason;
  if (chroot !== undefined) {
    const changed = changeRoot(chroot);
    if (isSysError(changed)) return `Cannot chroot(${chroot}): ${changed.message}`;
  }
  const { uid, gid } = identity.value;
  if (process.getuid?.() !== 0 || (uid === undefined && gid === undefined)) return undefined;
  process.setgroups?.([]);
  if (gid !== undefined) process.setgid?.(gid);
  if (uid !== undefined) process.setuid?.(uid);
  return undefined;
}

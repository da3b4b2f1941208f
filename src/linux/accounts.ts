import { readFileSync } from 'node:fs';
import { failed, ok, type Result } from '../base/result.ts';

export interface Identity {
  readonly uid?: number;
  readonly gid?: number;
}

/**
 * The numbers of a user and a group given by name or number, from /etc/passwd and /etc/group. A user
 * without a group brings his own one.
 */
export function findIdentity(
  user: string | undefined,
  group: string | undefined,
  files: { readonly passwd: string; readonly group: string } = {
    passwd: '/etc/passwd',
    group: '/etc/group',
  },
): Result<Identity, string> {
  const identity: { uid?: number; gid?: number } = {};
  if (user !== undefined) {
    const entry = readEntries(files.passwd).find(([name, , uid]) => name === user || uid === user);
    const [, , uid = user, gid = user] = entry ?? [];
    if (!isId(uid) || !isId(gid)) return failed(`no such user: ${user}`);
    identity.uid = Number(uid);
    identity.gid = Number(gid);
  }
  if (group !== undefined) {
    const entry = readEntries(files.group).find(([name]) => name === group);
    const gid = entry?.[2] ?? group;
    if (!isId(gid)) return failed(`no such group: ${group}`);
    identity.gid = Number(gid);
  }
  return ok(identity);
}

/** The groups that list the user (a name or a number) as a member, besides his own. */
export function findSupplementaryGroups(
  user: string,
  files: { readonly passwd: string; readonly group: string } = {
    passwd: '/etc/passwd',
    group: '/etc/group',
  },
): readonly number[] {
  const entry = readEntries(files.passwd).find(([name, , uid]) => name === user || uid === user);
  const name = entry?.[0];
  if (name === undefined) return [];
  return readEntries(files.group).flatMap(([, , gid = '', members = '']) =>
    isId(gid) && members.split(',').includes(name) ? [Number(gid)] : [],
  );
}

function isId(text: string): boolean {
  return /^\d{1,10}$/.test(text) && Number(text) < 0xffff_ffff;
}

function readEntries(path: string): string[][] {
  try {
    return readFileSync(path, 'utf8')
      .split('\n')
      .map((line) => line.split(':'));
  } catch {
    return [];
  }
}

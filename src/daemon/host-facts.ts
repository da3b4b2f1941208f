/** What this host has, for the check of a configuration against it. */
import { readFileSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { HostFacts } from '../config/keepalived/host-check.ts';
import { isKey } from '../config/keepalived/interpret/unacted/keys.ts';
import { findIdentity } from '../linux/accounts.ts';
import { hasNumberName } from './number-names.ts';

const ANY_EXECUTE = 0o111;
const GROUP_WRITE = 0o020;
const OTHERS_WRITE = 0o002;
const STICKY = 0o1000;
/** Where programs without a slash are looked for; the daemon's PATH may be anything. */
const USUAL_PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

export function createHostFacts(): HostFacts {
  const interfaces = interfaceNames();
  return {
    interface: (name) => (interfaces.has(name) ? 'present' : 'missing'),
    user: (name) => (findIdentity(name, undefined).ok ? 'present' : 'missing'),
    group: (name) => (findIdentity(undefined, name).ok ? 'present' : 'missing'),
    script: ({ argv: [program = ''] }) => {
      const path = findProgram(program);
      if (path === undefined) return 'missing';
      const facts = statSync(path, { throwIfNoEntry: false });
      if (facts === undefined || !facts.isFile()) return 'missing';
      if ((facts.mode & ANY_EXECUTE) === 0) return 'not-executable';
      return mayOthersWrite(path) ? 'writable-by-others' : 'ok';
    },
    numberName: (database, name) => (hasNumberName(database, name) ? 'present' : 'missing'),
    keyFile: stateOfKeyFile,
  };
}

const OTHERS_ANY = 0o077;

/** A key file must be for its owner alone, and hold a key and nothing else but a line's end. */
function stateOfKeyFile(path: string): 'ok' | 'missing' | 'open' | 'invalid' {
  try {
    const text = readFileSync(path, 'latin1');
    if ((statSync(path).mode & OTHERS_ANY) !== 0) return 'open';
    return isKey(text.replace(/\r?\n$/, '')) ? 'ok' : 'invalid';
  } catch {
    return 'missing';
  }
}

/** The names in this process's own network namespace; /sys may show another's. */
function interfaceNames(): ReadonlySet<string> {
  try {
    const lines = readFileSync('/proc/self/net/dev', 'utf8').split('\n').slice(2);
    return new Set(lines.map((line) => line.slice(0, line.indexOf(':')).trim()));
  } catch {
    return new Set();
  }
}

function findProgram(program: string): string | undefined {
  if (program.includes('/')) return program;
  const folders = (process.env.PATH ?? USUAL_PATH).split(':');
  return folders
    .map((folder) => join(folder, program))
    .find((path) => statSync(path, { throwIfNoEntry: false })?.isFile() === true);
}

/** Whether somebody else than root could put other text into the file, or another file in its place. */
function mayOthersWrite(path: string): boolean {
  for (let current = path; ; current = dirname(current)) {
    const facts = statSync(current, { throwIfNoEntry: false });
    if (facts === undefined) return true;
    const { mode, uid, gid } = facts;
    // In a sticky folder such as /tmp only the owner of a file replaces it.
    const sticky = facts.isDirectory() && (mode & STICKY) !== 0;
    if (uid !== 0) return true;
    if (!sticky && ((mode & OTHERS_WRITE) !== 0 || ((mode & GROUP_WRITE) !== 0 && gid !== 0))) {
      return true;
    }
    if (current === '/' || current === '.') return false;
  }
}

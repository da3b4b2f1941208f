/** Names that files of iproute2 give to numbers of routing tables, protocols and the like. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { NameDatabase } from '../config/keepalived/interpret/claims.ts';

const FOLDERS = ['/etc/iproute2', '/usr/share/iproute2', '/usr/lib/iproute2'];

/** Whether any file of the database has the name; the files are few and small, and read when asked. */
export function hasNumberName(
  database: NameDatabase,
  name: string,
  folders: readonly string[] = FOLDERS,
): boolean {
  const files = database === 'protocols' ? ['/etc/protocols'] : filesOf(database, folders);
  return files.some((file) => wordsOf(file).some((words) => words.includes(name)));
}

function filesOf(database: NameDatabase, folders: readonly string[]): string[] {
  return folders.flatMap((folder) => {
    const more = join(folder, `${database}.d`);
    return [join(folder, database), ...list(more).map((file) => join(more, file))];
  });
}

function wordsOf(file: string): string[][] {
  try {
    return readFileSync(file, 'utf8')
      .split('\n')
      .map((line) => line.replace(/#.*/, '').trim().split(/\s+/));
  } catch {
    return [];
  }
}

function list(folder: string): string[] {
  try {
    return readdirSync(folder).filter((file) => file.endsWith('.conf'));
  } catch {
    return [];
  }
}

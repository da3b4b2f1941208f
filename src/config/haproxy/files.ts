import type { Result } from '../../base/result.ts';

/** The files a configuration consists of, and those that it names. */
export interface HaproxyFiles {
  /** `text`: decoded as UTF-8; `bytes`: one character a byte. */
  read(path: string, as: 'text' | 'bytes'): Result<string, ReadFailure>;
  /** The names in a folder, sorted by their bytes; `undefined` where it is no folder. */
  list(path: string): readonly string[] | undefined;
}

export type ReadFailure = 'missing' | 'not-a-file' | 'unreadable';

/** Why a file was not read, for the end of a sentence. */
export function describeFailure(reason: ReadFailure): string {
  if (reason === 'missing') return 'there is no such file';
  return reason === 'not-a-file' ? 'it is a folder' : 'it cannot be read';
}

/** Files held in memory, for tests; a folder is what stands before a slash. */
export function createMemoryFiles(contents: Readonly<Record<string, string>>): HaproxyFiles {
  const paths = Object.keys(contents);
  const namesIn = (folder: string): readonly string[] => {
    const prefix = folder.endsWith('/') ? folder : `${folder}/`;
    const inside = paths.filter((path) => path.startsWith(prefix));
    return [...new Set(inside.map((path) => path.slice(prefix.length).split('/')[0] ?? ''))].sort();
  };
  return {
    read: (path) => {
      const text = Object.hasOwn(contents, path) ? contents[path] : undefined;
      if (text !== undefined) return { ok: true, value: text };
      return { ok: false, reason: namesIn(path).length > 0 ? 'not-a-file' : 'missing' };
    },
    list: (path) => {
      const names = namesIn(path);
      return names.length > 0 ? names : undefined;
    },
  };
}

import type { Result } from '../../base/result.ts';

/** The files a configuration is read from. */
export interface ConfigFiles {
  /** The text of a file, decoded as UTF-8. */
  read(path: string): Result<string, ReadFailure>;
  /**
   * What a glob(3) pattern with braces and tilde stands for, sorted, each either absolute or usable
   * by `read` as it is; a relative pattern is meant relative to `baseDirectory`. Empty where nothing
   * matches.
   */
  expand(pattern: string, baseDirectory: string): readonly string[];
}

/** `executable`: a file that can be run is a script rather than a configuration; it is skipped. */
export type ReadFailure = 'missing' | 'not-a-file' | 'unreadable' | 'executable';

/** The folder of a file, without a slash at its end; `.` for a bare name. */
export function directoryOf(path: string): string {
  const slash = path.lastIndexOf('/');
  if (slash === -1) return '.';
  return slash === 0 ? '/' : path.slice(0, slash);
}

export function joinPath(directory: string, path: string): string {
  if (path.startsWith('/') || path.startsWith('~') || directory === '.') return path;
  return directory.endsWith('/') ? directory + path : `${directory}/${path}`;
}

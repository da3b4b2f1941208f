import { failed, ok } from '../../base/result.ts';
import { type ConfigFiles, directoryOf, joinPath } from './files.ts';
import { expandBraces } from './text/braces.ts';

/** Files held in memory: for tests, generated configurations and the simulator. */
export function createMemoryFiles(contents: Readonly<Record<string, string>>): ConfigFiles {
  const files = new Map(Object.entries(contents));
  const folders = foldersOf(files.keys());
  return {
    read: (path) => {
      const text = files.get(normalise(path));
      if (text !== undefined) return ok(text);
      return failed(folders.has(normalise(path)) ? 'not-a-file' : 'missing');
    },
    expand: (pattern, baseDirectory) => {
      const found = new Set<string>();
      for (const alternative of expandBraces(pattern)) {
        const wanted = normalise(joinPath(baseDirectory, alternative));
        if (!/[*?]/.test(wanted)) {
          if (files.has(wanted) || folders.has(wanted)) found.add(wanted);
          continue;
        }
        for (const path of files.keys()) if (matchesGlob(path, wanted)) found.add(path);
        for (const path of folders) if (matchesGlob(path, wanted)) found.add(path);
      }
      return [...found].sort();
    },
  };
}

function foldersOf(paths: Iterable<string>): ReadonlySet<string> {
  const folders = new Set<string>();
  for (const path of paths) {
    let folder = directoryOf(path);
    while (folder !== '.' && folder !== '/' && !folders.has(folder)) {
      folders.add(folder);
      folder = directoryOf(folder);
    }
  }
  return folders;
}

function normalise(path: string): string {
  const parts: string[] = [];
  for (const part of path.split('/')) {
    if (part === '.' || (part === '' && parts.length > 0)) continue;
    if (part === '..' && parts.length > 1) parts.pop();
    else parts.push(part);
  }
  return parts.join('/');
}

/** `*` and `?` within one path component; linear, since it only ever goes back to the last `*`. */
export function matchesGlob(path: string, pattern: string): boolean {
  const paths = path.split('/');
  const patterns = pattern.split('/');
  return (
    paths.length === patterns.length &&
    patterns.every((part, index) => matchesComponent(paths[index] ?? '', part))
  );
}

function matchesComponent(name: string, pattern: string): boolean {
  let at = 0;
  let wanted = 0;
  let star = -1;
  let resume = 0;
  while (at < name.length) {
    if (pattern[wanted] === '*') {
      star = wanted++;
      resume = at;
    } else if (
      wanted < pattern.length &&
      (pattern[wanted] === '?' || pattern[wanted] === name[at])
    ) {
      wanted++;
      at++;
    } else if (star !== -1) {
      wanted = star + 1;
      at = ++resume;
    } else return false;
  }
  while (pattern[wanted] === '*') wanted++;
  return wanted === pattern.length;
}

import { failed, ok } from '../../base/result.ts';
import { type ConfigFiles, joinPath } from './files.ts';

/** Files held in memory: for tests, generated configurations and the simulator. */
export function createMemoryFiles(contents: Readonly<Record<string, string>>): ConfigFiles {
  const files = new Map(Object.entries(contents));
  return {
    read: (path) => {
      const text = files.get(normalise(path));
      return text === undefined ? failed('missing') : ok(text);
    },
    expand: (pattern, baseDirectory) => {
      const found = new Set<string>();
      for (const alternative of expandBraces(pattern)) {
        const wanted = normalise(joinPath(baseDirectory, alternative));
        for (const path of files.keys()) if (matchesGlob(path, wanted)) found.add(path);
      }
      return [...found].sort();
    },
  };
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

/** `{a,b}` alternatives, innermost first. */
export function expandBraces(pattern: string): string[] {
  const close = pattern.indexOf('}');
  const open = close === -1 ? -1 : pattern.lastIndexOf('{', close);
  if (open === -1) return [pattern];
  const choices = pattern.slice(open + 1, close).split(',');
  return choices.flatMap((choice) =>
    expandBraces(pattern.slice(0, open) + choice + pattern.slice(close + 1)),
  );
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

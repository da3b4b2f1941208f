/** Configuration files on disk, and glob(3) as the include statements know it. */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { failed, ok } from '../base/result.ts';
import type { ConfigFiles } from '../config/keepalived/files.ts';
import { expandBraces } from '../config/keepalived/text/braces.ts';

const ANY_EXECUTE = 0o111;

export const diskFiles: ConfigFiles = {
  read: (path) => {
    try {
      const facts = statSync(path);
      if (!facts.isFile()) return failed('not-a-file');
      if ((facts.mode & ANY_EXECUTE) !== 0) return failed('executable');
      return ok(readFileSync(path, 'utf8'));
    } catch (error) {
      return failed(isMissing(error) ? 'missing' : 'unreadable');
    }
  },
  expand: (pattern, baseDirectory) =>
    expandBraces(pattern).flatMap((one) => expandGlob(atHome(one), baseDirectory)),
};

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT';
}

function atHome(pattern: string): string {
  return pattern === '~' || pattern.startsWith('~/') ? homedir() + pattern.slice(1) : pattern;
}

function expandGlob(pattern: string, baseDirectory: string): readonly string[] {
  const absolute = pattern.startsWith('/');
  const segments = pattern.split('/').filter((segment) => segment !== '');
  let paths = [absolute ? '/' : baseDirectory];
  for (const segment of segments) {
    paths = /[*?[]/.test(segment)
      ? paths.flatMap((path) => matchesIn(path, segment))
      : paths.map((path) => join(path, segment)).filter(exists);
  }
  return paths.sort();
}

function matchesIn(directory: string, segment: string): readonly string[] {
  const expression = segmentExpression(segment);
  try {
    return readdirSync(directory)
      .filter((name) => (segment.startsWith('.') || !name.startsWith('.')) && expression.test(name))
      .map((name) => join(directory, name));
  } catch {
    return [];
  }
}

function segmentExpression(segment: string): RegExp {
  const source = segment.replace(/\[!?\]?[^\]]*\]|[\s\S]/g, (part) => {
    if (part === '*') return '.*';
    if (part === '?') return '.';
    if (part.length > 1) return part.replace(/^\[!/, '[^').replaceAll('\\', '\\\\');
    return part.replace(/[.+^${}()|\\[\]]/g, '\\$&');
  });
  try {
    return new RegExp(`^${source}$`, 's');
  } catch {
    // `[z-a]`: matches nothing, as in glob(3).
    return /(?!)/;
  }
}

function exists(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false }) !== undefined;
}

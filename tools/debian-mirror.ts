import { existsSync, readFileSync } from 'node:fs';

/** The one that this machine has its own packages from. */
export function debianMirror(): string {
  const files = ['/etc/apt/sources.list.d/debian.sources', '/etc/apt/sources.list'];
  const text = files
    .filter((path) => existsSync(path))
    .map((path) => readFileSync(path, 'utf8'))
    .join('\n');
  const uri = /^(?:URIs:|deb(?: \[[^\]]*\])?)\s+(\S+)/m.exec(text)?.[1];
  if (uri === undefined) throw new Error('no mirror of Debian in /etc/apt');
  return uri;
}

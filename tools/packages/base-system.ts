/**
 * A Debian in a folder, made once by debootstrap: systemd, what a network needs, and the packages of keepalived,
 * which are there but not installed.
 */
import { chmodSync, existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { debianMirror } from '../debian-mirror.ts';
import { runTool } from './run-tool.ts';
import { CACHE } from './runtime.ts';

const SUITE = 'bookworm';
const INCLUDED = ['adduser', 'iproute2', 'nftables', 'procps', 'systemd'];
/** Its name changes with what is in it. */
const NAME = `${SUITE}-2`;
/** In the base: what `apt-get --download-only` brought. */
export const ARCHIVES = '/var/cache/apt/archives';

/** Returns the folder, which is to be copied. */
export function baseSystem(say: (text: string) => void): string {
  const base = join(CACHE, NAME);
  if (existsSync(base)) return base;
  say('making a Debian with debootstrap');
  mkdirSync(CACHE, { recursive: true });
  const folder = mkdtempSync(join(CACHE, `${NAME}-`));
  try {
    const include = `--include=${INCLUDED.join()}`;
    runTool(['debootstrap', '--variant=minbase', include, SUITE, folder, debianMirror()]);
    const apt = ['chroot', folder, 'apt-get', '-q', '-y', '--no-install-recommends'];
    runTool([...apt, 'clean']);
    runTool([...apt, '--download-only', 'install', 'keepalived']);
    chmodSync(folder, 0o755);
    renameSync(folder, base);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  return base;
}

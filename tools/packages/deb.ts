/** Writes a .deb with dpkg-deb. */
import { createHash } from 'node:crypto';
import { chmodSync, copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DESCRIPTION, type Description } from './description.ts';
import type { Entry } from './layout.ts';
import { runTool } from './run-tool.ts';

const SCRIPTS = ['postinst', 'prerm', 'postrm'];

export interface DebOptions {
  readonly root: string;
  /** With the files laid out in it. */
  readonly stage: string;
  readonly entries: readonly Entry[];
  readonly output: string;
  readonly version: string;
  readonly epochS: number;
  readonly speed: 'small' | 'quick';
}

/** Returns the path of the package. */
export function writeDeb(options: DebOptions): string {
  const { root, stage, entries, output, version, epochS, speed } = options;
  const control = join(stage, 'DEBIAN');
  mkdirSync(control);
  const files = entries
    .filter(({ contents }) => contents.kind !== 'link')
    .map(({ path }) => ({ path, bytes: readFileSync(join(stage, path)) }));
  const sizeKib = files.reduce((sum, { bytes }) => sum + Math.ceil(bytes.length / 1024), 0);
  const sums = files.map(({ path, bytes }) => {
    const sum = createHash('md5').update(bytes).digest('hex');
    return `${sum}  ${path.slice(1)}\n`;
  });
  writeFileSync(join(control, 'control'), controlOf(DESCRIPTION, version, sizeKib));
  writeFileSync(join(control, 'md5sums'), sums.join(''));
  for (const name of [...SCRIPTS, 'triggers']) {
    copyFileSync(join(root, 'deploy/packages', name), join(control, name));
    chmodSync(join(control, name), SCRIPTS.includes(name) ? 0o755 : 0o644);
  }
  const file = join(output, `holdfast_${version}_amd64.deb`);
  const compression = speed === 'small' ? ['-Zxz', '-z6'] : ['-Zgzip', '-z1'];
  runTool(['dpkg-deb', '--root-owner-group', ...compression, '--build', stage, file], {
    env: { SOURCE_DATE_EPOCH: String(epochS) },
  });
  return file;
}

function controlOf(description: Description, version: string, sizeKib: number): string {
  const { summary, paragraphs, maintainer, debian } = description;
  const fields = {
    Package: 'holdfast',
    Version: version,
    Architecture: 'amd64',
    Maintainer: maintainer,
    'Installed-Size': String(sizeKib),
    Depends: debian.depends.join(', '),
    Recommends: debian.recommends.join(', '),
    Suggests: debian.suggests.join(', '),
    Section: 'net',
    Priority: 'optional',
    Description: [summary, ...paragraphs.join('\n.\n').split('\n')].join('\n '),
  };
  return Object.entries(fields)
    .map(([name, value]) => `${name}: ${value}\n`)
    .join('');
}

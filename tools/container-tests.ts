/**
 * `npm run test:containers`: builds the images and runs what the seeds run (test/containers/*.ct.ts), each host a
 * network namespace. As root; the first time it takes some five minutes.
 *
 *   --only=TEXT   only the files whose path contains TEXT
 *   --no-build    with the images of the last time
 */
import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { buildImages, TARGETS } from './containers/images.ts';

const FOLDER = 'test/containers';
const PROGRAMS = ['podman', 'podman-compose', 'buildah', 'runc', 'catatonit', 'debootstrap'];

function main(args: readonly string[]): number {
  const only = args.find((arg) => arg.startsWith('--only='))?.slice('--only='.length) ?? '';
  const missing = PROGRAMS.filter((name) => spawnSync('which', [name]).status !== 0);
  if (process.getuid?.() !== 0 || missing.length > 0) {
    const packages = missing.length > 0 ? `: apt-get install ${missing.join(' ')}` : '';
    process.stderr.write(`this needs root and containers${packages}\n`);
    return 1;
  }
  if (!args.includes('--no-build')) buildImages(TARGETS, (text) => console.log(text));
  const files = readdirSync(FOLDER)
    .filter((file) => file.endsWith('.ct.ts'))
    .map((file) => join(FOLDER, file))
    .filter((file) => file.includes(only));
  const node = [
    '--import',
    'tsx',
    '--test',
    '--test-concurrency=1',
    '--test-reporter=spec',
    ...files,
  ];
  return spawnSync(process.execPath, node, { stdio: 'inherit' }).status ?? 1;
}

process.exit(main(process.argv.slice(2)));

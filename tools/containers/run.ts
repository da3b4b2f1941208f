/** Builds the images and runs the tests, where `inside.sh` has mounted the machine. */
import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { buildImages, TARGETS } from './images.ts';
import { podman } from './machine.ts';

const FOLDER = 'test/containers';

function main(args: readonly string[]): number {
  const only = args.find((arg) => arg.startsWith('--only='))?.slice('--only='.length) ?? '';
  // What a run that was killed left in the store.
  podman(['pod', 'rm', '--all', '--force', '--time', '0']);
  podman(['rm', '--all', '--force', '--time', '0']);
  podman(['secret', 'rm', '--all']);
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
    // A lab that could not be made leaves its guard, which the end of this process takes with it.
    '--test-force-exit',
    ...files,
  ];
  return spawnSync(process.execPath, node, { stdio: 'inherit' }).status ?? 1;
}

process.exit(main(process.argv.slice(2)));

/**
 * `npm run test:packages`: builds the packages of this tree and of the same with a later version, and lives
 * through them on a Debian with systemd, one host of a lab (test/packages/*.pkg.ts). As root; the first time it
 * takes a minute more.
 *
 *   --only=TEXT   only the files whose path contains TEXT
 */
import { spawnSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { baseSystem } from './packages/base-system.ts';
import { runTool } from './packages/run-tool.ts';
import { sweep } from './sweep.ts';

const FOLDER = 'test/packages';
const PROGRAMS = ['debootstrap', 'dpkg-deb', 'ip', 'rpm', 'rpmbuild', 'unshare'];
/** What a package is made of. */
const TREE = ['bin', 'deploy', 'docs', 'src', 'tools'];
const FILES = ['CHANGELOG.md', 'LICENSE', 'README.md', 'package.json', 'tsconfig.json', '.npmrc'];

function main(args: readonly string[]): number {
  const only = args.find((arg) => arg.startsWith('--only='))?.slice('--only='.length) ?? '';
  const missing = PROGRAMS.filter((name) => spawnSync('which', [name]).status !== 0);
  const hasSystemdGroups = existsSync('/sys/fs/cgroup/systemd');
  if (process.getuid?.() !== 0 || missing.length > 0 || !hasSystemdGroups) {
    const what = missing.length > 0 ? `: ${missing.join(', ')}` : '';
    process.stderr.write(
      `this needs root, control groups of systemd (version 1), and programs${what}\n`,
    );
    return 1;
  }
  sweep();
  const workspace = mkdtempSync(join(tmpdir(), `hft-${process.pid}-packages-`));
  try {
    baseSystem(console.log);
    const env = { ...process.env, ...build(workspace) };
    const files = readdirSync(FOLDER)
      .filter((file) => file.endsWith('.pkg.ts'))
      .map((file) => join(FOLDER, file))
      .filter((file) => file.includes(only));
    const node = ['--import', 'tsx', '--test', '--test-concurrency=1', '--test-reporter=spec'];
    return spawnSync(process.execPath, [...node, ...files], { stdio: 'inherit', env }).status ?? 1;
  } finally {
    rmSync(workspace, { recursive: true, force: true });
  }
}

/** The packages of this version and of a later one, as variables for the tests. */
function build(workspace: string): Readonly<Record<string, string>> {
  const next = join(workspace, 'tree');
  mkdirSync(next);
  for (const name of [...TREE, ...FILES]) cpSync(name, join(next, name), { recursive: true });
  symlinkSync(resolve('node_modules'), join(next, 'node_modules'));
  const file = join(next, 'package.json');
  const described = JSON.parse(readFileSync(file, 'utf8')) as { version: string };
  const version = described.version.replace(/\d+$/, (number) => String(Number(number) + 1));
  writeFileSync(file, JSON.stringify({ ...described, version }));
  const [deb, rpm] = packagesOf(resolve('.'), join(workspace, 'this'));
  const [nextDeb, nextRpm] = packagesOf(next, join(workspace, 'next'));
  return {
    ...(deb !== undefined && { HOLDFAST_DEB: deb }),
    ...(rpm !== undefined && { HOLDFAST_RPM: rpm }),
    ...(nextDeb !== undefined && { HOLDFAST_NEXT_DEB: nextDeb }),
    ...(nextRpm !== undefined && { HOLDFAST_NEXT_RPM: nextRpm }),
  };
}

function packagesOf(folder: string, output: string): readonly string[] {
  console.log(
    `building the packages of ${output.endsWith('next') ? 'a later version' : 'this tree'}`,
  );
  const args = [
    'tools/package.ts',
    '--quick',
    '--node=kept',
    '--only=deb,rpm',
    `--output=${output}`,
  ];
  return runTool([process.execPath, '--import', 'tsx', ...args], { folder })
    .trim()
    .split('\n');
}

process.exit(main(process.argv.slice(2)));

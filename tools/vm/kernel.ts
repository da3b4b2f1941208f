/**
 * A kernel with IPVS for the virtual machine: Debian's own, taken out of its packages and never
 * installed. Fetched once (some 70 MB) and kept in a cache.
 */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  chmodSync,
  closeSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

export interface Kernel {
  /** Uncompressed: the guest need not do that at each boot. */
  readonly image: string;
  readonly initrd: string;
  /** A folder as in /lib/modules. */
  readonly modules: string;
}

/** What the guest needs to see the host's files. */
const INITRD_MODULES = [
  'virtio',
  'virtio_ring',
  'virtio_pci',
  'virtio_pci_modern_dev',
  'virtio_pci_legacy_dev',
  'netfs',
  'fscache',
  '9pnet',
  '9pnet_virtio',
  '9p',
  'overlay',
];
const UNPACKED = ['arch', 'crypto', 'lib', 'fs', 'net', 'drivers/net', 'drivers/virtio'];
/** The first program of the guest. */
const INIT = join(import.meta.dirname, 'init.sh');
const FETCH_LIMIT_MS = 180_000;

export function prepareKernel(): Kernel {
  const cache = join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'holdfast-vm');
  // What the guest begins with is packed with its modules: another one is another guest.
  const first = createHash('sha256').update(readFileSync(INIT)).digest('hex').slice(0, 12);
  const ready = join(cache, `kernel-${first}`);
  if (!existsSync(ready)) {
    mkdirSync(cache, { recursive: true });
    const work = mkdtempSync(join(cache, 'new-'));
    try {
      build(work);
      renameSync(work, ready);
    } catch (error) {
      // Another run was first.
      if (!existsSync(ready)) throw error;
    } finally {
      rmSync(work, { recursive: true, force: true });
    }
  }
  const [version = ''] = readdirSync(join(ready, 'lib/modules'));
  return {
    image: join(ready, 'vmlinux'),
    initrd: join(ready, 'initrd'),
    modules: join(ready, 'lib/modules', version),
  };
}

function build(work: string): void {
  const run = (command: string, ...args: readonly string[]): string =>
    execFileSync(command, args, { cwd: work, encoding: 'utf8', timeout: FETCH_LIMIT_MS });
  fetchPackages(run);
  const root = join(work, 'root');
  mkdirSync(root);
  const unpack = (pattern: RegExp, ...args: readonly string[]): void => {
    const file = readdirSync(work).find((name) => pattern.test(name)) ?? '';
    const tar = join(work, 'packed.tar');
    const fd = openSync(tar, 'w');
    execFileSync('dpkg-deb', ['--fsys-tarfile', join(work, file)], {
      stdio: ['ignore', fd, 'inherit'],
    });
    closeSync(fd);
    run('tar', '-x', '-f', tar, ...args);
    rmSync(tar);
    rmSync(join(work, file));
  };
  unpack(/^busybox-static_.*\.deb$/, '-C', root, './bin/busybox');
  unpack(
    /^linux-image-.*\.deb$/,
    '--wildcards',
    '--exclude=*/net/ethernet',
    '--exclude=*/net/wireless',
    './boot/vmlinuz*',
    './lib/modules/*/modules.*',
    ...UNPACKED.map((folder) => `./lib/modules/*/kernel/${folder}`),
  );
  const [compressed = ''] = readdirSync(join(work, 'boot'));
  writeFileSync(join(work, 'vmlinux'), uncompress(readFileSync(join(work, 'boot', compressed))));
  rmSync(join(work, 'boot'), { recursive: true });
  const busybox = join(root, 'bin/busybox');
  const [version = ''] = readdirSync(join(work, 'lib/modules'));
  const modules = join(root, 'lib/modules', version);
  mkdirSync(modules, { recursive: true });
  for (const name of INITRD_MODULES) {
    const found = run('find', 'lib/modules', '-name', `${name}.ko`).trim();
    if (found !== '') copyFileSync(join(work, found), join(modules, `${name}.ko`));
  }
  for (const base of [work, root]) run(busybox, 'depmod', '-b', base, version);
  copyFileSync(INIT, join(root, 'init'));
  chmodSync(join(root, 'init'), 0o755);
  const pack = 'cd root && ./bin/busybox find . | ./bin/busybox cpio -o -H newc > ../initrd';
  run('bash', '-c', `${pack} 2>/dev/null`);
  rmSync(root, { recursive: true });
}

function fetchPackages(run: (command: string, ...args: readonly string[]) => string): void {
  const fetch = (): void => {
    const depends = run('apt-cache', 'show', '--no-all-versions', 'linux-image-amd64');
    const image = /^Depends: ([^ ,]*)/m.exec(depends)?.[1];
    if (image === undefined) throw new Error('apt knows no linux-image-amd64');
    const sandbox = 'APT::Sandbox::User=root';
    run('apt-get', '-qq', '-o', sandbox, 'download', 'busybox-static', image);
  };
  try {
    fetch();
  } catch {
    run('apt-get', '-qq', 'update');
    fetch();
  }
}

/** The kernel proper out of a bzImage; offsets are of Documentation/arch/x86/boot.rst. */
function uncompress(image: Buffer): Buffer {
  const setupSectors = image.readUInt8(0x1f1);
  const start = (setupSectors + 1) * 512 + image.readUInt32LE(0x248);
  // The last four bytes are the size of what comes out.
  const payload = image.subarray(start, start + image.readUInt32LE(0x24c) - 4);
  return execFileSync('xz', ['-dc'], { input: payload, maxBuffer: 1 << 28 });
}

/** A host of the lab that is a Debian of its own, with systemd as its first process. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import {
  copyFileSync,
  mkdirSync,
  readdirSync,
  rmdirSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import type { CommandResult } from '../../src/lab/execute.ts';
import type { Host } from '../../src/lab/host.ts';
import { projectRoot } from '../../src/lab/programs.ts';
import { ARCHIVES, baseSystem } from '../../tools/packages/base-system.ts';
import { isAlive, testNamespace } from '../../tools/sweep.ts';
import { eventually } from '../daemon/support.ts';

const GROUPS = '/sys/fs/cgroup/systemd';
const BOOT_LIMIT_MS = 60_000;
/** They ask for terminals, disks and settings of the whole machine. */
const MASKED = [
  ...[
    'getty.target',
    'console-getty.service',
    'systemd-sysctl.service',
    'systemd-modules-load.service',
  ],
  ...[
    'e2scrub_reap.service',
    'timers.target',
    'systemd-timesyncd.service',
    'systemd-logind.service',
  ],
];

export class Debian {
  readonly host: Host;
  /** Its files, as seen from outside. */
  readonly root: string;
  readonly #group: string;
  #init = 0;

  private constructor(host: Host) {
    this.host = host;
    this.root = host.path('debian');
    this.#group = testNamespace(host.name);
  }

  static async boot(host: Host): Promise<Debian> {
    const debian = new Debian(host);
    removeLeftGroups();
    execFileSync('cp', ['-a', baseSystem(console.log), debian.root]);
    for (const unit of MASKED)
      symlinkSync('/dev/null', join(debian.root, 'etc/systemd/system', unit));
    const boot = join(projectRoot(), 'tools/packages/boot.sh');
    const init = await host.spawn(['sh', boot, debian.root, debian.#group], { name: 'systemd' });
    await eventually(
      async () => {
        if (init.end !== undefined) throw new Error(`systemd has ended\n${init.tail()}`);
        const { stdout } = await host.run(['pgrep', '-x', 'systemd']);
        debian.#init = Number.parseInt(stdout, 10) || 0;
        if (debian.#init === 0) return undefined;
        const state = await debian.run('systemctl is-system-running');
        return /^(?:running|degraded)$/m.test(state.stdout) || undefined;
      },
      () => `systemd did not start\n${init.tail()}`,
      BOOT_LIMIT_MS,
    );
    return debian;
  }

  /** Runs a text of shell inside, to its end. */
  run(command: string): Promise<CommandResult> {
    return this.#enter(['--root', '--wd'], command);
  }

  /** What a command that must succeed prints. */
  must(command: string): Promise<string> {
    return succeeded(command, this.run(command));
  }

  /** The same of a program of the machine, which sees the Debian at `root` with all that is mounted there. */
  mustOutside(command: string): Promise<string> {
    return succeeded(command, this.#enter([], command));
  }

  #enter(root: readonly string[], command: string): Promise<CommandResult> {
    const spaces = ['--target', String(this.#init), '--mount', '--uts', '--ipc', '--pid', ...root];
    const env = ['env', '-i', 'HOME=/root', 'LC_ALL=C', 'PATH=/usr/sbin:/usr/bin:/sbin:/bin'];
    return this.host.run(['nsenter', ...spaces, '--', ...env, 'sh', '-c', command]);
  }

  write(path: string, text: string): void {
    const file = join(this.root, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
  }

  /** Brings a file in; returns its path inside. */
  bring(file: string): string {
    const path = join('/root', basename(file));
    copyFileSync(file, join(this.root, path));
    return path;
  }

  /** Installs what debootstrap left there: Debian's keepalived and what that needs. */
  installKeepalived(): Promise<string> {
    return this.must(`DEBIAN_FRONTEND=noninteractive dpkg --install ${ARCHIVES}/*.deb`);
  }

  async mainPid(service: string): Promise<number> {
    return Number(await this.must(`systemctl show --property MainPID --value ${service}`));
  }

  async journal(service: string): Promise<string> {
    return (await this.run(`journalctl --no-pager -o cat -u ${service}`)).stdout;
  }

  /** After the host is gone. */
  release(): void {
    removeGroup(join(GROUPS, this.#group));
  }
}

async function succeeded(command: string, running: Promise<CommandResult>): Promise<string> {
  const { status, stdout, stderr } = await running;
  assert.equal(status, 0, `${command}: ${stdout}${stderr}`);
  return `${stdout}${stderr}`;
}

/** Of runs that were killed. */
function removeLeftGroups(): void {
  for (const name of readdirSync(GROUPS)) {
    const owner = /^hft-(\d+)-/.exec(name)?.[1];
    if (owner !== undefined && !isAlive(Number(owner))) removeGroup(join(GROUPS, name));
  }
}

function removeGroup(folder: string): void {
  try {
    for (const entry of readdirSync(folder, { withFileTypes: true })) {
      if (entry.isDirectory()) removeGroup(join(folder, entry.name));
    }
    rmdirSync(folder);
  } catch {
    // A process of it is ending; the next run removes it.
  }
}

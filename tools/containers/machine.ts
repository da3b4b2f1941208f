/** A Debian with podman, podman-compose and buildah, which `inside.sh` makes a machine. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { debianMirror } from '../debian-mirror.ts';

/** Kept from one run to the next: the machine with its images, and packages of npm. */
export const CACHE = process.env.HOLDFAST_CONTAINERS ?? '/var/tmp/holdfast-containers';
export const MACHINE = join(CACHE, 'machine');

/** Debian 13: the podman of Debian 12 plays no Pod with a Secret, its podman-compose no network of the host. */
const SUITE = 'trixie';
const PACKAGES = [
  ...['podman', 'podman-compose', 'buildah', 'runc', 'catatonit', 'netavark'],
  // What is typed on a host.
  ...['iproute2', 'curl', 'procps'],
];
const DEBOOTSTRAP_MS = 900_000;

/**
 * The capabilities that docker gives, of which podman leaves out NET_RAW and others. runc and these limits: what a
 * machine without CAP_SYS_RESOURCE, systemd and cgroup v2 can do.
 */
const SETTINGS = `[containers]
default_capabilities = [
  "AUDIT_WRITE", "CHOWN", "DAC_OVERRIDE", "FOWNER", "FSETID", "KILL", "MKNOD", "NET_BIND_SERVICE",
  "NET_RAW", "SETFCAP", "SETGID", "SETPCAP", "SETUID", "SYS_CHROOT",
]
default_ulimits = ["nofile=20000:20000", "nproc=30000:30000"]
[engine]
runtime = "runc"
cgroup_manager = "cgroupfs"
events_logger = "file"
`;

/** Makes it where it is not there yet, with the settings of today. */
export function makeMachine(say: (text: string) => void): void {
  if (!existsSync(MACHINE)) {
    say('making a Debian 13 with podman');
    bootstrap(MACHINE, PACKAGES);
  }
  writeFileSync(join(MACHINE, 'etc/containers/containers.conf'), SETTINGS);
}

/** A Debian 13 with these packages as the folder `root`; another run may make it at the same time. */
export function bootstrap(root: string, packages: readonly string[]): void {
  const made = `${root}-${process.pid}`;
  mkdirSync(CACHE, { recursive: true });
  const include = `--include=${packages.join(',')}`;
  const words = ['debootstrap', '--variant=minbase', include, SUITE, made, debianMirror()];
  mustRun(words, { timeoutMs: DEBOOTSTRAP_MS });
  // As on a machine whose kernel has modules, also where this one has none.
  mkdirSync(join(made, 'lib/modules'), { recursive: true });
  try {
    renameSync(made, root);
  } catch (error) {
    // Another run was first.
    if (!existsSync(root)) throw error;
    rmSync(made, { recursive: true });
  }
}

export interface Ran {
  readonly status: number | null;
  readonly stdout: string;
  /** Without what podman says about timers that nobody needs. */
  readonly stderr: string;
}

export interface RunOptions {
  /** The network namespace that stands for the host. */
  readonly namespace?: string;
  readonly input?: string | Buffer;
  readonly folder?: string;
  readonly timeoutMs?: number;
}

const TIMEOUT_MS = 120_000;
const NOISE = /systemd connection|^$/;

export function run(command: readonly string[], options: RunOptions = {}): Ran {
  const { namespace, input, folder, timeoutMs = TIMEOUT_MS } = options;
  const inside = namespace === undefined ? [] : ['nsenter', `--net=/run/netns/${namespace}`];
  const [program = '', ...args] = [...inside, ...command];
  const { status, stdout, stderr, error } = spawnSync(program, args, {
    encoding: 'utf8',
    timeout: timeoutMs,
    maxBuffer: 100_000_000,
    env: { ...process.env, PODMAN_IGNORE_CGROUPSV1_WARNING: '1' },
    ...(input !== undefined && { input }),
    ...(folder !== undefined && { cwd: folder }),
  });
  const said = `${stderr}${error === undefined ? '' : error.message}`;
  const kept = said.split('\n').filter((line) => !NOISE.test(line));
  return { status, stdout, stderr: kept.join('\n') };
}

/** Throws where it fails. */
export function mustRun(command: readonly string[], options: RunOptions = {}): string {
  const { status, stdout, stderr } = run(command, options);
  if (status !== 0) throw new Error(`${command.join(' ')}: status ${status}\n${stdout}${stderr}`);
  return stdout;
}

/** A command on the machine, in the folder, by its path there. */
export function onMachine(command: readonly string[], folder = '/mnt'): readonly string[] {
  return ['nsenter', '--mount=/run/machine/ns/mnt', 'env', `--chdir=${folder}`, ...command];
}

export function podman(args: readonly string[], options: RunOptions = {}): Ran {
  return run(onMachine(['podman', ...args], '/'), options);
}

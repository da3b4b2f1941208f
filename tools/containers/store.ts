/** podman and buildah with a store of their own, on a machine without systemd. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Kept from one run to the next: the base, and the layers of the images. */
export const CACHE = process.env.HOLDFAST_CONTAINERS ?? '/var/tmp/holdfast-containers';

/** runc and these limits: what a machine without CAP_SYS_RESOURCE, systemd and cgroup v2 can do. */
const SETTINGS = `[containers]
default_ulimits = ["nofile=20000:20000", "nproc=30000:30000"]
[engine]
runtime = "runc"
cgroup_manager = "cgroupfs"
events_logger = "file"
[network]
network_backend = "cni"
`;
const SETTINGS_FILE = join(CACHE, 'containers.conf');
export const STORE_OPTIONS = ['--root', join(CACHE, 'root'), '--runroot', join(CACHE, 'run')];

export interface Ran {
  readonly status: number | null;
  readonly stdout: string;
  /** Without what podman says about networks and timers that nobody needs. */
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
const NOISE = /CNI config|systemd connection|^$/;

export function prepareStore(): void {
  mkdirSync(CACHE, { recursive: true });
  writeFileSync(SETTINGS_FILE, SETTINGS);
}

/** Runs a program that knows the store by its options, or by the settings. */
export function run(command: readonly string[], options: RunOptions = {}): Ran {
  const { namespace, input, folder, timeoutMs = TIMEOUT_MS } = options;
  const inside = namespace === undefined ? [] : ['nsenter', `--net=/run/netns/${namespace}`];
  const [program = '', ...args] = [...inside, ...command];
  const { status, stdout, stderr, error } = spawnSync(program, args, {
    encoding: 'utf8',
    timeout: timeoutMs,
    maxBuffer: 100_000_000,
    env: { ...process.env, CONTAINERS_CONF: SETTINGS_FILE },
    ...(input !== undefined && { input }),
    ...(folder !== undefined && { cwd: folder }),
  });
  const said = `${stderr}${error === undefined ? '' : error.message}`;
  const kept = said.split('\n').filter((line) => !NOISE.test(line));
  return { status, stdout, stderr: kept.join('\n') };
}

export function podman(args: readonly string[], options: RunOptions = {}): Ran {
  return run(['podman', ...STORE_OPTIONS, ...args], options);
}

/** Throws where it fails. */
export function mustRun(command: readonly string[], options: RunOptions = {}): string {
  const { status, stdout, stderr } = run(command, options);
  if (status !== 0) throw new Error(`${command.join(' ')}: status ${status}\n${stdout}${stderr}`);
  return stdout;
}

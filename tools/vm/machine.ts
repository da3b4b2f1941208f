/**
 * A throw-away virtual machine under qemu, without KVM: it sees this machine's whole tree at the same
 * paths, read-only with memory above it, and has no network device but lo. Three seconds to a command.
 * Two processors: qemu translates for each in a thread of its own, which is 1.7 times as fast.
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { StringDecoder } from 'node:string_decoder';
import { prepareKernel } from './kernel.ts';

export interface GuestJob {
  /** For bash, as root, in the folder of the caller. What it prints is printed as it comes. */
  readonly script: string;
  readonly limitMs: number;
  /** Modules that nothing loads by itself. */
  readonly modules?: readonly string[];
  /** Gets what the script writes to descriptor 3, as it comes. */
  records?(text: string): void;
}

export interface GuestResult {
  /** Exit status of the script; undefined where it did not come to its end. */
  readonly status: number | undefined;
  /** Why it did not. */
  readonly problem?: string;
}

const MEMORY_MIB = 2048;
const LOOK_MS = 250;
const CONSOLE_TAIL = 2000;

export async function runInGuest(job: GuestJob): Promise<GuestResult> {
  const { image, initrd, modules } = prepareKernel();
  const share = mkdtempSync(join(tmpdir(), `hft-${process.pid}-vm-`));
  const file = (name: string): string => join(share, name);
  try {
    for (const name of ['stdout', 'records', 'status', 'console']) writeFileSync(file(name), '');
    writeFileSync(file('modules'), modules);
    writeFileSync(file('job'), jobText(job));
    const machine = spawn(
      'qemu-system-x86_64',
      [
        ...'-M q35 -accel tcg -cpu max -smp 2 -nodefaults -display none -no-reboot'.split(' '),
        ...['-m', String(MEMORY_MIB), '-serial', `file:${file('console')}`],
        ...['-kernel', image, '-initrd', initrd],
        ...['-append', 'console=ttyS0 quiet panic=-1 mitigations=off nokaslr'],
        ...['-virtfs', `${folder('/', 'tree')},readonly=on,multidevs=remap`],
        ...['-virtfs', folder(share, 'share')],
      ],
      { stdio: ['ignore', 'inherit', 'inherit'] },
    );
    const looks = [
      follow(file('stdout'), (text) => process.stdout.write(text)),
      follow(file('records'), (text) => job.records?.(text)),
    ];
    const problem = await ended(machine, job.limitMs, () => {
      for (const look of looks) look();
    });
    const status = readFileSync(file('status'), 'utf8').trim();
    if (status !== '') return { status: Number(status) };
    const tail = readFileSync(file('console'), 'latin1').slice(-CONSOLE_TAIL);
    return { status: undefined, problem: `${problem ?? 'the guest ended'}\n${tail}` };
  } finally {
    rmSync(share, { recursive: true, force: true });
  }
}

function folder(path: string, tag: string): string {
  return `local,path=${path},mount_tag=${tag},security_model=none`;
}

function jobText({ script, modules = [] }: GuestJob): string {
  const off = '/run/busybox poweroff -f';
  const load = modules.length === 0 ? '' : `/sbin/modprobe -a ${modules.join(' ')} || ${off}`;
  const own = { HOME: process.env.HOME ?? '/root', PATH: process.env.PATH ?? '', LANG: 'C.UTF-8' };
  return `exec >/run/vm/stdout 2>&1 3>/run/vm/records </dev/null
/run/busybox ip link set lo up
/run/busybox hostname vm
${Object.entries(own)
  .map(([name, value]) => `export ${name}=${quote(value)}`)
  .join('\n')}
${load}
cd ${quote(process.cwd())} && (
${script}
)
echo $? >/run/vm/status
${off}
`;
}

function quote(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

/** Why it ended, where that was not by itself. */
function ended(
  machine: ReturnType<typeof spawn>,
  limitMs: number,
  look: () => void,
): Promise<string | undefined> {
  return new Promise((resolve, reject) => {
    let problem: string | undefined;
    const stop = (why: string): void => {
      problem ??= why;
      machine.kill('SIGKILL');
    };
    const timer = setTimeout(() => stop(`time limit of ${limitMs / 1000} s`), limitMs);
    const looks = setInterval(look, LOOK_MS);
    const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
    const listeners = signals.map((signal) => ({ signal, listener: () => stop(signal) }));
    for (const { signal, listener } of listeners) process.once(signal, listener);
    const finish = (): void => {
      clearTimeout(timer);
      clearInterval(looks);
      for (const { signal, listener } of listeners) process.off(signal, listener);
      look();
    };
    machine.once('error', (error) => {
      finish();
      reject(error);
    });
    machine.once('exit', () => {
      finish();
      resolve(problem);
    });
  });
}

/** Passes on what has been added to a file since the last call. */
function follow(path: string, take: (text: string) => void): () => void {
  const decoder = new StringDecoder();
  let taken = 0;
  return () => {
    const bytes = readFileSync(path);
    if (bytes.length > taken) take(decoder.write(bytes.subarray(taken)));
    taken = bytes.length;
  };
}

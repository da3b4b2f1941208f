/**
 * A throw-away virtual machine under qemu, without KVM: it sees this machine's whole tree at the same
 * paths, read-only with memory above it, and has no network device but lo. Three seconds to a command.
 * Two processors: qemu translates for each in a thread of its own, which is 1.7 times as fast.
 */
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { StringDecoder } from 'node:string_decoder';
import { prepareKernel } from './kernel.ts';

export interface GuestJob {
  /** For bash, as root, in the folder of the caller. What it prints is printed as it comes. */
  readonly script: string;
  readonly limitMs: number;
  /** The longest time without a word on either of its outputs; as long as all of it where absent. */
  readonly quietMs?: number;
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
/** In which a guest that is stopped may say what it is doing; it looks every five seconds. */
const ASK_MS = 30_000;

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
    let heardMs = performance.now();
    const heard = (): void => {
      heardMs = performance.now();
    };
    const looks = [
      follow(file('stdout'), (text) => heard() ?? process.stdout.write(text)),
      follow(file('records'), (text) => heard() ?? job.records?.(text)),
    ];
    const { limitMs, quietMs = limitMs } = job;
    const problem = await ended(machine, limitMs, file('ask'), () => {
      for (const look of looks) look();
      return performance.now() - heardMs > quietMs
        ? `not a word for ${quietMs / 1000} s`
        : undefined;
    });
    const status = readFileSync(file('status'), 'utf8').trim();
    if (status !== '') return { status: Number(status) };
    const tail = readFileSync(file('console'), 'latin1').slice(-CONSOLE_TAIL);
    const doing = existsSync(file('doing')) ? readFileSync(file('doing'), 'latin1') : 'no answer';
    return {
      status: undefined,
      problem: `${problem ?? 'the guest ended'}\n${tail}\nwhat it was doing:\n${doing}`,
    };
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
(while sleep 5; do if [ -e /run/vm/ask ]; then
  rm /run/vm/ask; ps -eo pid,ppid,stat,wchan:24,etimes,args >/run/vm/doing
fi; done) >/run/asked 2>&1 3>&- &
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

/** Why it ended, where that was not by itself: `look` tells too, and the limit, and signals to us. */
function ended(
  machine: ReturnType<typeof spawn>,
  limitMs: number,
  askFile: string,
  look: () => string | undefined,
): Promise<string | undefined> {
  return new Promise((resolve, reject) => {
    let problem: string | undefined;
    const kill = (): void => void machine.kill('SIGKILL');
    let grace: NodeJS.Timeout | undefined;
    const interrupt = (why: string): void => {
      problem ??= why;
      kill();
    };
    const ask = (why: string): void => {
      if (problem !== undefined) return;
      problem = why;
      writeFileSync(askFile, '');
      grace = setTimeout(kill, ASK_MS);
    };
    const timer = setTimeout(() => ask(`time limit of ${limitMs / 1000} s`), limitMs);
    const looks = setInterval(() => {
      const why = look();
      if (why !== undefined) ask(why);
    }, LOOK_MS);
    const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
    const listeners = signals.map((signal) => ({ signal, listener: () => interrupt(signal) }));
    for (const { signal, listener } of listeners) process.once(signal, listener);
    const finish = (): void => {
      clearTimeout(timer);
      clearTimeout(grace);
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

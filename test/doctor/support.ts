/** A host in a network namespace, with folders of its own where the doctor writes. */
import assert from 'node:assert/strict';
import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { testPath } from '../../tools/sweep.ts';
import { createTestPair, type TestNamespace, until } from '../linux/namespaces.ts';
import { KEEPALIVED } from './facts.ts';

/** What the machine that runs the tests has by itself. */
const OF_THE_MACHINE = ['node-end-of-life', 'clock-unsynchronised'];
/** Folders of the host that it writes to or reads, and where they are kept for the test. */
const FOLDERS = {
  '/var/lib': 'lib',
  '/etc/sysctl.d': 'sysctl.d',
  '/etc/modules-load.d': 'modules-load.d',
  '/etc/systemd/network': 'network',
  '/etc/keepalived': 'keepalived',
  '/run': 'run',
} as const;
const LIMIT_MS = 30_000;

export interface Report {
  readonly findings: readonly {
    readonly code: string;
    readonly message: string;
    readonly commands: readonly string[];
    readonly fixable: boolean;
  }[];
  readonly checked: readonly string[];
  readonly notChecked: readonly { readonly code: string; readonly why: string }[];
  readonly mended?: readonly { readonly state: string; readonly command: string }[];
}

export class DoctorHost {
  readonly own: TestNamespace;
  readonly peer: TestNamespace;
  readonly folder: string;
  readonly #children: ChildProcess[] = [];

  constructor(name: string) {
    const { left, right } = createTestPair(name);
    this.own = left;
    this.peer = right;
    this.folder = testPath(name);
    for (const one of Object.values(FOLDERS))
      mkdirSync(join(this.folder, one), { recursive: true });
    left.ip('addr add 192.0.2.1/24 dev eth0');
    right.ip('addr add 192.0.2.2/24 dev eth0');
    left.ip('route add default via 192.0.2.2');
  }

  write(name: string, text: string): string {
    const path = join(this.folder, name);
    writeFileSync(path, text, { mode: 0o600 });
    return path;
  }

  /** Options that name the files of a case. */
  given(files: Readonly<Record<string, string>> = {}): readonly string[] {
    const all = { 'keepalived.conf': KEEPALIVED(), ...files };
    return Object.entries(all).flatMap(([name, text]) => ['-f', this.write(name, text)]);
  }

  /** Ends what goes by that name in this host. */
  kill(name: string): void {
    for (const pid of this.#pids(this.own)) {
      const comm = readFileSync(`/proc/${pid}/comm`, 'latin1').trim();
      if (comm === name) process.kill(pid, 'SIGKILL');
    }
  }

  #pids(side: TestNamespace): readonly number[] {
    const text = execFileSync('ip', ['netns', 'pids', side.name], { encoding: 'utf8' });
    return text.split('\n').filter(Boolean).map(Number);
  }

  /** A command as this host has it; `before` runs first, in the same mount namespace. */
  words(before: string, argv: readonly string[]): readonly string[] {
    const binds = Object.entries(FOLDERS)
      .map(([there, here]) => `[ ! -d ${there} ] || mount --bind ${this.folder}/${here} ${there}`)
      .join('; ');
    const script = `set -e; ${binds}; ${before || ':'}; exec "$@"`;
    const net = `--net=/run/netns/${this.own.name}`;
    return ['nsenter', net, 'unshare', '-m', 'sh', '-c', script, 'sh', ...argv];
  }

  run(before: string, ...argv: readonly string[]) {
    const [program = '', ...args] = this.words(before, argv);
    return spawnSync(program, args, { encoding: 'utf8', timeout: LIMIT_MS });
  }

  /** What `holdfast doctor --json` says, but of the machine. */
  doctor(args: readonly string[], before = ''): Report {
    const listen = args.includes('--listen') ? [] : ['--listen', '0'];
    const words = this.program(['--json', ...listen, ...args]);
    const { stdout, stderr, status } = this.run(before, ...words);
    assert(status === 0 || status === 1, `status ${status}: ${stderr}`);
    const report = JSON.parse(stdout) as Report;
    const findings = report.findings.filter(({ code }) => !OF_THE_MACHINE.includes(code));
    return { ...report, findings };
  }

  program(args: readonly string[]): readonly string[] {
    return [resolve('bin/holdfast'), 'doctor', ...args];
  }

  /** What became of the steps of an action that looks at nothing. */
  doctor0(action: string): NonNullable<Report['mended']> {
    const { stdout } = this.run('', ...this.program([action, '--json']));
    return (JSON.parse(stdout) as Report).mended ?? [];
  }

  /** The findings of a doctor that is started through another program. */
  through(words: readonly string[], args: readonly string[]): Report['findings'] {
    const own = this.program(['--json', '--listen', '0', ...args]);
    const { stdout, stderr } = this.run('', ...words, ...own);
    assert.notEqual(stdout, '', stderr);
    const { findings } = JSON.parse(stdout) as Report;
    return findings.filter(({ code }) => !OF_THE_MACHINE.includes(code));
  }

  codes(args: readonly string[], before = ''): readonly string[] {
    return [...new Set(this.doctor(args, before).findings.map(({ code }) => code))].toSorted();
  }

  /** A program that goes on in this host, or in its peer. */
  start(where: 'own' | 'peer', ...argv: readonly string[]): ChildProcess {
    const words =
      where === 'own' ? this.words('', argv) : ['ip', 'netns', 'exec', this.peer.name, ...argv];
    const [program = '', ...args] = words;
    const child = spawn(program, args, { stdio: 'ignore' });
    this.#children.push(child);
    return child;
  }

  async stop(child: ChildProcess): Promise<void> {
    if (child.exitCode !== null || child.signalCode !== null) return;
    child.kill('SIGTERM');
    await until(() => child.exitCode !== null || child.signalCode !== null, 'its end', LIMIT_MS);
  }

  async remove(): Promise<void> {
    for (const child of this.#children) await this.stop(child);
    for (const side of [this.own, this.peer]) {
      for (const pid of this.#pids(side)) process.kill(pid, 'SIGKILL');
      side.remove();
    }
    rmSync(this.folder, { recursive: true, force: true });
  }
}

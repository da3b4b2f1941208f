/** The process itself, haproxy's and ours: how it is started, asked, told and ended. */
import assert from 'node:assert/strict';
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { prepareProgram, projectRoot } from '../../src/lab/programs.ts';
import { openFdWatcher } from '../../src/linux/fd-watcher.ts';
import { openStreams } from '../../src/linux/streams/streams.ts';
import { isSysError } from '../../src/ports/sys-error.ts';
import { testPath } from '../../tools/sweep.ts';

const HAPROXY = '/usr/sbin/haproxy';
const skip = existsSync(HAPROXY) ? false : 'needs haproxy';
const LIMIT_MS = 30_000;

const TIMES = 'timeout connect 2s\ntimeout client 5s\ntimeout server 5s\n';

/** Node has no datagrams over Unix sockets. */
const HEAR = `import socket, sys
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
s.bind(sys.argv[1])
while True: print(s.recv(4096).decode(), flush=True)`;

interface Ended {
  readonly code: number | null;
  readonly signal: string | null;
}

class Program {
  readonly folder: string;
  readonly #command: string;
  readonly #children = new Set<ChildProcess>();
  readonly #closers: (() => void)[] = [];
  said = '';

  constructor(name: string, program: string) {
    this.folder = testPath(`process-${name}`);
    rmSync(this.folder, { recursive: true, force: true });
    mkdirSync(this.folder, { recursive: true });
    this.#command = this.path('haproxy');
    symlinkSync(program, this.#command);
  }

  path(name: string): string {
    return join(this.folder, name);
  }

  /** `@/` stands for the folder. */
  write(text: string): string {
    writeFileSync(this.path('cfg'), text.replaceAll('@/', `${this.folder}/`));
    return this.path('cfg');
  }

  /** As HAProxy's own test tool does it: by a shell, in the folder, all that it says in one stream. */
  start(
    words: string,
    env: NodeJS.ProcessEnv = {},
    inherited: readonly number[] = [],
  ): ChildProcess {
    const child = spawn('/bin/sh', ['-c', `exec '${this.#command}' ${words} 2>&1`], {
      cwd: this.folder,
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'inherit', ...inherited],
    });
    this.said = '';
    child.stdout?.on('data', (bytes) => {
      this.said += String(bytes);
    });
    this.#children.add(child);
    child.once('exit', () => this.#children.delete(child));
    return child;
  }

  async run(words: string, env: NodeJS.ProcessEnv = {}): Promise<Ended> {
    return ended(this.start(words, env));
  }

  /** What a socket answers; undefined: nobody is there. */
  async ask(socket: string, line: string): Promise<string | undefined> {
    return new Promise((resolve) => {
      let text = '';
      const client = connect(socket.startsWith('/') ? socket : this.path(socket), () =>
        client.end(`${line}\n`),
      );
      client.on('error', () => resolve(undefined));
      client.on('data', (bytes) => {
        text += String(bytes);
      });
      client.on('end', () => resolve(text));
    });
  }

  async until<Value>(what: string, look: () => Promise<Value | undefined>): Promise<Value> {
    const limit = Date.now() + LIMIT_MS;
    for (;;) {
      const value = await look();
      if (value !== undefined) return value;
      if (Date.now() > limit) throw new Error(`not ${what}: ${this.said}`);
      await sleep(30);
    }
  }

  /** A socket that listens, at which this process accepts nobody. */
  async listen(): Promise<{ readonly fd: number; readonly path: string }> {
    const watcher = await openFdWatcher();
    const streams = openStreams(watcher);
    assert.ok(!isSysError(streams));
    const path = this.path(`given-${this.#closers.length}`);
    const listener = streams.listen({ kind: 'unix', path }, { backlog: 10 }, () => {});
    assert.ok(!isSysError(listener));
    listener.pause();
    this.#closers.push(() => {
      listener.close();
      streams.close();
      watcher.close();
    });
    return { fd: listener.fd, path };
  }

  /** In the place of systemd. */
  async hearNotices(): Promise<{ readonly path: string; lines(): readonly string[] }> {
    const path = this.path('notices');
    const child = spawn('python3', ['-c', HEAR, path], { stdio: ['ignore', 'pipe', 'inherit'] });
    this.#children.add(child);
    let text = '';
    child.stdout.on('data', (bytes) => {
      text += String(bytes);
    });
    await this.until('heard', async () => existsSync(path) || undefined);
    return { path, lines: () => text.split('\n') };
  }

  async close(): Promise<void> {
    for (const child of this.#children) child.kill('SIGKILL');
    for (const close of this.#closers) close();
    rmSync(this.folder, { recursive: true, force: true });
  }
}

async function ended(child: ChildProcess): Promise<Ended> {
  const [code, signal] = (await once(child, 'exit')) as [number | null, string | null];
  return { code, signal };
}

function catchesInt(pid: number | undefined): boolean {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  return (BigInt(`0x${/^SigCgt:\t(\w+)$/m.exec(status)?.[1]}`) & 2n) !== 0n;
}

const isThere = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
};

const programs = [
  ['ours', join(projectRoot(), 'bin', 'holdfast')],
  ['theirs', HAPROXY],
] as const;

for (const [name, file] of programs)
  describe(`the process of the proxy, ${name}`, { skip, concurrency: false }, () => {
    let program: Program;
    before(async () => {
      await prepareProgram('holdfast');
      program = new Program(name, file);
    });
    after(() => program?.close());
    const serves = (socket = 'stats.sock') =>
      program.until('serving', async () => (await program.ask(socket, 'show info')) || undefined);

    test('conditions of the command line', async () => {
      const conditions: readonly (readonly [text: string, code: number])[] = [
        ['version_atleast(2.5-dev2)', 0],
        ['!version_atleast(2.0) || streq(a,b)', 1],
        ['defined(SET) && streq("$SET","1")', 0],
        ['streq("$SET",2)', 1],
        ['200rrr', 2],
      ];
      for (const [text, code] of conditions)
        assert.equal((await program.run(`-cc '${text}'`, { SET: '1' })).code, code, text);
    });

    test('a configuration is tested', async () => {
      program.write(`listen l\nbind @/l.sock\n${TIMES}server s 127.0.0.1:1\n`);
      assert.equal((await program.run('-c -f cfg')).code, 0);
      assert.match(program.said, /Configuration file is valid/);
      program.write('listen l\nbnd @/l.sock\n');
      assert.equal((await program.run('-c -f cfg')).code, 1);
      assert.match(program.said, /unknown keyword 'bnd'/);
    });

    for (const [mode, master] of [
      ['-d', 'no master'],
      ['-W', 'a master'],
    ] as const)
      test(`${mode}: sockets that are open already, by the names of variables`, async () => {
        const [front, cli] = [await program.listen(), await program.listen()];
        // Descriptors of the child begin at 3, in this order.
        program.write(`global
stats socket "@/stats.sock" level admin mode 600
stats socket "fd@\${cli}" level admin
defaults
timeout client "\${NEVER_SET-5s}"
timeout connect 2s
timeout server 5s
frontend f
mode http
bind "fd@\${front}"
monitor-uri /
`);
        const child = program.start(`${mode} -f cfg`, { front: '3', cli: '4' }, [front.fd, cli.fd]);
        const end = ended(child);
        await serves();
        assert.match((await program.ask(cli.path, 'show info')) ?? '', /^Name: HAProxy$/m);
        assert.match(
          (await program.ask(front.path, 'GET / HTTP/1.0\r\n\r')) ?? '',
          /^HTTP\/1\.1 200/,
        );
        // a master of haproxy's serves before it listens to signals.
        if (master === 'a master')
          await program.until('heard', async () => catchesInt(child.pid) || undefined);
        child.kill('SIGINT');
        const expected =
          master === 'a master' ? { code: 130, signal: null } : { code: null, signal: 'SIGINT' };
        assert.deepEqual(await end, expected);
      });

    test('in the background: its pid in a file, and the next one takes over with -sf and -st', async () => {
      program.write(
        `global\nstats socket @/stats.sock level admin\nlisten l\nbind @/l.sock\n${TIMES}server s 127.0.0.1:1\n`,
      );
      const pids: number[] = [];
      for (const how of ['', '-sf', '-st']) {
        const words = how === '' ? '' : `${how} ${pids.at(-1)}`;
        assert.equal((await program.run(`-D -f cfg -p pid ${words}`)).code, 0, program.said);
        const pid = Number(readFileSync(program.path('pid'), 'utf8'));
        assert.ok(!pids.includes(pid));
        const before = pids.at(-1);
        if (before !== undefined)
          await program.until('ended', async () => !isThere(before) || undefined);
        pids.push(pid);
        await serves();
      }
      const pid = pids.at(-1) ?? 0;
      assert.equal(readFileSync(program.path('pid'), 'utf8'), `${pid}\n`);
      process.kill(pid, 'SIGTERM');
      await program.until('ended', async () => !isThere(pid) || undefined);
    });

    test("the master's socket: show proc, a worker by its number, reload", async () => {
      program.write(`listen l\nbind @/l.sock\n${TIMES}server s 127.0.0.1:1\n`);
      const notices = await program.hearNotices();
      const given = await program.listen();
      const env = { NOTIFY_SOCKET: notices.path };
      const child = program.start('-Ws -db -S fd@3 -f cfg', env, [given.fd]);
      const end = ended(child);
      const processes = async () => {
        const text = (await program.ask(given.path, 'show proc')) ?? '';
        const worker = /^# workers\n(\d+) +worker +0 /m.exec(text)?.[1];
        const reloads = /^\d+ +master +(\d+) /m.exec(text)?.[1];
        return worker === undefined ? undefined : { worker, reloads, text };
      };
      const first = await program.until('serving', processes);
      assert.match(first.text, /^#<PID> {10}<type> {10}<reloads> {7}<uptime> {8}<version> {6}\n/);
      const info = await program.until('answered', async () => {
        const text = (await program.ask(given.path, '@1 show info')) ?? '';
        return /^Pid: (\d+)$/m.exec(text)?.[1];
      });
      assert.equal(info, first.worker);
      assert.match((await program.ask(given.path, '@7 show info')) ?? '', /^Can't find the target/);
      await program.ask(given.path, 'reload');
      await program.until('reloaded', async () => {
        const next = await processes();
        const isNew = next !== undefined && next.worker !== first.worker && next.reloads === '1';
        return isNew || undefined;
      });
      child.kill('SIGTERM');
      assert.deepEqual(await end, { code: 0, signal: null });
      // haproxy says more than once that it reloads, and at its start as well.
      const wanted = 'READY=1 RELOADING=1 READY=1 STOPPING=1';
      await program.until('told the manager of services', async () => {
        const told = notices.lines().filter((line) => wanted.split(' ').includes(line));
        const news = told.slice(told.indexOf('READY=1'));
        return news.filter((line, at) => line !== news[at - 1]).join(' ') === wanted || undefined;
      });
    });

    test('what TLS lacks is told at the start, under a master as well', async () => {
      writeFileSync(program.path('bad.pem'), 'no certificate\n');
      program.write(`frontend l\nbind @/l.sock ssl crt @/bad.pem\n${TIMES}`);
      for (const mode of ['-db', '-W -db']) {
        assert.equal((await program.run(`${mode} -f cfg`)).code, 1);
        assert.match(program.said, /bad\.pem/);
      }
    });
  });

test('there is a haproxy to compare with', { skip }, () => {
  assert.match(execFileSync(HAPROXY, ['-v'], { encoding: 'utf8' }), /version 2\.6/);
});

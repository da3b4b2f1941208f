import {
  closeSync,
  constants,
  existsSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
} from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Host } from '../../src/lab/host.ts';
import type { HostProcess } from '../../src/lab/host-process.ts';
import { createNetwork, type Network } from '../../src/lab/network.ts';
import type { Program } from '../../src/lab/programs.ts';
import { testNamespace } from '../../tools/sweep.ts';

const limitMs = 30_000;

/**
 * Writes down how it is called and what it was given. It starts as few programs as can be: keepalived kills what still
 * runs of its scripts when it ends itself.
 */
const spyText = `#!/bin/sh
out='@spied'/$$
echo "$*" >"$out"
ls -l /proc/$$/cwd /proc/$$/fd >>"$out"
cat /proc/$$/stat /proc/self/status >>"$out"
echo '#environment' >>"$out"
cat /proc/$$/environ >>"$out"
echo '#end' >>"$out"
`;

/** By its arguments, what a script has seen of itself; undefined while it still writes. */
function spiedIn(text: string): readonly [call: string, seen: string] | undefined {
  const [all, environment, end] = text.split(/^#environment\n|#end\n$/m);
  if (all === undefined || environment === undefined || end === undefined) return undefined;
  const [call = '', ...lines] = all.split('\n');
  const [, pid, group] = /^(\d+) \(.*\) \S+ \d+ (\d+) /m.exec(all) ?? [];
  const links = lines.map((line) => / (\S+) -> (.*)$/.exec(line) ?? []);
  const seen = [
    ...environment
      .split('\0')
      // How bash calls what it starts.
      .filter((entry) => entry !== '' && !entry.startsWith('_='))
      .sort()
      .map((entry) => `env: ${entry}`),
    ...lines.filter((line) => /^(Sig(Blk|Ign)|Uid|Gid|Umask|CapEff|NoNewPrivs):/.test(line)),
    ...links
      // Where it writes is its own, and from 10 on they are the shell's.
      .filter(([, from = '', to]) => /^\d$/.test(from) && !to?.endsWith(`/${pid}`))
      .map(([, from, to]) => `fd ${from} -> ${to}`),
    ...links.filter(([, from]) => from?.endsWith('/cwd')).map(([, , to]) => `cwd: ${to}`),
    ...(pid === group ? ['leads its process group'] : []),
  ];
  return [call, seen.join('\n')];
}

const readerText = `#!/bin/sh
echo "argv: $1" >>'@read'
trap 'echo TERM >>@read; exit' TERM
while read -r line; do echo "$line" >>'@read'; done <"$2"
`;

/** One program on a network of its own, seen from outside: pipes, files and the scripts it runs. */
export class Observation {
  readonly program: Program;
  readonly #network: Network;
  #pipe: number | undefined;
  #told = '';
  #daemon: HostProcess | undefined;

  private constructor(program: Program, network: Network) {
    this.program = program;
    this.#network = network;
  }

  static async create(program: Program): Promise<Observation> {
    const prefix = testNamespace(`o${program[0]}-`);
    const network = await createNetwork({ prefix, hosts: [{ name: 'a' }, { name: 'b' }] });
    const made = new Observation(program, network);
    await made.host.run(
      `mkfifo -m 0600 '${made.path('pipe')}' && mkdir -m 0777 '${made.path('spied')}' '${made.path('save')}'`,
    );
    // Made before: keepalived makes its own anew at a reload, and what is read would be the old one.
    made.#pipe = openSync(made.path('pipe'), constants.O_RDWR | constants.O_NONBLOCK);
    made.host.write('bin/spy', made.#fill(spyText), 0o755);
    made.host.write('bin/reader', made.#fill(readerText), 0o755);
    return made;
  }

  get host(): Host {
    return this.#host('a');
  }

  get daemon(): HostProcess {
    if (this.#daemon === undefined) throw new Error('nothing runs');
    return this.#daemon;
  }

  path(name: string): string {
    return this.host.path(name);
  }

  /** @name stands for a file in the host's folder. */
  async start(config: string): Promise<void> {
    const file = this.host.write('keepalived.conf', this.#fill(config));
    const { program } = this;
    this.#daemon = await this.host.start({ program, config: { file } });
  }

  reload(config: string): void {
    this.host.write('keepalived.conf', this.#fill(config));
    this.daemon.signal('SIGHUP');
  }

  /** A host that loses every election, but does not know it since it hears nobody. */
  async startRival(config: string): Promise<HostProcess> {
    const rival = this.#host('b');
    const chain = 'type filter hook input priority 0\nip protocol 112 drop';
    await rival.nft(`table ip deaf {\nchain in {\n${chain}\n}\n}\n`);
    return rival.start({ program: 'keepalived', config });
  }

  /** All lines so far. */
  lines(): string[] {
    const buffer = Buffer.alloc(65_536);
    for (;;) {
      try {
        if (this.#pipe === undefined) break;
        const length = readSync(this.#pipe, buffer);
        if (length === 0) break;
        this.#told += buffer.toString('latin1', 0, length);
      } catch {
        break;
      }
    }
    return this.#told.split(/(?<=\n)/);
  }

  async untilTold(line: string, since = 0): Promise<void> {
    await this.until(
      () => this.lines().slice(since).includes(`${line}\n`),
      () => `${line} is not among ${this.lines().join('')}`,
    );
  }

  async until(condition: () => boolean, complaint: string | (() => string)): Promise<void> {
    const deadline = Date.now() + limitMs;
    while (!condition()) {
      if (Date.now() > deadline) {
        const text = typeof complaint === 'string' ? complaint : complaint();
        throw new Error(`${this.program}: ${text}\n${this.#daemon?.tail(20)}`);
      }
      await sleep(20);
    }
  }

  signal(number: number | NodeJS.Signals): void {
    process.kill(this.daemon.pid, number);
  }

  /** A file that a signal makes appear. */
  async dump(number: number | NodeJS.Signals, name: string): Promise<string> {
    const path = this.path(`tmp/${name}`);
    await this.host.run(['rm', '-f', path]);
    this.signal(number);
    let text = '';
    // keepalived is seen writing: a file is whole when it does not grow any more.
    await this.until(() => {
      const before = text;
      text = existsSync(path) ? readFileSync(path, 'utf8') : '';
      return text !== '' && text === before && text.endsWith('\n');
    }, `it writes no ${name}`);
    const { directory } = this.host;
    return text.replaceAll(directory, '@').replaceAll(directory.replaceAll('/', '\\/'), '@');
  }

  /** What each script has seen of itself, by its arguments. */
  spied(): Map<string, string> {
    const folder = this.path('spied');
    const texts = readdirSync(folder).map((name) => readFileSync(`${folder}/${name}`, 'utf8'));
    return new Map(
      texts.flatMap((text) => {
        const spied = spiedIn(text.replaceAll(this.host.directory, '@'));
        return spied === undefined ? [] : [spied];
      }),
    );
  }

  read(name: string): string {
    return existsSync(this.path(name)) ? readFileSync(this.path(name), 'utf8') : '';
  }

  async stop(): Promise<void> {
    await this.daemon.stop({ timeoutMs: limitMs });
  }

  destroy(): Promise<void> {
    if (this.#pipe !== undefined) closeSync(this.#pipe);
    return this.#network.destroy();
  }

  #host(name: string): Host {
    const found = this.#network.hosts.find((host) => host.name === name);
    if (found === undefined) throw new Error(`there is no host ${name}`);
    return found;
  }

  #fill(text: string): string {
    return text.replaceAll(/@(spied|read|pipe|all|bin|down|save)\b/g, (_all, name) =>
      this.path(name),
    );
  }
}

import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { bootScript, readyLine } from './boot-script.ts';
import { type CommandResult, type ExecuteOptions, execute, labEnvironment } from './execute.ts';
import { HostProcess, type SpawnOptions } from './host-process.ts';
import { monotonicMs } from './monotonic.ts';
import type { HostPlan, InterfacePlan } from './plan.ts';
import { prepareProgram, programArguments, type StartOptions } from './programs.ts';
import type { Switch } from './switch.ts';
import type { Changes } from './until.ts';

export interface AddressEvent {
  readonly atMs: number;
  readonly kind: 'added' | 'removed';
  readonly interfaceName: string;
  /** Without prefix length. */
  readonly address: string;
}

export interface HostContext {
  readonly plan: HostPlan;
  readonly directory: string;
  readonly switch: Switch;
  /** Told after every change of an address or of the power. */
  readonly changes: Changes;
  /** Makes the namespace and the cables; when the host was on before, anew. */
  readonly install: (plan: HostPlan) => Promise<void>;
}

/** A machine of the lab: namespaces of its own, a cable to the switch, a directory that stays. */
export class Host {
  readonly name: string;
  readonly plan: HostPlan;
  /** The host's disk: what lies here survives a power failure. */
  readonly directory: string;
  readonly processes = new Set<HostProcess>();
  /** What the machine starts by itself whenever its power comes on. */
  readonly bootTasks: (() => Promise<unknown>)[] = [];
  readonly addressEvents: AddressEvent[] = [];
  readonly #context: HostContext;
  readonly #addresses = new Map<string, { interfaceName: string; address: string }>();
  #boot: ChildProcessWithoutNullStreams | undefined;
  #ended: Promise<unknown> = Promise.resolve();
  #initPid = 0;
  #daemons = 0;

  constructor(context: HostContext) {
    this.#context = context;
    this.plan = context.plan;
    this.name = context.plan.name;
    this.directory = context.directory;
    mkdirSync(join(this.directory, 'tmp'), { recursive: true, mode: 0o755 });
  }

  get isOn(): boolean {
    return this.#initPid !== 0;
  }

  /** The process id of the host's first process, for `nsenter -a -t`; 0 when it is off. */
  get initPid(): number {
    return this.#initPid;
  }

  get interface(): InterfacePlan {
    const [first] = this.plan.interfaces;
    if (first === undefined) throw new Error(`${this.name} has no interface`);
    return first;
  }

  /** The host's own first address of a family. */
  address(family: 4 | 6): string {
    const own = this.interface.addresses.find((text) => text.includes(':') === (family === 6));
    if (own === undefined) throw new Error(`${this.name} has no IPv${family} address`);
    return own.replace(/\/.*/, '');
  }

  /** Whether the address is on one of the host's interfaces now, as its kernel says. */
  holds(address: string): boolean {
    return [...this.#addresses.values()].some((entry) => entry.address === address);
  }

  /** All addresses on the host's interfaces now. */
  heldAddresses(): string[] {
    return [...this.#addresses.values()].map((entry) => entry.address);
  }

  /** Writes a file; a relative path is one in the host's directory. Returns the absolute path. */
  write(path: string, text: string, mode = 0o644): string {
    const file = this.path(path);
    mkdirSync(dirname(file), { recursive: true, mode: 0o755 });
    writeFileSync(file, text, { mode });
    return file;
  }

  path(path: string): string {
    return path.startsWith('/') ? path : join(this.directory, path);
  }

  /** Runs a command (a text is for `sh -c`) on the host to its end. */
  run(command: string | readonly string[], options: ExecuteOptions = {}): Promise<CommandResult> {
    return execute(this.#enter(command), { ...options, env: labEnvironment(options.env) });
  }

  /** Starts a command on the host; resolves when its process exists. */
  async spawn(
    command: string | readonly string[],
    options: SpawnOptions & { readonly name?: string } = {},
  ): Promise<HostProcess> {
    const env = labEnvironment(options.env);
    const title = options.name ?? (typeof command === 'string' ? command : (command[0] ?? ''));
    const started = new HostProcess(this.#enter(command), `${this.name}: ${title}`, {
      ...options,
      env,
    });
    this.processes.add(started);
    void started.exited.then(() => this.processes.delete(started));
    return started.started();
  }

  /** Starts keepalived or holdfast in the foreground with a configuration of its own. */
  async start(options: StartOptions): Promise<HostProcess> {
    await prepareProgram(options.program);
    const folder = `${options.name ?? options.program}-${++this.#daemons}`;
    const file =
      typeof options.config === 'string'
        ? this.write(join(folder, 'keepalived.conf'), options.config)
        : options.config.file;
    mkdirSync(this.path(folder), { recursive: true, mode: 0o755 });
    const argv = programArguments(options, { file, folder: this.path(folder) });
    return this.spawn(argv, {
      name: options.program,
      env: { TMPDIR: this.path('tmp'), ...options.env },
    });
  }

  /** Takes an interface down, or up again, on the host itself. */
  async setLink(state: 'up' | 'down', name = this.interface.name): Promise<void> {
    const result = await this.run(['ip', 'link', 'set', 'dev', name, state]);
    if (result.status !== 0) throw new Error(`${this.name}: ${result.stderr.trim()}`);
  }

  /** Pulls the cable out (the host loses its carrier), or plugs it in. */
  async setCable(state: 'plugged' | 'pulled', name = this.interface.name): Promise<void> {
    const ports = this.plan.interfaces.filter((entry) => entry.name === name);
    const action = state === 'plugged' ? 'up' : 'down';
    await this.#context.switch.order(ports.map(({ port }) => `link set dev ${port} ${action}`));
  }

  /** Cuts the host off from the others that are isolated too; it keeps its carrier and the client. */
  async setIsolation(state: 'isolated' | 'connected', name = this.interface.name): Promise<void> {
    const ports = this.plan.interfaces.filter((entry) => entry.name === name);
    const flag = state === 'isolated' ? 'on' : 'off';
    await this.#context.switch.order(
      ports.map(({ port }) => `link set dev ${port} type bridge_slave isolated ${flag}`),
    );
  }

  /** Loads a ruleset into the host's nftables. */
  async nft(ruleset: string): Promise<void> {
    const result = await this.run(['nft', '-f', '-'], { input: ruleset });
    if (result.status !== 0) throw new Error(`${this.name}: nft: ${result.stderr.trim()}`);
  }

  /** The power fails: SIGKILL to every process and all links down, in one step. */
  async powerOff(): Promise<void> {
    if (!this.isOn) return;
    const ports = this.plan.interfaces.map(({ port }) => `link set dev ${port} down`);
    // The kernel kills all processes of a PID namespace with its first one.
    this.kill();
    await Promise.all([this.#context.switch.order(ports), this.ended()]);
    for (const [key, entry] of this.#addresses) this.#record('removed', key, entry);
    this.#context.changes.notify();
  }

  /** Starts the host with empty kernel state, and its boot tasks; nothing else comes back. */
  async powerOn(): Promise<void> {
    if (this.isOn) return;
    await this.#context.install(this.plan);
    const namespace = `--net=/run/netns/${this.plan.namespace}`;
    const unshare = ['unshare', '--pid', '--fork', '--kill-child', '--mount', '--uts'];
    const boot = spawn(
      'nsenter',
      [namespace, ...unshare, '--mount-proc', 'sh', '-c', bootScript(this.plan)],
      {
        detached: true,
        cwd: '/',
        env: labEnvironment(),
      },
    );
    this.#boot = boot;
    this.#ended = new Promise((resolve) => {
      boot.once('exit', resolve);
      boot.once('error', resolve);
    });
    let errors = '';
    boot.stdin.on('error', () => {});
    boot.stderr.on('data', (chunk: Buffer) => {
      errors = (errors + chunk.toString()).slice(-4096);
    });
    await new Promise<void>((resolve, reject) => {
      const fail = (): void => reject(new Error(`${this.name} did not start: ${errors.trim()}`));
      boot.once('error', fail);
      boot.once('exit', fail);
      createInterface({ input: boot.stdout }).on('line', (line) => {
        if (line === readyLine) resolve();
        else this.#followAddresses(line);
      });
    });
    // `unshare` stays outside as the parent of the first process.
    const children = readFileSync(`/proc/${boot.pid}/task/${boot.pid}/children`, 'utf8');
    this.#initPid = Number.parseInt(children, 10);
    boot.once('exit', () => {
      if (this.#boot === boot) this.#initPid = 0;
    });
    this.#context.changes.notify();
    await Promise.all(this.bootTasks.map((task) => task()));
  }

  /** Kills everything on the host; synchronous, for the last moments of a process. */
  kill(): void {
    const pid = this.#initPid;
    this.#initPid = 0;
    try {
      if (pid > 0) process.kill(pid, 'SIGKILL');
      else this.#boot?.kill('SIGKILL');
    } catch {
      // It is dead already.
    }
  }

  /** Resolves when no process of the host is left. */
  async ended(): Promise<void> {
    await this.#ended;
    await Promise.all([...this.processes].map((entry) => entry.exited));
  }

  #enter(command: string | readonly string[]): string[] {
    if (!this.isOn) throw new Error(`${this.name} is switched off`);
    const argv = typeof command === 'string' ? ['sh', '-c', command] : command;
    const namespaces = ['--net', '--mount', '--uts', '--pid'];
    return ['nsenter', '--target', String(this.#initPid), ...namespaces, '--', ...argv];
  }

  /** A line of `ip -o monitor address` or `ip -o address show`. */
  #followAddresses(line: string): void {
    const match = /^(Deleted )?\d+: +(\S+) +inet6? +([^\s/]+)(?:\/(\d+))?/.exec(line);
    if (match === null) return;
    const [, deleted, interfaceName = '', address = '', length = ''] = match;
    const key = `${interfaceName} ${address}/${length}`;
    this.#record(deleted === undefined ? 'added' : 'removed', key, { interfaceName, address });
    this.#context.changes.notify();
  }

  #record(
    kind: AddressEvent['kind'],
    key: string,
    entry: { interfaceName: string; address: string },
  ): void {
    // A renewed address is announced again.
    if ((kind === 'added') === this.#addresses.has(key)) return;
    if (kind === 'added') this.#addresses.set(key, entry);
    else this.#addresses.delete(key);
    this.addressEvents.push({ atMs: monotonicMs(), kind, ...entry });
  }
}

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Host } from '../../src/lab/host.ts';
import type { HostProcess } from '../../src/lab/host-process.ts';
import { createLab, type Lab } from '../../src/lab/lab.ts';
import type { HostOptions } from '../../src/lab/plan.ts';
import { prepareProgram, projectRoot } from '../../src/lab/programs.ts';
import { testNamespace } from '../../tools/sweep.ts';

/** Debian's keepalived instead of holdfast: so it shows whether the tests themselves are right. */
export const program = process.env.HOLDFAST_SEEDS_WITH === 'keepalived' ? 'keepalived' : 'holdfast';

/** Why the seeds cannot be run here, or false. */
export const skipSeeds: string | false =
  process.platform === 'linux' && process.getuid?.() === 0 ? false : 'needs root on Linux';

/** The keepalived.conf of a seed, as its shell, its template or its image's start script writes it. */
export function seedFile(folder: string): string {
  const file = new URL(`files/${folder}/keepalived.conf`, import.meta.url);
  return readFileSync(fileURLToPath(file), 'utf8');
}

/** What is the machine's own: changes made elsewhere in these go with the power. */
const writable = ['/etc', '/usr/bin', '/usr/sbin', '/usr/local', '/var/lib', '/var/log'];
/** What lies here survives a power failure. */
const kept = ['/etc/keepalived', '/etc/kubernetes', '/etc/haproxy', '/usr/local/etc/keepalived'];

/**
 * A host of the lab on which a seed's commands can be typed as they stand: it has an /etc and a
 * /usr of its own, in which the program called keepalived is holdfast.
 */
export class Machine {
  readonly host: Host;
  /** What starts, in this order, when the power comes on. */
  readonly services: (() => Promise<unknown>)[] = [];
  daemon: HostProcess | undefined;

  constructor(host: Host) {
    this.host = host;
    host.bootTasks.push(() => this.boot());
  }

  get name(): string {
    return this.host.name;
  }

  async boot(): Promise<void> {
    const link = join(projectRoot(), 'bin', 'holdfast');
    const install = program === 'holdfast' ? `ln -sf '${link}' /usr/sbin/keepalived` : ':';
    await this.shell(`
      set -e
      for folder in ${writable.join(' ')}; do
        [ -d $folder ] || continue
        mkdir -p /run/disk$folder/upper /run/disk$folder/work
        mount -t overlay overlay $folder \
          -o lowerdir=$folder,upperdir=/run/disk$folder/upper,workdir=/run/disk$folder/work
      done
      for folder in ${kept.join(' ')}; do
        mkdir -p '${this.host.directory}'$folder $folder
        mount --bind '${this.host.directory}'$folder $folder
      done
      ${install}`);
    for (const service of this.services) await service();
  }

  /** Types commands into the machine's bash; they must succeed. */
  async shell(script: string, env: Record<string, string> = {}): Promise<string> {
    const result = await this.host.run(['bash', '-c', script], { env });
    if (result.status !== 0) {
      throw new Error(`${this.name}: status ${result.status}: ${result.stderr}\n${script}`);
    }
    return result.stdout;
  }

  /** Writes a file, as Ansible's template module or an editor would. */
  async write(path: string, text: string, mode = '0644'): Promise<void> {
    const script = `cat > '${path}' && chmod ${mode} '${path}'`;
    const result = await this.host.run(script, { input: text });
    if (result.status !== 0) throw new Error(`${this.name}: ${result.stderr}`);
  }

  /** Starts keepalived, in words as the seed has them: `keepalived -n --all …`. */
  async start(command: string): Promise<HostProcess> {
    const daemon = await this.host.spawn(command.split(' '), { name: 'keepalived' });
    this.daemon = daemon;
    return daemon;
  }

  /** Starts the daemon now, and from now on whenever the power comes on. */
  async enable(command: string): Promise<HostProcess> {
    this.services.push(() => this.start(command));
    return this.start(command);
  }

  /** Stops the daemon as `docker stop` does; it must end with status 0. */
  async stop(): Promise<void> {
    const end = await this.running.stop();
    if (end.status !== 0) {
      throw new Error(
        `${this.name}: status ${end.status}, ${end.signal} after SIGTERM\n${this.log()}`,
      );
    }
  }

  get running(): HostProcess {
    if (this.daemon === undefined) throw new Error(`${this.name}: no daemon was started`);
    return this.daemon;
  }

  /** All that the daemon has logged. */
  log(): string {
    return this.running.log.map(({ text }) => text).join('\n');
  }

  /** How often the log has a line that matches. */
  logged(pattern: RegExp): number {
    return this.running.log.filter(({ text }) => pattern.test(text)).length;
  }
}

/** The machines of a seed, and who holds its VIP. */
export class SeedLab {
  readonly lab: Lab;
  readonly machines: readonly Machine[];

  constructor(lab: Lab) {
    this.lab = lab;
    this.machines = lab.hosts.map((host) => new Machine(host));
  }

  machine(name: string): Machine {
    const found = this.machines.find((machine) => machine.name === name);
    if (found === undefined) throw new RangeError(`there is no machine ${name}`);
    return found;
  }

  /** Waits until that machine, and no other, has the address. */
  async holds(name: string, vip: string): Promise<void> {
    try {
      await this.lab.waitForHolder(vip, name, { timeoutMs: 40_000 });
    } catch (error) {
      const logs = this.machines
        .filter(({ daemon }) => daemon !== undefined)
        .map((machine) => `--- ${machine.name}\n${machine.running.tail()}`);
      throw new Error(`${(error as Error).message}\n${logs.join('\n')}`);
    }
  }

  /** Waits until one of those machines alone has the address; resolves to it. */
  async holdsOneOf(names: readonly string[], vip: string): Promise<Machine> {
    const name = await this.lab.network.changes.until(
      () => {
        const [holder = '', ...others] = this.lab.holdersOf(vip);
        return others.length === 0 && names.includes(holder) ? holder : undefined;
      },
      {
        timeoutMs: 40_000,
        describe: () => `${vip} is on ${this.lab.holdersOf(vip).join(' and ') || 'no host'}`,
      },
    );
    return this.machine(name);
  }

  /** The same, after which the machine alone was master for some adverts: no race goes on. */
  async settles(names: readonly string[], vip: string): Promise<Machine> {
    for (let attempt = 1; ; attempt++) {
      const holder = await this.holdsOneOf(names, vip);
      try {
        await advertsFrom(holder, { count: 3, timeoutMs: 5000 });
      } catch (error) {
        if (attempt === 5) throw error;
        continue;
      }
      if (this.lab.holdersOf(vip).join() === holder.name) return holder;
    }
  }

  destroy(): Promise<void> {
    return this.lab.destroy();
  }
}

let labs = 0;

export async function createSeedLab(
  hosts: readonly HostOptions[],
  client: string,
): Promise<SeedLab> {
  await prepareProgram(program);
  const lab = await createLab({
    prefix: testNamespace(`s${++labs}-`),
    families: [4],
    hosts,
    client: { interfaces: [{ addresses: [client] }] },
  });
  try {
    const seed = new SeedLab(lab);
    await Promise.all(seed.machines.map((machine) => machine.boot()));
    return seed;
  } catch (error) {
    await lab.destroy();
    throw error;
  }
}

/** Waits until a VRRP router on this machine has sent so many adverts from now on. */
export async function advertsFrom(
  machine: Machine,
  options: {
    readonly count: number;
    readonly interfaceName?: string;
    readonly timeoutMs?: number;
  },
): Promise<void> {
  const { count, interfaceName = 'eth0', timeoutMs = 60_000 } = options;
  const capture = `tcpdump -p -n -l -i ${interfaceName} -Q out -c ${count} ip proto 112`;
  const tcpdump = await machine.host.spawn(capture.split(' '));
  const timer = setTimeout(() => tcpdump.signal('SIGKILL'), timeoutMs);
  const end = await tcpdump.exited;
  clearTimeout(timer);
  if (end.status !== 0) throw new Error(`${machine.name} sent no ${count} adverts`);
}

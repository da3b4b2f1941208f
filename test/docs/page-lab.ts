/** Does what a page of the documentation says, on hosts of the lab. */
import { copyFileSync, existsSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { CommandResult } from '../../src/lab/execute.ts';
import type { HostProcess } from '../../src/lab/host-process.ts';
import { prepareProgram, projectRoot } from '../../src/lab/programs.ts';
import { createCluster } from '../cluster/cluster.ts';
import { createSeedLab, type SeedLab } from '../seeds/machine.ts';
import type { Step } from './steps.ts';
import { typeStep } from './type-step.ts';

const COMMAND_MS = 180_000;
/** Programs that a page's hosts have beforehand, as `$HELPERS`. */
const HELPERS = import.meta.dirname;
/** What the packages install, under the names by which pages call it. */
const NAMES = ['holdfast', 'keepalived', 'haproxy'];

export class PageLab {
  readonly seed: SeedLab;
  readonly #started = new Map<string, HostProcess>();

  private constructor(seed: SeedLab) {
    this.seed = seed;
  }

  static async create(hosts: readonly { name: string; address: string }[]): Promise<PageLab> {
    await prepareProgram('holdfast');
    if (hosts[0]?.name === 'cluster') return new PageLab(await createSshCluster());
    const client = hosts.find(({ name }) => name === 'client')?.address;
    if (client === undefined) throw new Error("a lab needs 'client=ADDRESS/LENGTH'");
    const machines = hosts.filter(({ name }) => name !== 'client');
    const seed = await createSeedLab(
      machines.map(({ name, address }) => ({
        name,
        interfaces: [{ name: 'eth0', addresses: [address] }],
      })),
      client,
    );
    const lab = new PageLab(seed);
    const program = join(projectRoot(), 'bin', 'holdfast');
    const links = NAMES.map((name) => `ln -sf '${program}' /usr/sbin/${name}`).join('\n');
    try {
      for (const machine of seed.machines) {
        machine.services.push(() => machine.shell(`set -e\n${links}\n`));
        await machine.shell(`set -e\n${links}\n`);
      }
    } catch (error) {
      await seed.destroy();
      throw error;
    }
    return lab;
  }

  /** Runs a command where a step says: on a host, on the client, or `here`. */
  run(host: string, text: string): Promise<CommandResult> {
    const folder = this.#folder(host);
    const machine = host === 'client' ? this.seed.lab.client : this.seed.machine(host).host;
    const script = `cd '${folder}'\n{\n${text}\n} 2>&1`;
    const own = join(this.seed.lab.network.directory, 'bin');
    const env = { PATH: `${own}:${process.env.PATH}` };
    return machine.run(['bash', '-c', script], { timeoutMs: COMMAND_MS, env });
  }

  #folder(host: string): string {
    const folder = join(this.seed.lab.network.directory, 'typed', host);
    if (existsSync(folder)) return folder;
    mkdirSync(folder, { recursive: true });
    // As in a checkout.
    mkdirSync(join(folder, 'bin'));
    symlinkSync(join(projectRoot(), 'bin', 'holdfast'), join(folder, 'bin', 'holdfast'));
    return folder;
  }

  async take(step: Step): Promise<void> {
    switch (step.kind) {
      case 'type':
        return typeStep(step, {
          run: (host, text) => this.run(host, text),
          logs: () => this.#logs(),
        });
      case 'write':
        for (const host of step.hosts) await this.#write(host, step.file, step.text);
        return;
      case 'start':
        for (const host of step.hosts) await this.#start(host, step.name, step.text);
        return;
      case 'do':
        return this.#do(step.host, step.what);
      case 'beforehand':
        for (const host of step.hosts) await this.#beforehand(host, step.text);
        return;
      default:
        return;
    }
  }

  #logs(): string {
    return [...this.#started].map(([name, child]) => `\n--- ${name}\n${child.tail()}`).join('');
  }

  async #write(host: string, file: string, text: string): Promise<void> {
    const path = file.startsWith('/') ? file : join(this.#folder(host), file);
    const mode = text.startsWith('#!') ? '0755' : '0644';
    if (host === 'client') writeFileSync(path, text);
    else {
      await this.seed.machine(host).shell(`mkdir -p "$(dirname '${path}')"`);
      await this.seed.machine(host).write(path, text, mode);
    }
  }

  /** A program that goes on; when the power comes back the reader's host starts it anew. */
  async #start(host: string, name: string, text: string): Promise<void> {
    const machine = this.seed.machine(host);
    const begin = async (): Promise<void> => {
      const script = `cd '${this.#folder(host)}' && exec ${text}`;
      this.#started.set(`${host} ${name}`, await machine.host.spawn(['bash', '-c', script]));
    };
    machine.services.push(begin);
    await begin();
  }

  async #do(host: string, what: string): Promise<void> {
    const machine = this.seed.machine(host);
    const [verb, object = ''] = what.split(' ');
    const started = this.#started.get(`${host} ${object}`);
    if (what === 'power off') return machine.host.powerOff();
    if (what === 'power on') return machine.host.powerOn();
    if (what === 'cable pulled') return machine.host.setCable('pulled');
    if (what === 'cable plugged') return machine.host.setCable('plugged');
    if (verb === 'run') return this.#beforehand(host, what.slice('run '.length));
    if (started === undefined) throw new Error(`${host}: nothing called ${object} was started`);
    if (verb === 'stop') await started.stop();
    else if (verb === 'kill') await started.stop({ signal: 'SIGKILL' });
    else throw new Error(`nobody knows how to '${what}'`);
  }

  /** Stays running where it ends with `&`. */
  async #beforehand(host: string, text: string): Promise<void> {
    const machine = this.seed.machine(host);
    const env = { HELPERS, HERE: this.#folder(host), REAL_KEEPALIVED: this.#realKeepalived() };
    const begin = async (): Promise<void> => {
      if (!text.endsWith('&')) await machine.shell(text, env);
      else await machine.host.spawn(['bash', '-c', `exec ${text.slice(0, -1)}`], { env });
    };
    machine.services.push(begin);
    await begin();
  }

  /** keepalived's own program; on the machines of the lab its name is holdfast's. */
  #realKeepalived(): string {
    const copy = join(this.seed.lab.network.directory, 'keepalived');
    if (!existsSync(copy)) copyFileSync('/usr/sbin/keepalived', copy);
    return copy;
  }

  destroy(): Promise<void> {
    return this.seed.destroy();
  }
}

/** Three masters with API servers, ssh and a kubelet; on the client `ssh` has the key for them. */
async function createSshCluster(): Promise<SeedLab> {
  const cluster = await createCluster();
  const { directory } = cluster.seed.lab.network;
  const own = join(directory, 'bin');
  mkdirSync(own);
  const options = [
    ...['-F', '/dev/null', '-i', cluster.path('id')],
    ...['-o', `UserKnownHostsFile=${cluster.path('known_hosts')}`],
    ...['-o', 'StrictHostKeyChecking=accept-new'],
  ];
  writeFileSync(join(own, 'ssh'), `#!/bin/sh\nexec /usr/bin/ssh ${options.join(' ')} "$@"\n`, {
    mode: 0o755,
  });
  symlinkSync(join(projectRoot(), 'bin', 'holdfast'), join(own, 'holdfast'));
  return cluster.seed;
}

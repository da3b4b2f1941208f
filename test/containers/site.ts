/** Hosts that are network namespaces on one switch, with containers that use them as their own. */

import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { mustRun, onMachine, podman, type Ran, run } from '../../tools/containers/machine.ts';
import { testNamespace, testPath } from '../../tools/sweep.ts';

const WAIT_MS = 60_000;
const LOOK_MS = 200;

export interface HostSpec {
  readonly name: string;
  /** With its prefix. */
  readonly address: string;
  readonly link?: string;
}

export class ContainerHost {
  readonly namespace: string;
  readonly link: string;
  readonly #port: string;
  readonly #switch: string;
  readonly #folder: string;

  constructor({ name, link = 'eth0' }: HostSpec, { switchName, folder }: SiteParts) {
    this.namespace = testNamespace(name);
    this.link = link;
    this.#port = `p-${name}`;
    this.#switch = switchName;
    this.#folder = folder;
  }

  /**
   * Types it into a shell of the host. `docker` is podman; names of containers carry the host's, since all hosts
   * share one store.
   */
  type(script: string): Ran {
    const docker = `docker() {
      local words=() word last=
      for word; do
        [[ $last == --name ]] && word=${this.namespace}-$word
        words+=("$word"); last=$word
      done
      podman "\${words[@]}"
    }`;
    const shell = onMachine(['bash', '-c', `${docker}\n${script}`], this.#folder);
    return run(shell, { namespace: this.namespace });
  }

  must(script: string): string {
    const { status, stdout, stderr } = this.type(script);
    if (status !== 0) throw new Error(`${script}: status ${status}\n${stdout}${stderr}`);
    return stdout;
  }

  /** A container's name, as it is in the store. */
  container(name: string): string {
    return `${this.namespace}-${name}`;
  }

  logs(name: string): string {
    const { stdout, stderr } = podman(['logs', this.container(name)]);
    return `${stdout}${stderr}`;
  }

  has(address: string): boolean {
    return this.must('ip -o addr').includes(` ${address}/`);
  }

  /** The cable of the host, at the switch. */
  plug(state: 'in' | 'out'): void {
    const way = state === 'in' ? 'up' : 'down';
    mustRun(['ip', '-n', this.#switch, 'link', 'set', this.#port, way]);
  }
}

interface SiteParts {
  readonly switchName: string;
  readonly folder: string;
}

export class Site {
  readonly hosts: readonly ContainerHost[];
  readonly folder = testPath('containers');
  readonly #switch = testNamespace('switch');

  constructor(specs: readonly HostSpec[]) {
    mkdirSync(this.folder, { recursive: true });
    mustRun(['ip', 'netns', 'add', this.#switch]);
    this.#inSwitch('link add br0 type bridge');
    this.#inSwitch('link set br0 up');
    this.hosts = specs.map((spec) => this.#add(spec));
  }

  #inSwitch(words: string): void {
    mustRun(['ip', '-n', this.#switch, ...words.split(' ')]);
  }

  #add(spec: HostSpec): ContainerHost {
    const host = new ContainerHost(spec, { switchName: this.#switch, folder: this.folder });
    const { namespace, link } = host;
    mustRun(['ip', 'netns', 'add', namespace]);
    this.#inSwitch(`link add p-${spec.name} type veth peer name ${link} netns ${namespace}`);
    this.#inSwitch(`link set p-${spec.name} master br0 up`);
    host.must(`ip link set lo up; ip link set ${link} up; ip addr add ${spec.address} dev ${link}`);
    return host;
  }

  /** The hosts that hold an address, by their place in the list. */
  holders(address: string): readonly number[] {
    return this.hosts.flatMap((host, index) => (host.has(address) ? [index] : []));
  }

  /** Until exactly this host of the list holds the address. */
  async held(address: string, by: number, what: string): Promise<void> {
    await until(what, () => {
      const holders = this.holders(address);
      return holders.length === 1 && holders[0] === by
        ? undefined
        : `held by ${holders.join(' and ')}`;
    });
  }

  path(name: string): string {
    return join(this.folder, name);
  }

  remove(): void {
    const names = podman(['ps', '-a', '--format', '{{.Names}}']).stdout.split('\n');
    const ours = names.filter((name) =>
      this.hosts.some(({ namespace }) => name.startsWith(namespace)),
    );
    if (ours.length > 0) podman(['rm', '-f', '-t', '3', ...ours]);
    for (const name of [...this.hosts.map(({ namespace }) => namespace), this.#switch]) {
      run(['ip', 'netns', 'del', name]);
    }
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** `look` says what is still missing. */
export async function until(what: string, look: () => string | undefined): Promise<void> {
  const end = performance.now() + WAIT_MS;
  for (;;) {
    const missing = look();
    if (missing === undefined) return;
    if (performance.now() > end) throw new Error(`${what}: after ${WAIT_MS / 1000} s ${missing}`);
    await sleep(LOOK_MS);
  }
}

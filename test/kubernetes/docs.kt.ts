/** The quick start for a cluster, typed block by block before a real API server. */
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { CommandResult } from '../../src/lab/execute.ts';
import { projectRoot } from '../../src/lab/programs.ts';
import { runPage, type Stage } from '../docs/run-page.ts';
import type { Step } from '../docs/steps.ts';
import { typeStep } from '../docs/type-step.ts';
import { Nodes } from './nodes.ts';
import { skipKubernetes } from './server.ts';

const VIP = '172.16.40.33';

/** The reader has kubectl, a clone, and no shell on nodes. */
class ClusterStage implements Stage {
  readonly #nodes: Nodes;
  readonly #folder: string;
  readonly #env: Record<string, string>;

  private constructor(nodes: Nodes) {
    this.#nodes = nodes;
    this.#folder = join(nodes.lab.network.directory, 'reader');
    mkdirSync(join(this.#folder, 'bin'), { recursive: true });
    symlinkSync(join(projectRoot(), 'deploy'), join(this.#folder, 'deploy'));
    symlinkSync(join(projectRoot(), 'bin/holdfast'), join(this.#folder, 'bin/holdfast'));
    const [kubectl = '', config = ''] = nodes.kubernetes.kubectlCommand(nodes.server.url, []);
    symlinkSync(kubectl, join(this.#folder, 'bin/kubectl'));
    this.#env = {
      PATH: `${join(this.#folder, 'bin')}:${process.env.PATH}`,
      KUBECONFIG: config.replace('--kubeconfig=', ''),
      // Where it keeps what it has read of the API.
      HOME: this.#folder,
    };
  }

  static async create(): Promise<ClusterStage> {
    return new ClusterStage(await Nodes.create());
  }

  async take(step: Step): Promise<void> {
    if (step.kind === 'type') {
      return typeStep(step, { run: (host, text) => this.#run(host, text), logs: () => '' });
    }
    if (step.kind === 'write') {
      writeFileSync(join(this.#folder, step.file), step.text);
    } else if (step.kind === 'do') {
      const [verb = '', object = ''] = step.what.split(' ');
      if (verb === 'run-daemon-set') await this.#nodes.runDaemonSet(object);
      else if (step.what === 'power off' && step.host === 'holder') await this.#powerOffHolder();
      else throw new Error(`nobody knows how to '${step.what}'`);
    }
  }

  /** The reader knows which node it is; the page does not. */
  async #powerOffHolder(): Promise<void> {
    const holder = await this.#nodes.lab.waitForHolder(VIP);
    await this.#nodes.host(holder).powerOff();
  }

  #run(host: string, text: string): Promise<CommandResult> {
    if (host !== 'client') throw new Error(`nothing is typed on ${host}`);
    const script = `cd '${this.#folder}'\n{\n${text}\n} 2>&1`;
    const options = { timeoutMs: 60_000, env: this.#env };
    return this.#nodes.lab.client.run(['bash', '-c', script], options);
  }

  destroy(): Promise<void> {
    return this.#nodes.destroy();
  }
}

runPage('docs/quick-start/kubernetes.md', {
  skip: skipKubernetes,
  create: () => ClusterStage.create(),
});

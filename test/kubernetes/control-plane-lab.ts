import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { prepareProgram, projectRoot } from '../../src/lab/programs.ts';
import { createSeedLab, type Machine, type SeedLab } from '../seeds/machine.ts';
import { type ApiServer, Kubernetes } from './server.ts';

export const MASTERS = ['node01', 'node02', 'node03'] as const;
export const VIP = '10.1.86.209';
/** Where kubeadm has the certificate of the cluster's authority. */
export const AUTHORITY = '/etc/kubernetes/pki/ca.crt';
const KUBELET = fileURLToPath(new URL('../cluster/kubelet.mjs', import.meta.url));
const READY_LIMIT_MS = 60_000;

/** Three masters with a kubelet each, whose static pods are played; etcd and kubectl are on the client's host. */
export class ControlPlaneLab {
  readonly seed: SeedLab;
  readonly kubernetes: Kubernetes;
  readonly servers = new Map<string, ApiServer>();

  private constructor(seed: SeedLab, kubernetes: Kubernetes) {
    this.seed = seed;
    this.kubernetes = kubernetes;
  }

  static async create(): Promise<ControlPlaneLab> {
    await prepareProgram('holdfast');
    const seed = await createSeedLab(
      MASTERS.map((name, index) => ({
        name,
        interfaces: [{ name: 'eth0', addresses: [`10.1.86.${201 + index}/24`] }],
      })),
      '10.1.86.10/24',
    );
    try {
      const kubernetes = await Kubernetes.start({
        folder: `${seed.lab.network.directory}/kubernetes`,
        etcd: seed.lab.client,
        names: [VIP, 'kubernetes', ...seed.machines.map(({ host }) => host.address(4))],
      });
      const lab = new ControlPlaneLab(seed, kubernetes);
      const authority = readFileSync(kubernetes.credentials.path('ca.crt'), 'utf8');
      for (const machine of seed.machines) {
        await machine.shell('mkdir -p /etc/kubernetes/pki');
        await machine.write(AUTHORITY, authority);
        machine.services.push(() => startKubelet(machine));
        await startKubelet(machine);
      }
      return lab;
    } catch (error) {
      await seed.destroy();
      throw error;
    }
  }

  /** Starts the API server of a master, now and whenever its power comes on. */
  async startServer(name: string): Promise<ApiServer> {
    const machine = this.seed.machine(name);
    const start = async (): Promise<void> => {
      this.servers.set(name, await this.kubernetes.startServer(machine.host));
    };
    machine.services.push(start);
    await start();
    return this.server(name);
  }

  server(name: string): ApiServer {
    const server = this.servers.get(name);
    if (server === undefined) throw new RangeError(`there is no API server on ${name}`);
    return server;
  }

  destroy(): Promise<void> {
    return this.seed.destroy();
  }
}

async function startKubelet(machine: Machine): Promise<void> {
  const link = join(projectRoot(), 'bin', 'holdfast');
  await machine.shell(`mkdir -p /etc/kubernetes/manifests; ln -sf '${link}' /usr/sbin/haproxy`);
  const kubelet = await machine.host.spawn([process.execPath, KUBELET], { name: 'kubelet' });
  machine.daemon = kubelet;
  await kubelet.logContains('watching', { timeoutMs: READY_LIMIT_MS });
}

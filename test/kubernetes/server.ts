import { execFileSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { CommandResult, ExecuteOptions } from '../../src/lab/execute.ts';
import type { Host } from '../../src/lab/host.ts';
import type { HostProcess } from '../../src/lab/host-process.ts';
import { findKubernetes, findKubernetesProgram } from '../../tools/kubernetes/assets.mjs';
import { type ApiUser, Credentials } from './credentials.ts';

/** Why tests with an API server cannot run here, or false. */
export const skipKubernetes: string | false =
  process.platform !== 'linux' || process.getuid?.() !== 0
    ? 'needs root on Linux'
    : findKubernetes() === undefined
      ? 'needs an API server: node tools/setup.mjs kubernetes'
      : false;

/** The controller manager is not part of what `KUBEBUILDER_ASSETS` must have. */
export const hasControllerManager =
  skipKubernetes === false && findKubernetesProgram('kube-controller-manager') !== undefined;

/** Major and minor version of the kube-apiserver that tests run; 0 and 0 where there is none. */
export const serverVersion: readonly [major: number, minor: number] = findVersion();

/** What results are obtained with: `real 1.20`. */
export const serverLabel = `real ${serverVersion.join('.')}`;

export const API_PORT = 6443;
const ETCD_PORT = 2379;
/** Three API servers on two busy processors take half a minute to their first answer. */
const READY_MS = 180_000;
const LOOK_MS = 250;
const LOOK_LIMIT_MS = 5000;

export interface KubernetesOptions {
  /** Where files and data lie; it goes with the lab. */
  readonly folder: string;
  /** The host on which etcd runs; it must stay on. */
  readonly etcd: Host;
  /** Addresses and names by which clients come, such as a VIP and those of the servers. */
  readonly names: readonly string[];
  readonly users?: readonly ApiUser[];
}

/**
 * A real etcd, and any number of real API servers, on hosts of the lab: their processes end with their host,
 * and after a crash of the tests with the namespaces that `tools/sweep.ts` removes.
 */
export class Kubernetes {
  readonly credentials: Credentials;
  readonly #options: KubernetesOptions;
  #etcd: HostProcess | undefined;

  private constructor(options: KubernetesOptions) {
    this.#options = options;
    mkdirSync(join(options.folder, 'home'), { recursive: true });
    this.credentials = new Credentials(
      join(options.folder, 'pki'),
      options.names,
      options.users ?? [],
    );
  }

  static async start(options: KubernetesOptions): Promise<Kubernetes> {
    const kubernetes = new Kubernetes(options);
    await kubernetes.startEtcd();
    return kubernetes;
  }

  get etcd(): HostProcess {
    if (this.#etcd === undefined) throw new Error('etcd was not started');
    return this.#etcd;
  }

  /** Starts etcd, with what it knew when it was stopped. */
  async startEtcd(): Promise<void> {
    const url = this.#etcdUrl;
    const peers = url.replace(String(ETCD_PORT), String(ETCD_PORT + 1));
    this.#etcd = await this.#options.etcd.spawn(
      [
        ...[program('etcd'), '--data-dir', join(this.#options.folder, 'etcd')],
        ...['--listen-client-urls', url, '--advertise-client-urls', url],
        ...['--listen-peer-urls', peers, '--initial-advertise-peer-urls', peers],
        ...['--initial-cluster', `default=${peers}`],
      ],
      { name: 'etcd' },
    );
    await this.#etcd.logContains(/ready to serve client requests|serving .*client requests/, {
      timeoutMs: READY_MS,
    });
  }

  /** Starts an API server; `ready` waits for it. Further flags are those of kube-apiserver. */
  async startServer(host: Host, flags: readonly string[] = []): Promise<ApiServer> {
    const { credentials } = this;
    const address = host.address(4);
    const process = await host.spawn(
      [
        program('kube-apiserver'),
        `--etcd-servers=${this.#etcdUrl}`,
        `--bind-address=0.0.0.0`,
        `--advertise-address=${address}`,
        `--secure-port=${API_PORT}`,
        `--tls-cert-file=${credentials.path('server.crt')}`,
        `--tls-private-key-file=${credentials.path('server.key')}`,
        `--client-ca-file=${credentials.path('ca.crt')}`,
        `--token-auth-file=${credentials.path('tokens.csv')}`,
        '--service-account-issuer=https://kubernetes.default.svc',
        `--service-account-signing-key-file=${credentials.path('accounts.key')}`,
        `--service-account-key-file=${credentials.path('accounts.pub')}`,
        `--cert-dir=${join(host.directory, 'tmp')}`,
        '--service-cluster-ip-range=10.96.0.0/12',
        '--authorization-mode=RBAC',
        '--allow-privileged',
        // Pods need no account: nothing here runs them.
        '--disable-admission-plugins=ServiceAccount',
        ...flags,
      ],
      { name: 'kube-apiserver' },
    );
    return new ApiServer(host, process, `https://${address}:${API_PORT}`);
  }

  /** Controllers: endpoints, deployments, garbage. */
  startControllerManager(server: ApiServer, flags: readonly string[] = []): Promise<HostProcess> {
    const { credentials } = this;
    return server.host.spawn(
      [
        program('kube-controller-manager'),
        `--kubeconfig=${credentials.kubeconfig(server.url)}`,
        `--service-account-private-key-file=${credentials.path('accounts.key')}`,
        `--root-ca-file=${credentials.path('ca.crt')}`,
        `--cert-dir=${join(server.host.directory, 'tmp')}`,
        '--leader-elect=false',
        ...flags,
      ],
      { name: 'kube-controller-manager' },
    );
  }

  /** The words of `kubectl` to a server, as a user. */
  kubectlCommand(url: string, args: readonly string[], user?: string): string[] {
    const cache = join(this.#options.folder, 'home');
    const config = this.credentials.kubeconfig(url, user);
    return [program('kubectl'), `--kubeconfig=${config}`, `--cache-dir=${cache}`, ...args];
  }

  /** Types `kubectl` on a host; it must succeed. Resolves to what it printed. */
  async kubectl(
    host: Host,
    url: string,
    args: readonly string[],
    options: ExecuteOptions = {},
  ): Promise<string> {
    const result = await this.tryKubectl(host, url, args, options);
    if (result.status !== 0) throw new Error(`kubectl ${args.join(' ')}: ${result.stderr}`);
    return result.stdout;
  }

  tryKubectl(
    host: Host,
    url: string,
    args: readonly string[],
    options: ExecuteOptions & { readonly user?: string } = {},
  ): Promise<CommandResult> {
    const { user, ...rest } = options;
    return host.run(this.kubectlCommand(url, args, user), { timeoutMs: 60_000, ...rest });
  }

  get #etcdUrl(): string {
    return `http://${this.#options.etcd.address(4)}:${ETCD_PORT}`;
  }
}

/** A kube-apiserver on a host of the lab. */
export class ApiServer {
  readonly host: Host;
  readonly process: HostProcess;
  /** By the address of its host. */
  readonly url: string;

  constructor(host: Host, process: HostProcess, url: string) {
    this.host = host;
    this.process = process;
    this.url = url;
  }

  /** Waits until `/readyz` says 200 to anybody on its host. */
  async ready(): Promise<this> {
    const command = `curl --silent --fail --insecure --max-time 2 ${this.url}/readyz`;
    const limitMs = Date.now() + READY_MS;
    while ((await this.host.run(command, { timeoutMs: LOOK_LIMIT_MS })).status !== 0) {
      if (this.process.end !== undefined || Date.now() > limitMs) {
        throw new Error(`${this.process.name} is not ready\n${this.process.tail()}`);
      }
      await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
    }
    return this;
  }
}

function findVersion(): [major: number, minor: number] {
  if (skipKubernetes !== false) return [0, 0];
  const text = execFileSync(program('kube-apiserver'), ['--version'], { encoding: 'utf8' });
  const [, major, minor] = /v(\d+)\.(\d+)/.exec(text) ?? [];
  if (major === undefined || minor === undefined) throw new Error(`kube-apiserver is ${text}`);
  return [Number(major), Number(minor)];
}

function program(name: string): string {
  const path = findKubernetesProgram(name);
  if (path === undefined) throw new Error(`there is no ${name}`);
  return path;
}

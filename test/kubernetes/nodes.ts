/**
 * Three nodes of a real API server's cluster, as hosts of the lab. The test is the user with kubectl; the lab plays
 * what no program here does: kubelet (nodes say that they are ready, pods run, `kubectl logs` and `kubectl exec`
 * reach them), and the controllers that make pods of DaemonSets and EndpointSlices of pods.
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import type { Host } from '../../src/lab/host.ts';
import type { HostProcess } from '../../src/lab/host-process.ts';
import { createLab, type Lab } from '../../src/lab/lab.ts';
import { prepareProgram, projectRoot } from '../../src/lab/programs.ts';
import { testNamespace } from '../../tools/sweep.ts';
import { type ApiServer, Kubernetes, serverVersion } from './server.ts';

const NETWORK = '172.16.40';
/** Where a test wants both families. */
export const NETWORK_V6 = 'fd00:40';
const MASTER = 'master';
export const NODES = ['bs-01', 'bs-02', 'bs-03'] as const;
export type NodeName = (typeof NODES)[number];

export type Manifest = Record<string, unknown> & {
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string };
};

export class Nodes {
  readonly lab: Lab;
  readonly kubernetes: Kubernetes;
  readonly pods = new Map<string, HostProcess>();
  server: ApiServer;
  /** What users and pods reach in the place of the server. */
  front: { readonly url: string } | undefined;
  #files = 0;

  private constructor(lab: Lab, kubernetes: Kubernetes, server: ApiServer) {
    this.lab = lab;
    this.kubernetes = kubernetes;
    this.server = server;
  }

  /** seed 004's hosts and addresses; the API server on one of its own. */
  static async create({ families = [4], serverFlags = [], second = false }: NodesOptions = {}) {
    await prepareProgram('holdfast');
    const at = (last: number) => [
      {
        addresses: [
          `${NETWORK}.${last}/24`,
          ...(families.includes(6) ? [`${NETWORK_V6}::${last}/64`] : []),
        ],
      },
    ];
    const lab = await createLab({
      prefix: testNamespace('kube-'),
      families,
      hosts: [
        { name: MASTER, interfaces: at(30) },
        ...NODES.map((name, index) => ({
          name,
          interfaces: [
            ...at(35 + index),
            ...(second
              ? [{ name: 'eth1', segment: 'back', addresses: [`172.16.41.${35 + index}/24`] }]
              : []),
          ],
          sysctls: { 'net.ipv4.ip_forward': 1, 'net.ipv6.conf.all.forwarding': 1 },
        })),
      ],
      client: { interfaces: at(10) },
    });
    const kubernetes = await Kubernetes.start({
      folder: join(lab.network.directory, 'kubernetes'),
      etcd: lab.client,
      names: [`${NETWORK}.30`],
    });
    const server = await (await kubernetes.startServer(lab.host(MASTER), serverFlags)).ready();
    const nodes = new Nodes(lab, kubernetes, server);
    for (const name of NODES) await nodes.apply(nodes.#nodeObject(name));
    return nodes;
  }

  destroy(): Promise<void> {
    return this.lab.destroy();
  }

  host(name: string): Host {
    return this.lab.host(name);
  }

  /** What the user types; it must succeed. `input` is what stands before the pipe. */
  kubectl(words: string, input?: string): Promise<string> {
    const options = input === undefined ? {} : { input };
    return this.kubernetes.kubectl(this.lab.client, this.#url, words.split(' '), options);
  }

  apply(...objects: readonly object[]): Promise<string> {
    return this.kubectl('apply -f -', objects.map((one) => JSON.stringify(one)).join('\n---\n'));
  }

  async get(what: string): Promise<Record<string, unknown>> {
    return JSON.parse(await this.kubectl(`get ${what} -o json`));
  }

  /** The messages of Events, newest or not. */
  async events(): Promise<string[]> {
    const list = await this.kubectl(
      'get events -A -o jsonpath={range.items[*]}{.message}{"\\n"}{end}',
    );
    return list.split('\n').filter((line) => line !== '');
  }

  /** The DaemonSet controller and kubelet: a pod on each node, of the DaemonSet as the API server has it. */
  async runDaemonSet(name: string): Promise<void> {
    const daemonSet = (await this.get(`daemonset ${name}`)) as unknown as {
      spec: { template: { metadata: object; spec: PodSpec } };
    };
    const { metadata, spec } = daemonSet.spec.template;
    await Promise.all(
      NODES.map(async (node) => {
        const named = { ...metadata, name: `${name}-${node}`, namespace: 'default' };
        const pod = {
          apiVersion: 'v1',
          kind: 'Pod',
          metadata: named,
          spec: { ...spec, nodeName: node },
        };
        await this.apply(pod);
        await this.runPod(node, named.name, spec);
      }),
    );
  }

  /** kubelet: the container's arguments and environment, the token of its ServiceAccount, its volumes. */
  async runPod(node: NodeName, pod: string, spec: PodSpec): Promise<HostProcess> {
    const host = this.host(node);
    const program = host.path('kube-keepalived-vip');
    await host.run(['ln', '-sfn', join(projectRoot(), 'bin/holdfast'), program]);
    const [container] = spec.containers;
    assert(container !== undefined);
    // One that was there before is as good: kubelet keeps it, too.
    const kubeconfig =
      spec.serviceAccountName === ''
        ? host.path('kubeconfig')
        : await this.#accountConfig(host, spec.serviceAccountName);
    const process = await host.spawn(
      [
        ...confinement(container.securityContext),
        ...[program, ...(container.args ?? []), `--kubeconfig=${kubeconfig}`],
        // Volumes: each node's own, since hosts of the lab share the file tree.
        ...[`--config-file=${host.path('keepalived.conf')}`],
        ...[`--state-file=${host.path('state.json')}`, `--pid-file=${host.path('keepalived.pid')}`],
      ],
      { name: pod, env: { POD_NAME: pod, POD_NAMESPACE: 'default' } },
    );
    this.pods.set(node, process);
    return process;
  }

  pod(node: string): HostProcess {
    const process = this.pods.get(node);
    assert(process !== undefined, node);
    return process;
  }

  /** `kubectl logs`. */
  logs(node: string): string {
    return this.pod(node)
      .log.map(({ text }) => text)
      .join('\n');
  }

  /** `kubectl exec POD cat /etc/keepalived/keepalived.conf`. */
  conf(node: string): string {
    return readFileSync(this.host(node).path('keepalived.conf'), 'utf8');
  }

  /** The EndpointSlice controller: what a Service's port leads to, as the server has it. */
  setEndpoints(service: string, port: { name: string; port: number }, names: readonly string[]) {
    const isNew = serverVersion[0] > 1 || serverVersion[1] >= 21;
    return this.apply({
      apiVersion: `discovery.k8s.io/${isNew ? 'v1' : 'v1beta1'}`,
      ...{ kind: 'EndpointSlice', addressType: 'IPv4' },
      metadata: {
        ...{ name: `${service}-1`, namespace: 'default' },
        labels: { 'kubernetes.io/service-name': service },
      },
      ports: [{ ...port, protocol: 'TCP' }],
      endpoints: names.map((name) => ({
        addresses: [this.host(name).address(4)],
        conditions: { ready: true },
        ...(isNew ? { nodeName: name } : { topology: { 'kubernetes.io/hostname': name } }),
      })),
    });
  }

  async restartServer(): Promise<void> {
    this.server = await (await this.kubernetes.startServer(this.host(MASTER))).ready();
  }

  get #url(): string {
    return (this.front ?? this.server).url;
  }

  /** A token of an account, as the API server gives it. */
  async accountToken(host: Host, account: string): Promise<string> {
    const path = `/api/v1/namespaces/default/serviceaccounts/${account}/token`;
    const request = { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec: {} };
    const file = host.write(`request-${this.#files++}.json`, JSON.stringify(request));
    return JSON.parse(await this.kubectl(`create --raw ${path} -f ${file}`)).status.token;
  }

  async #accountConfig(host: Host, account: string): Promise<string> {
    host.write('token', await this.accountToken(host, account), 0o600);
    const cluster = {
      server: this.#url,
      'certificate-authority': this.kubernetes.credentials.path('ca.crt'),
    };
    return host.write(
      'kubeconfig',
      JSON.stringify({
        apiVersion: 'v1',
        kind: 'Config',
        clusters: [{ name: 'c', cluster }],
        users: [{ name: 'u', user: { tokenFile: host.path('token') } }],
        contexts: [{ name: 'x', context: { cluster: 'c', user: 'u' } }],
        'current-context': 'x',
      }),
    );
  }

  #nodeObject(name: NodeName): object {
    return {
      apiVersion: 'v1',
      kind: 'Node',
      metadata: { name },
      status: {
        addresses: [{ type: 'InternalIP', address: this.host(name).address(4) }],
        conditions: [{ type: 'Ready', status: 'True', reason: 'KubeletReady', message: 'played' }],
      },
    };
  }
}

export interface NodesOptions {
  readonly families?: (4 | 6)[];
  /** Further flags of the API server. */
  readonly serverFlags?: readonly string[];
  /** Whether nodes have a network besides, on eth1. */
  readonly second?: boolean;
}

export interface PodSpec {
  readonly serviceAccountName: string;
  readonly containers: readonly {
    readonly args?: readonly string[];
    readonly securityContext?: SecurityContext;
  }[];
}

interface SecurityContext {
  readonly allowPrivilegeEscalation?: boolean;
  readonly capabilities?: { readonly drop?: readonly string[]; readonly add?: readonly string[] };
}

/** The container's runtime: of root's capabilities those that the pod asks for. */
function confinement(context: SecurityContext | undefined): string[] {
  const { drop = [], add = [] } = context?.capabilities ?? {};
  if (!drop.includes('ALL')) return [];
  const left = add.map((name) => `,+${name.toLowerCase()}`).join('');
  return [
    ...['setpriv', `--bounding-set=-all${left}`, `--inh-caps=-all${left}`],
    ...(context?.allowPrivilegeEscalation === false ? ['--no-new-privs'] : []),
  ];
}

/** The objects of a file of deploy/kubernetes. */
export function readManifests(name: string): Manifest[] {
  const text = readFileSync(join(projectRoot(), 'deploy/kubernetes', name), 'utf8');
  return parseAllDocuments(text).map((document) => document.toJS() as Manifest);
}

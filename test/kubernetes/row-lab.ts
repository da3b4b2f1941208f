/** What the tests of rows share: a cluster with the DaemonSet of the manifests, backends, and a user's hands. */
import { join } from 'node:path';
import { projectRoot } from '../../src/lab/programs.ts';
import { findKubernetesProgram } from '../../tools/kubernetes/assets.mjs';
import { eventually } from '../daemon/support.ts';
import { type Manifest, NODES, Nodes, type NodesOptions, type PodSpec } from './nodes.ts';

const LIMIT_MS = 60_000;
/** Answers as its node, and says who has asked. */
const HTTP_BACKEND = `const [name, port, status] = process.argv.slice(1);
require('http').createServer((q, s) => {
  s.writeHead(q.url === '/health' ? Number(status) : 200);
  s.end(name + ' ' + q.socket.remoteAddress.replace('::ffff:', ''));
}).listen(Number(port), '::')`;
const UDP_BACKEND = `const [name, port] = process.argv.slice(1);
const socket = require('dgram').createSocket('udp4');
socket.on('message', (m, from) => socket.send(name, from.port, from.address));
socket.bind(Number(port))`;
const UDP_CLIENT = `const [address, port] = process.argv.slice(1);
const socket = require('dgram').createSocket('udp4');
socket.on('message', (m) => { console.log(String(m)); process.exit(0); });
setTimeout(() => process.exit(1), 1000);
socket.send('?', Number(port), address)`;

export class RowLab {
  readonly nodes: Nodes;

  private constructor(nodes: Nodes) {
    this.nodes = nodes;
  }

  static async create(options: NodesOptions = {}): Promise<RowLab> {
    const lab = new RowLab(await Nodes.create(options));
    const folder = join(projectRoot(), 'deploy/kubernetes');
    await lab.nodes.kubectl(`create -f ${folder}/kube-keepalived-vip.yaml`);
    await lab.setVips({});
    await lab.nodes.runDaemonSet('kube-keepalived-vip');
    await lab.everyLog('in step with default/vip-configmap');
    return lab;
  }

  everyLog(pattern: string | RegExp) {
    return Promise.all(
      NODES.map((name) => this.nodes.pod(name).logContains(pattern, { timeoutMs: LIMIT_MS })),
    );
  }

  setVips(data: Readonly<Record<string, string>>): Promise<string> {
    const metadata = { name: 'vip-configmap', namespace: 'default' };
    return this.nodes.apply({ apiVersion: 'v1', kind: 'ConfigMap', metadata, data });
  }

  service(name: string, annotations: Readonly<Record<string, string>>, spec: object) {
    return this.nodes.apply({
      ...{ apiVersion: 'v1', kind: 'Service' },
      metadata: { name, namespace: 'default', annotations },
      spec,
    });
  }

  /** The EndpointSlice controller. */
  endpoints(
    service: string,
    port: { readonly name: string; readonly port: number; readonly protocol?: string },
    names: readonly string[] = NODES,
    family: 4 | 6 = 4,
  ) {
    return this.nodes.apply({
      ...{ apiVersion: 'discovery.k8s.io/v1beta1', kind: 'EndpointSlice' },
      addressType: `IPv${family}`,
      metadata: {
        ...{ name: `${service}-v${family}`, namespace: 'default' },
        labels: { 'kubernetes.io/service-name': service },
      },
      ports: [{ protocol: 'TCP', ...port }],
      endpoints: names.map((name) => ({
        addresses: [this.nodes.host(name).address(family)],
        conditions: { ready: true },
        topology: { 'kubernetes.io/hostname': name },
      })),
    });
  }

  /** A pod's container on a node; `health`: status of its /health. */
  backend(node: string, port: number, health = 200) {
    const words = ['node', '-e', HTTP_BACKEND, node, String(port), String(health)];
    return this.nodes.host(node).spawn(words, { name: `backend ${port}` });
  }

  udpBackend(node: string, port: number) {
    const words = ['node', '-e', UDP_BACKEND, node, String(port)];
    return this.nodes.host(node).spawn(words, { name: `udp backend ${port}` });
  }

  async curl(url: string): Promise<string> {
    const { stdout } = await this.nodes.lab.client.run(['curl', '-s', '-g', '-m', '3', url]);
    return stdout;
  }

  async askUdp(address: string, port: number): Promise<string> {
    const words = ['node', '-e', UDP_CLIENT, address, String(port)];
    return (await this.nodes.lab.client.run(words)).stdout.trim();
  }

  /** Until exactly these answer, whoever is asked how often. */
  async answers(
    names: readonly string[],
    ask: () => Promise<string>,
    limitMs = LIMIT_MS,
  ): Promise<void> {
    let last: string[] = [];
    await eventually(
      async () => {
        const some: string[] = [];
        for (let count = 0; count < 9; count++) some.push((await ask()).split(' ')[0] ?? '');
        last = [...new Set(some)].sort();
        return last.join() === [...names].sort().join() ? true : undefined;
      },
      () =>
        `${last} answered, not ${names}\n${this.nodes.conf('bs-01')}\n${this.nodes.logs('bs-01')}`,
      limitMs,
    );
  }

  until<Value>(look: () => Promise<Value | undefined> | Value | undefined): Promise<Value> {
    return eventually(
      look,
      () => NODES.map((name) => this.nodes.logs(name)).join('\n\n'),
      LIMIT_MS,
    );
  }

  /** Until some Event says so. */
  event(pattern: RegExp): Promise<string> {
    return this.until(async () => (await this.nodes.events()).find((one) => pattern.test(one)));
  }

  /** Deletes the pods and starts them anew, with further arguments. */
  async restartPods(...flags: readonly string[]): Promise<void> {
    const daemonSet = (await this.nodes.get(
      'daemonset kube-keepalived-vip',
    )) as unknown as Manifest & {
      spec: { template: { spec: PodSpec } };
    };
    const { spec } = daemonSet.spec.template;
    const [container] = spec.containers;
    const containers = [{ ...container, args: [...(container?.args ?? []), ...flags] }];
    for (const name of NODES) {
      if (this.nodes.pod(name).end === undefined) await this.nodes.pod(name).stop();
      await this.nodes.runPod(name, `kube-keepalived-vip-${name}`, { ...spec, containers });
    }
    await this.everyLog('in step with default/vip-configmap');
  }

  /** `kubectl holdfast`, as kubectl runs plugins. Of kubectl's commands kubelet's part of `exec` is played. */
  async plugin(...words: readonly string[]) {
    const { lab, kubernetes, server } = this.nodes;
    const real = findKubernetesProgram('kubectl') ?? 'kubectl';
    const client = lab.client;
    const bin = client.path('bin');
    await client.run(['mkdir', '-p', bin]);
    for (const name of ['holdfast', 'kubectl-holdfast', 'kubectl_complete-holdfast'])
      await client.run(['ln', '-sfn', join(projectRoot(), 'bin/holdfast'), `${bin}/${name}`]);
    const sockets = NODES.map((name) => {
      const socket = this.nodes.host(name).path('keepalived.sock');
      return `    kube-keepalived-vip-${name}) socket=${socket} ;;\n`;
    });
    client.write(
      'bin/kubectl',
      `#!/bin/sh
# kubelet's part of: exec --namespace NAME POD --container NAME -- COMMAND...
case " $* " in
*' exec '*)
  while [ "$1" != exec ]; do shift; done
  case $4 in
${sockets.join('')}  esac
  shift 7
  HOLDFAST_SOCKET=$socket exec "$@" ;;
esac
exec '${real}' "$@"
`,
      0o755,
    );
    const env = {
      PATH: `${bin}:${process.env.PATH}`,
      KUBECONFIG: kubernetes.credentials.kubeconfig(server.url),
      HOME: client.directory,
    };
    return client.run(
      words[0] === '__complete'
        ? [`${bin}/kubectl_complete-holdfast`, ...words.slice(1)]
        : [real, 'holdfast', ...words],
      { env, timeoutMs: LIMIT_MS },
    );
  }
}

/**
 * What a kubelet does with a Pod of the API server, as far as podman does not: fields in the environment, the token,
 * and probes, of which podman 5.4 makes a curl without arguments that ends the container.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { imageOf } from '../../tools/containers/images.ts';
import { mustRun, onMachine, podman, run } from '../../tools/containers/machine.ts';
import type { Nodes } from '../kubernetes/nodes.ts';
import { API_PORT } from '../kubernetes/server.ts';

const ACCOUNT_FOLDER = '/var/run/secrets/kubernetes.io/serviceaccount';

interface EnvEntry {
  readonly name: string;
  readonly value?: string;
  readonly valueFrom?: { readonly fieldRef?: { readonly fieldPath: string } };
}

interface Probe {
  readonly httpGet: { readonly path: string; readonly port: number };
  readonly timeoutSeconds: number;
}

type ProbeName = 'livenessProbe' | 'readinessProbe';

interface ContainerSpec extends Readonly<Record<ProbeName, Probe>> {
  readonly name: string;
  readonly env?: readonly EnvEntry[];
  readonly volumeMounts?: readonly object[];
}

interface Volume {
  readonly name: string;
  readonly hostPath?: { readonly path: string; readonly type?: string };
}

interface Template {
  readonly metadata: { readonly labels: Readonly<Record<string, string>> };
  readonly spec: {
    readonly serviceAccountName: string;
    readonly containers: readonly ContainerSpec[];
    readonly volumes: readonly Volume[];
  };
}

/** A Pod of a DaemonSet on one node of the lab, in podman. */
export class PlayedPod {
  readonly name: string;
  readonly #nodes: Nodes;
  readonly #node: string;
  #container = '';
  #spec: ContainerSpec | undefined;

  constructor(nodes: Nodes, daemonSet: string, node: string) {
    this.name = `${daemonSet}-${node}`;
    this.#nodes = nodes;
    this.#node = node;
  }

  /** As the API server has the DaemonSet; the Pod is created there, too. */
  async start(daemonSet: string): Promise<void> {
    const found = await this.#nodes.get(`daemonset ${daemonSet}`);
    const { template } = found.spec as { readonly template: Template };
    const metadata = { ...template.metadata, name: this.name, namespace: 'default' };
    const pod = { apiVersion: 'v1', kind: 'Pod', metadata };
    await this.#nodes.apply({ ...pod, spec: { ...template.spec, nodeName: this.#node } });
    const secret = await this.#accountSecret(template.spec.serviceAccountName);
    const file = join(this.#nodes.lab.network.directory, `${this.name}.yaml`);
    const spec = this.#filledIn(template, secret.metadata.name);
    writeFileSync(file, `${JSON.stringify(secret)}\n---\n${JSON.stringify({ ...pod, spec })}\n`);
    const namespace = this.#nodes.host(this.#node).plan.namespace;
    mustRun(onMachine(['podman', 'kube', 'play', file], '/'), { namespace });
    this.#spec = template.spec.containers[0];
    this.#container = `${this.name}-${this.#spec?.name}`;
  }

  #filledIn({ spec }: Template, secretName: string): object {
    const fields: Readonly<Record<string, string>> = {
      'metadata.name': this.name,
      'metadata.namespace': 'default',
    };
    const containers = spec.containers.map(({ livenessProbe, readinessProbe, ...container }) => ({
      ...container,
      image: `${imageOf('kube-keepalived-vip')}:latest`,
      imagePullPolicy: 'Never',
      env: [
        ...(container.env ?? []).map(({ name, value, valueFrom }) => {
          return { name, value: value ?? fields[valueFrom?.fieldRef?.fieldPath ?? ''] ?? '' };
        }),
        { name: 'KUBERNETES_SERVICE_HOST', value: new URL(this.#nodes.server.url).hostname },
        { name: 'KUBERNETES_SERVICE_PORT', value: String(API_PORT) },
      ],
      volumeMounts: [
        ...(container.volumeMounts ?? []),
        { name: 'account', mountPath: ACCOUNT_FOLDER, readOnly: true },
      ],
    }));
    // Each node's own folders: all of them share one file tree.
    const volumes = spec.volumes.map((volume) => {
      const { hostPath } = volume;
      if (hostPath === undefined) return volume;
      const path = this.#nodes.host(this.#node).path(`.${hostPath.path}`);
      return { ...volume, hostPath: { ...hostPath, path } };
    });
    const account = { name: 'account', secret: { secretName } };
    return { ...spec, containers, volumes: [...volumes, account] };
  }

  /** The token that the API server gives the account, with its authority. */
  async #accountSecret(account: string): Promise<Secret> {
    const token = await this.#nodes.accountToken(this.#nodes.host(this.#node), account);
    const authority = this.#nodes.kubernetes.credentials.path('ca.crt');
    const data = { token, 'ca.crt': readFileSync(authority, 'utf8'), namespace: 'default' };
    const encoded = Object.entries(data).map(([key, text]) => {
      return [key, Buffer.from(text).toString('base64')] as const;
    });
    const metadata = { name: `${this.name}-token` };
    return { apiVersion: 'v1', kind: 'Secret', metadata, data: Object.fromEntries(encoded) };
  }

  logs(): string {
    const { stdout, stderr } = podman(['logs', this.#container]);
    return `${stdout}${stderr}`;
  }

  /** `kubectl exec`: what it printed; it must succeed. */
  exec(...command: readonly string[]): string {
    return mustRun(onMachine(['podman', 'exec', this.#container, ...command], '/'));
  }

  tryExec(...command: readonly string[]) {
    return run(onMachine(['podman', 'exec', this.#container, ...command], '/'));
  }

  /** A probe of the manifest, as the kubelet of the node asks it; the status that came, or 0. */
  async probe(name: ProbeName): Promise<number> {
    const probe = this.#spec?.[name];
    if (probe === undefined) throw new Error(`${this.name} has no ${name}`);
    const { httpGet, timeoutSeconds } = probe;
    const host = this.#nodes.host(this.#node);
    const url = `http://${host.address(4)}:${httpGet.port}${httpGet.path}`;
    const asked = `curl --silent --output /dev/null --write-out '%{http_code}' --max-time ${timeoutSeconds} ${url}`;
    return Number((await host.run(asked)).stdout);
  }

  stop(): void {
    mustRun(onMachine(['podman', 'pod', 'stop', '-t', '10', this.name], '/'));
  }

  again(): void {
    const namespace = this.#nodes.host(this.#node).plan.namespace;
    mustRun(onMachine(['podman', 'pod', 'start', this.name], '/'), { namespace });
  }

  /** Every process of the container at once. */
  kill(): void {
    mustRun(onMachine(['podman', 'kill', '-s', 'KILL', this.#container], '/'));
  }

  remove(): void {
    podman(['pod', 'rm', '-f', '-t', '3', this.name]);
    podman(['secret', 'rm', `${this.name}-token`]);
  }
}

interface Secret {
  readonly apiVersion: 'v1';
  readonly kind: 'Secret';
  readonly metadata: { readonly name: string };
  readonly data: Readonly<Record<string, string>>;
}

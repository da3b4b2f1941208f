/** The addresses of an installation, and who holds each, as the cluster's objects say. */
import { fieldsOf, textOf } from '../../base/json-fields.ts';
import { wrongEntries } from '../../daemon/judge-entries.ts';
import { findPods, type Installation, nameOf, type PodOnNode } from './installations.ts';
import type { Kubectl } from './run-kubectl.ts';

export interface ClusterVips {
  readonly configMap: string;
  readonly daemonSet: string;
  readonly vips: readonly Vip[];
  /** What is wrong, or may be other than it looks. */
  readonly notes: readonly string[];
}

export interface Vip {
  /** With `:`, also where the key has `-`. */
  readonly address: string;
  /** As the ConfigMap says it; null: it does not have the address (any more). */
  readonly entry: string | null;
  /** Null: no node has said that it holds it. */
  readonly holder: Holder | null;
}

export interface Holder {
  readonly node: string;
  /** Null where no pod of the DaemonSet is there. */
  readonly pod: string | null;
  readonly instance: string;
  readonly interface: string;
  readonly since: string;
  readonly why: string;
}

export async function readVips(kubectl: Kubectl, installation: Installation): Promise<ClusterVips> {
  const { namespace, name } = installation.configMap;
  const map = (which: string) =>
    kubectl.get('configmap', which, '--namespace', namespace, '--ignore-not-found');
  const [entries, status, pods] = await Promise.all([
    map(name),
    map(`${name}-status`),
    findPods(kubectl, installation),
  ]);
  return judgeVips({
    ...{ configMap: nameOf(installation), daemonSet: installation.daemonSet, pods },
    entries: entries === undefined ? undefined : dataOf(entries),
    status: status === undefined ? undefined : dataOf(status),
  });
}

export interface VipFacts {
  readonly configMap: string;
  readonly daemonSet: string;
  readonly pods: readonly PodOnNode[];
  /** Undefined: there is no such object. */
  readonly entries: Readonly<Record<string, string>> | undefined;
  readonly status: Readonly<Record<string, string>> | undefined;
}

export function judgeVips({ configMap, daemonSet, pods, entries, status }: VipFacts): ClusterVips {
  const notes: string[] = [];
  if (entries === undefined) notes.push(`there is no ConfigMap ${configMap}`);
  if (status === undefined)
    notes.push(`who holds what is not known: there is no ConfigMap ${configMap}-status`);
  if (pods.length === 0) notes.push(`DaemonSet ${daemonSet} has no pods`);
  notes.push(...wrongEntries(entries ?? {}));
  const keys = [...new Set([...Object.keys(entries ?? {}), ...Object.keys(status ?? {})])].sort();
  const vips = keys.map((key): Vip => {
    const address = key.replaceAll('-', ':');
    const holder = readHolder(status?.[key], pods);
    if (holder !== null) notes.push(...doubtsOf(address, holder, pods));
    return { address, entry: entries?.[key] ?? null, holder };
  });
  return { configMap, daemonSet, vips, notes };
}

/** What a node has written, if it is that. */
function readHolder(text: string | undefined, pods: readonly PodOnNode[]): Holder | null {
  if (text === undefined) return null;
  try {
    const fields = fieldsOf(JSON.parse(text));
    const node = textOf(fields.node);
    if (node === '') return null;
    return {
      node,
      pod: pods.find((one) => one.node === node)?.pod ?? null,
      instance: textOf(fields.instance),
      interface: textOf(fields.interface),
      since: textOf(fields.since),
      why: textOf(fields.why),
    };
  } catch {
    return null;
  }
}

/** A node that has died cannot say that it holds nothing any more. */
function doubtsOf(address: string, { node, pod }: Holder, pods: readonly PodOnNode[]): string[] {
  if (pod === null) return [`${address}: no pod runs on ${node}, which said last that it holds it`];
  const isReady = pods.some((one) => one.pod === pod && one.readiness === 'ready');
  return isReady ? [] : [`${address}: pod ${pod} on ${node}, which holds it, is not ready`];
}

function dataOf(object: unknown): Readonly<Record<string, string>> {
  const entries = Object.entries(fieldsOf(fieldsOf(object).data));
  return Object.fromEntries(entries.map(([key, value]) => [key, textOf(value)]));
}

/** Where in a cluster holdfast runs: DaemonSets, the ConfigMap of each, their pods. */
import { fieldsOf, listOf, textOf } from '../../base/json-fields.ts';
import { type Kubectl, KubectlError } from './run-kubectl.ts';

export interface Installation {
  readonly namespace: string;
  readonly daemonSet: string;
  readonly container: string;
  /** As `kubectl get pods -l` has it. */
  readonly selector: string;
  readonly configMap: { readonly namespace: string; readonly name: string };
}

export interface PodOnNode {
  readonly pod: string;
  readonly node: string;
  readonly readiness: 'ready' | 'unready';
}

const FLAG = '--services-configmap';
const OBJECT = /^([^/]+)\/([^/]+)$/;

/** `namespace`: undefined for all. `configMap`: NAMESPACE/NAME, where only that one is meant. */
export async function findInstallations(
  kubectl: Kubectl,
  { namespace, configMap }: { namespace?: string | undefined; configMap?: string | undefined },
): Promise<readonly Installation[]> {
  const where = namespace === undefined ? ['--all-namespaces'] : ['--namespace', namespace];
  const list = fieldsOf(await kubectl.get('daemonsets', ...where));
  const found = listOf(list.items)
    .flatMap((item) => readDaemonSet(item) ?? [])
    .filter((one) => configMap === undefined || nameOf(one) === configMap);
  if (found.length > 0) return found;
  const place = namespace === undefined ? 'the cluster' : `namespace ${namespace}`;
  const wanted = configMap === undefined ? FLAG : `${FLAG}=${configMap}`;
  throw new KubectlError(`no DaemonSet in ${place} has ${wanted} among its arguments`);
}

export function nameOf({ configMap }: Pick<Installation, 'configMap'>): string {
  return `${configMap.namespace}/${configMap.name}`;
}

export function readDaemonSet(raw: unknown): Installation | undefined {
  const { metadata, spec } = fieldsOf(raw);
  const { namespace, name } = fieldsOf(metadata);
  const { selector, template } = fieldsOf(spec);
  for (const each of listOf(fieldsOf(fieldsOf(template).spec).containers)) {
    const { name: container, command, args } = fieldsOf(each);
    const words = [...listOf(command), ...listOf(args)].map(textOf);
    const [, mapNamespace, mapName] = OBJECT.exec(flagOf(words) ?? '') ?? [];
    if (mapNamespace === undefined || mapName === undefined) continue;
    const labels = Object.entries(fieldsOf(fieldsOf(selector).matchLabels));
    return {
      namespace: textOf(namespace),
      daemonSet: textOf(name),
      container: textOf(container),
      selector: labels.map(([label, value]) => `${label}=${textOf(value)}`).join(','),
      configMap: { namespace: mapNamespace, name: mapName },
    };
  }
  return undefined;
}

/** `--flag=VALUE` and `--flag VALUE` alike. */
function flagOf(words: readonly string[]): string | undefined {
  for (const [index, word] of words.entries()) {
    if (word === FLAG) return words[index + 1];
    if (word.startsWith(`${FLAG}=`)) return word.slice(FLAG.length + 1);
  }
  return undefined;
}

export async function findPods(
  kubectl: Kubectl,
  { namespace, selector }: Installation,
): Promise<readonly PodOnNode[]> {
  const list = await kubectl.get('pods', '--namespace', namespace, '--selector', selector);
  return listOf(fieldsOf(list).items).map((raw) => {
    const { metadata, spec, status } = fieldsOf(raw);
    const isReady = listOf(fieldsOf(status).conditions).some((condition) => {
      const { type, status: value } = fieldsOf(condition);
      return type === 'Ready' && value === 'True';
    });
    return {
      pod: textOf(fieldsOf(metadata).name),
      node: textOf(fieldsOf(spec).nodeName),
      readiness: isReady ? 'ready' : 'unready',
    };
  });
}

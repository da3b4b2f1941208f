/** The objects of a cluster that count here, followed; and what is known of them at one moment. */
import { networkInterfaces } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { type IpAddress, parseIp } from '../../base/ip.ts';
import { fieldsOf, listOf, textOf } from '../../base/json-fields.ts';
import type { ApiClient } from '../../kubernetes/client/api-client.ts';
import { ApiError } from '../../kubernetes/client/api-error.ts';
import { Backoff } from '../../kubernetes/client/backoff.ts';
import { ResourceWatch, type WatchListener } from '../../kubernetes/client/resource-watch.ts';
import type { LocalAddress } from '../../kubernetes/reconcile/nodes.ts';
import {
  type ConfigMapObject,
  type NodeObject,
  nameOf,
  type PodObject,
  type ServiceObject,
  type SliceObject,
} from '../../kubernetes/reconcile/objects.ts';
import {
  readConfigMap,
  readEndpoints,
  readNode,
  readPod,
  readService,
  readSlice,
} from '../../kubernetes/reconcile/read-objects.ts';
import type { ClusterView } from '../../kubernetes/reconcile/reconcile.ts';
import type { KubernetesSettings } from './settings.ts';

export interface ClusterWatchParts {
  readonly client: ApiClient;
  readonly settings: KubernetesSettings;
  tell(level: 'info' | 'warning', text: string): void;
  changed(): void;
}

/** Addresses of this host are looked at so often, at most. */
const LOCAL_MS = 1000;

type Watches = readonly [
  configMap: ResourceWatch<ConfigMapObject>,
  services: ResourceWatch<ServiceObject>,
  nodes: ResourceWatch<NodeObject>,
];

export class ClusterWatch {
  readonly #parts: ClusterWatchParts;
  readonly #watches: Watches;
  #slices: ResourceWatch<readonly SliceObject[]> | undefined;
  #slicesByService: ReadonlyMap<string, readonly SliceObject[]> = new Map();
  #local: { readonly addresses: readonly LocalAddress[]; readonly untilMs: number } | undefined;
  #pod: PodObject | undefined;
  readonly #troubled = new Set<string>();

  constructor(parts: ClusterWatchParts) {
    this.#parts = parts;
    const { configMap, watchNamespace } = parts.settings;
    const inside = watchNamespace === undefined ? '' : `/namespaces/${watchNamespace}`;
    this.#watches = [
      this.#watch('the ConfigMap', {
        path: `/api/v1/namespaces/${configMap.namespace}/configmaps`,
        fieldSelector: `metadata.name=${configMap.name}`,
        trim: readConfigMap,
      }),
      this.#watch('Services', { path: `/api/v1${inside}/services`, trim: readService }),
      this.#watch('Nodes', { path: '/api/v1/nodes', trim: readNode }),
    ];
  }

  /** Begins; what goes wrong is told, and tried again. */
  run(): void {
    for (const watch of this.#watches) void watch.run();
    void this.#findPod();
    void this.#findSlices();
  }

  /** The Pod that this is; undefined as long as it is not known. */
  get pod(): PodObject | undefined {
    return this.#pod;
  }

  /** Whether the API server cannot be reached, or refuses. */
  get troubles(): readonly string[] {
    return [...this.#troubled];
  }

  hasNodeAt(address: string): boolean {
    const [, , nodes] = this.#watches;
    return [...nodes.objects.values()].some(({ addresses }) =>
      addresses.some((one) => one.address === address),
    );
  }

  /** Undefined until everything has been listed once: half of a cluster is no cluster. */
  view(): Omit<ClusterView, 'lastGood'> | undefined {
    const [configMaps, services, nodes] = this.#watches;
    const slices = this.#slices;
    const all = [...this.#watches, slices];
    if (slices === undefined || this.#pod === undefined) return undefined;
    if (all.some((watch) => watch?.state !== 'listed')) return undefined;
    return {
      configMap: configMaps.objects.get(nameOf(this.#parts.settings.configMap)),
      services: services.objects,
      slices: this.#byService([...slices.objects.values()].flat()),
      nodes: [...nodes.objects.values()],
      local: this.#localAddresses(),
    };
  }

  #watch<Value>(
    what: string,
    resource: ConstructorParameters<typeof ResourceWatch<Value>>[1],
  ): ResourceWatch<Value> {
    return new ResourceWatch(this.#parts.client, resource, this.#listener(what));
  }

  #listener(what: string): WatchListener {
    const { tell, changed } = this.#parts;
    return {
      changed,
      trouble: (error) => {
        this.#troubled.add(what);
        tell('warning', `${what} cannot be followed, what was known stays: ${error.message}`);
      },
      well: () => {
        this.#troubled.delete(what);
        tell('info', `${what} can be followed again`);
      },
    };
  }

  /** Its labels of nodes and its node do not change while it runs. */
  async #findPod(): Promise<void> {
    const { namespace, name } = this.#parts.settings.pod;
    const path = `/api/v1/namespaces/${namespace}/pods/${name}`;
    const raw = await this.#ask('its Pod', path, []);
    this.#pod = readPod(raw) ?? { namespace, name, nodeName: '', nodeSelector: {} };
    this.#parts.changed();
  }

  /**
   * The newest form of endpoints that the server has and the ServiceAccount may read. A server that has just begun
   * refuses everybody until it knows who may do what: where nothing may be read, it is asked again.
   */
  async #findSlices(): Promise<void> {
    const { watchNamespace } = this.#parts.settings;
    const inside = watchNamespace === undefined ? '' : `/namespaces/${watchNamespace}`;
    const backoff = new Backoff(Math.random);
    const listener = this.#listener('endpoints');
    let tries = 0;
    while (!(await this.#trySlices(inside)) && !(await this.#tryEndpoints(inside))) {
      const message = 'neither EndpointSlices nor Endpoints may be read';
      if (tries === 0) listener.trouble(new ApiError('refused', message, { status: 403 }));
      tries++;
      await sleep(backoff.nextMs());
    }
    if (tries > 0) listener.well();
  }

  async #trySlices(inside: string): Promise<boolean> {
    const group = await this.#ask('EndpointSlices', '/apis/discovery.k8s.io', [403, 404]);
    const versions = listOf(fieldsOf(group).versions).map((one) => textOf(fieldsOf(one).version));
    for (const version of ['v1', 'v1beta1'].filter((one) => versions.includes(one))) {
      const path = `/apis/discovery.k8s.io/${version}${inside}/endpointslices`;
      if ((await this.#ask('EndpointSlices', `${path}?limit=1`, [403, 404])) === undefined)
        continue;
      const trim = (raw: unknown): readonly SliceObject[] | undefined => {
        const slice = readSlice(raw);
        return slice && [slice];
      };
      this.#follow(this.#watch('EndpointSlices', { path, trim }));
      return true;
    }
    return false;
  }

  async #tryEndpoints(inside: string): Promise<boolean> {
    const path = `/api/v1${inside}/endpoints`;
    if ((await this.#ask('Endpoints', `${path}?limit=1`, [403, 404])) === undefined) return false;
    const why = 'EndpointSlices are not there, or not for this ServiceAccount';
    this.#parts.tell('info', `follows Endpoints: ${why}`);
    this.#follow(this.#watch('Endpoints', { path, trim: readEndpoints }));
    return true;
  }

  #follow(slices: ResourceWatch<readonly SliceObject[]>): void {
    this.#slices = slices;
    void slices.run();
  }

  /** A Service whose slices are the same ones keeps its list. */
  #byService(slices: readonly SliceObject[]): ReadonlyMap<string, readonly SliceObject[]> {
    const found = groupByService(slices);
    for (const [name, list] of found) {
      const before = this.#slicesByService.get(name);
      const isSame =
        before?.length === list.length && list.every((slice, index) => slice === before[index]);
      if (isSame && before !== undefined) found.set(name, before);
    }
    this.#slicesByService = found;
    return found;
  }

  /** A node that holds a thousand addresses is not asked for them a hundred times a second. */
  #localAddresses(): readonly LocalAddress[] {
    const nowMs = performance.now();
    if (this.#local === undefined || nowMs > this.#local.untilMs) {
      this.#local = { addresses: localAddresses(), untilMs: nowMs + LOCAL_MS };
    }
    return this.#local.addresses;
  }

  /** Until it is answered; undefined for one of the statuses. */
  async #ask(what: string, path: string, none: readonly number[]): Promise<unknown> {
    const backoff = new Backoff(Math.random);
    const listener = this.#listener(what);
    for (let tries = 0; ; tries++) {
      try {
        const answer = await this.#parts.client.ask({ path });
        if (tries > 0) listener.well();
        return answer;
      } catch (error) {
        if (!(error instanceof ApiError)) throw error;
        if (none.includes(error.status)) return undefined;
        if (tries === 0) listener.trouble(error);
        await sleep(backoff.nextMs(error.retryAfterMs));
      }
    }
  }
}

function groupByService(slices: readonly SliceObject[]): Map<string, readonly SliceObject[]> {
  const found = new Map<string, SliceObject[]>();
  for (const slice of slices) {
    const name = `${slice.namespace}/${slice.service}`;
    const list = found.get(name);
    if (list === undefined) found.set(name, [slice]);
    else list.push(slice);
  }
  return found;
}

function localAddresses(): LocalAddress[] {
  return Object.entries(networkInterfaces()).flatMap(([interfaceName, list]) =>
    (list ?? []).flatMap((one) => {
      const address: IpAddress | undefined = parseIp(one.address);
      return address === undefined ? [] : [{ interfaceName, address }];
    }),
  );
}

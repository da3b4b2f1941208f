/** From what the cluster says to what the daemon does. */
import { hostname } from 'node:os';
import type { KubernetesFigures } from '../../api/prometheus/kubernetes-table.ts';
import type { EventRecord } from '../../api/protocol.ts';
import { KnownParts } from '../../kubernetes/reconcile/known-parts.ts';
import { type Diagnosis, nameOf } from '../../kubernetes/reconcile/objects.ts';
import type { Instance, Plan } from '../../kubernetes/reconcile/plan.ts';
import type { LastGood } from '../../kubernetes/reconcile/read-entries.ts';
import { reconcile, type Settings } from '../../kubernetes/reconcile/reconcile.ts';
import { Applier } from './applier.ts';
import { ClusterWatch } from './cluster-watch.ts';
import type { DaemonLink } from './daemon-link.ts';
import { followDaemon } from './daemon-news.ts';
import { EventPoster } from './event-poster.ts';
import { readLastState } from './last-state.ts';
import type { MeasuredClient } from './measured-client.ts';
import { Measures } from './measures.ts';
import { vipsOf } from './plan-vips.ts';
import { ProxyServers } from './proxy-servers.ts';
import { ReportFile } from './report-file.ts';
import type { ServersLink } from './servers-link.ts';
import type { KubernetesChildSettings } from './settings.ts';
import { type Holding, StatusMap } from './status-map.ts';
import { Yielding } from './yielding.ts';

export interface ControllerParts {
  readonly client: MeasuredClient;
  readonly daemon: DaemonLink;
  readonly checker: ServersLink;
  readonly settings: KubernetesChildSettings;
  tell(level: 'info' | 'warning' | 'error', text: string): void;
}

/** Several events that belong together come within this time. */
const GATHER_MS = 10;
/** Of a cluster that changes all the time no more than a quarter of a processor is made. */
const GATHER_FACTOR = 3;
const GATHER_MAX_MS = 500;
/** Addresses of this host tell nobody when they change. */
const REVIEW_MS = 10_000;

export class Controller {
  readonly #parts: ControllerParts;
  readonly #cluster: ClusterWatch;
  readonly #applier: Applier;
  readonly #yielding: Yielding;
  readonly #events: EventPoster;
  readonly #known = new KnownParts();
  #lastGood: LastGood;
  #timer: NodeJS.Timeout | undefined;
  #restUntilMs = 0;
  #start: 'empty' | 'last-state' | 'synced';
  #refused: string | undefined;
  #instances: readonly Instance[] = [];
  #balances = false;
  readonly #status: StatusMap;
  /** Instances that are master here. */
  readonly #held = new Map<string, Holding>();
  readonly #measures = new Measures();
  readonly #report: ReportFile;

  constructor(parts: ControllerParts) {
    this.#parts = parts;
    const { client, daemon, checker, settings, tell } = parts;
    const last = readLastState(settings.stateFile, nameOf(settings.configMap));
    this.#lastGood = last?.good ?? {};
    this.#start = last === undefined ? 'empty' : 'last-state';
    this.#cluster = new ClusterWatch({ client, settings, tell, changed: () => this.#changed() });
    this.#applier = new Applier({
      ...{ settings, daemon, checker, tell },
      ...(settings.proxyFile !== undefined && {
        proxy: new ProxyServers(`${settings.controlSocket}.proxy`),
      }),
      applied: (plan) => this.#applied(plan),
      settled: (...how) => this.#measures.settled(...how),
      refused: (why) => {
        this.#refused = why;
      },
    });
    this.#yielding = new Yielding({ daemon, tell });
    const podName = settings.pod.name;
    this.#events = new EventPoster({
      ...{ client, tell, podName, host: hostname() },
      sent: (outcome) => this.#measures.eventSent(outcome),
    });
    this.#report = new ReportFile(settings.controlSocket, (text) => tell('warning', text));
    this.#status = new StatusMap({ client, tell, configMap: settings.configMap });
  }

  run(): void {
    this.#cluster.run();
    setInterval(() => this.#changed(), REVIEW_MS);
    void followDaemon({
      daemon: this.#parts.daemon,
      begun: ({ instances }) => {
        this.#held.clear();
        for (const { name, state, since, cause } of instances)
          if (state === 'master') this.#held.set(name, { since: since ?? '', why: cause ?? '' });
        this.#show();
      },
      happened: (event) => this.#happened(event),
    });
  }

  /** The end is near. */
  close(): void {
    this.#applier.close();
  }

  /** Why this node does not do what the cluster wants; undefined where it does, as far as it can be known. */
  unready(): string | undefined {
    if (this.#refused !== undefined)
      return `the daemon refuses the configuration: ${this.#refused}`;
    if (this.#start !== 'empty') return undefined;
    return this.#cluster.troubles.length > 0
      ? `cannot follow ${this.#cluster.troubles.join(', ')}`
      : 'nothing is known of the cluster yet';
  }

  figures(): KubernetesFigures {
    return this.#measures.figures({
      readiness: this.unready() === undefined ? 'ready' : 'unready',
      resources: this.#parts.client.figures(),
      held: this.#held,
    });
  }

  /** Whether the kernel balances anything, so that there are checks. */
  get balances(): boolean {
    return this.#balances;
  }

  /** What somebody who asks kubectl wants to know of it. */
  #happened({ kind, instance, time, text, cause, event }: EventRecord): void {
    if (instance === null) return;
    const { configMap } = this.#parts.settings;
    const object = { kind: 'ConfigMap', ...configMap } as const;
    const where = `on ${this.#node()}`;
    if (kind === 'transition') {
      const isMaster = event.to === 'master';
      if (isMaster) this.#held.set(instance, { since: time, why: cause ?? '' });
      else this.#held.delete(instance);
      if (isMaster || event.from === 'master') {
        const reason = isMaster ? 'Holding' : 'GivenUp';
        this.#events.report({ type: 'Normal', object, reason, message: `${where}: ${text}` });
      }
      this.#show();
    } else if (kind === 'rivalSeen' || kind === 'addressContested') {
      const reason = kind === 'rivalSeen' ? 'Rival' : 'Contested';
      this.#events.report({ type: 'Warning', object, reason, message: `${where}: ${text}` });
    } else if (isForeign(kind, event) && !this.#cluster.hasNodeAt(String(event.from))) {
      const who = `${event.from} is no node of this cluster`;
      const message = `${where}: ${text}; ${who}: another group has the same VRID, give one of them another`;
      this.#events.report({ type: 'Warning', object, reason: 'VridCollision', message });
    }
  }

  #show(): void {
    this.#status.show(this.#node(), this.#instances, this.#held);
  }

  #node(): string {
    return this.#cluster.pod?.nodeName || hostname();
  }

  #changed(): void {
    this.#timer ??= setTimeout(
      () => {
        this.#timer = undefined;
        const startedMs = performance.now();
        this.#reconcile();
        const endedMs = performance.now();
        this.#restUntilMs =
          endedMs + Math.min(GATHER_MAX_MS, (endedMs - startedMs) * GATHER_FACTOR);
      },
      Math.max(GATHER_MS, this.#restUntilMs - performance.now()),
    );
  }

  #reconcile(): void {
    const view = this.#cluster.view();
    const { pod } = this.#cluster;
    if (view === undefined || pod === undefined) return;
    const startedMs = performance.now();
    const known = { ...view, lastGood: this.#lastGood };
    const plan = reconcile(known, this.#settings(pod), this.#known);
    this.#measures.planned(plan, performance.now() - startedMs);
    this.#lastGood = plan.good;
    this.#events.post(plan.diagnoses);
    this.#applier.apply(plan);
  }

  #settings({
    nodeName,
    nodeSelector,
  }: {
    nodeName: string;
    nodeSelector: Settings['nodeSelector'];
  }) {
    const { configMap, vrid, casting, emptyVips, interfaceName, notify, proxyFile } =
      this.#parts.settings;
    return {
      ...{ configMap, vrid, casting, emptyVips, nodeSelector, ownNode: nodeName },
      proxyMode: proxyFile === undefined ? ('off' as const) : ('on' as const),
      ...(interfaceName !== undefined && { interfaceName }),
      ...(notify !== undefined && { notify }),
    };
  }

  #applied(plan: Plan): void {
    const { instances, diagnoses } = plan;
    const configMap = nameOf(this.#parts.settings.configMap);
    if (this.#start !== 'synced') {
      this.#start = 'synced';
      this.#parts.tell('info', `in step with ${configMap}`);
    }
    // Of a thousand addresses it takes some time to see that nothing is new.
    const isNew = JSON.stringify(instances) !== JSON.stringify(this.#instances);
    this.#instances = instances;
    this.#balances = plan.servers.some((one) => !one.proxy && one.backends.length > 0);
    if (isNew) this.#show();
    this.#report.show(() => ({
      ...{ configMap, node: this.#node(), vips: vipsOf(plan) },
      problems: diagnoses.map(wordsOf),
    }));
    this.#yielding.set(instances.filter(({ yields }) => yields).map(({ name }) => name));
  }
}

/** An advert that fits the group by its VRID alone. */
function isForeign(kind: string, event: EventRecord['event']): boolean {
  return kind === 'advertRefused' || (kind === 'advertNoted' && event.note === 'address-list');
}

function wordsOf({ object, message }: Diagnosis): string {
  const where = object.namespace === '' ? object.name : nameOf(object);
  return `${object.kind} ${where}: ${message}`;
}

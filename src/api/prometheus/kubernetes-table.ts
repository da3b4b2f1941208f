/** Metrics of the process that speaks with a cluster; it serves them at its health port. */
import type { Counts, Histogram } from '../metrics.ts';
import { byKind, type Metric, type Sample } from './entry.ts';

export interface KubernetesFigures {
  /** Whether what the cluster says is in force, as `/readyz` says it. */
  readonly readiness: 'ready' | 'unready';
  readonly residentBytes: number;
  /** When a plan came into force last, seconds since 1970. */
  readonly appliedSeconds: number | undefined;
  readonly resources: readonly ResourceFigures[];
  /** From what is known of the cluster to a plan. */
  readonly planning: Histogram;
  /** From a plan to its being in force: files, the daemon's reload, the disk. */
  readonly applying: Histogram;
  /** Plans by what became of them: `applied`, `refused` by the daemon, `failed` to reach it. */
  readonly plans: Counts;
  /** Entries of the ConfigMap that are wrong now. */
  readonly refusedEntries: number;
  /** What is wrong now, by reason as Events have it. */
  readonly problems: Counts;
  /** Events by what the API server said: `written`, `known`, `failed`. */
  readonly events: Counts;
  readonly vips: readonly VipFigures[];
}

/** What is followed of one kind of object. */
export interface ResourceFigures {
  /** As in paths: `services`, `endpointslices` … */
  readonly resource: string;
  readonly state: 'followed' | 'in trouble';
  /** Times that it was listed whole. */
  readonly lists: number;
  readonly watches: number;
  /** Lines of watches, bookmarks among them. */
  readonly events: number;
  /** Requests that came to nothing, by why: `unreachable`, `timeout`, `refused`, `garbage`. */
  readonly errors: Counts;
}

export interface VipFigures {
  readonly address: string;
  readonly instance: string;
  readonly place: 'here' | 'elsewhere';
  /** NAMESPACE/NAME of those behind it. */
  readonly services: readonly string[];
  readonly ports: number;
  /** Over all ports. */
  readonly endpoints: number;
}

type Row = Metric<KubernetesFigures>;

function ofResources(read: (resource: ResourceFigures) => readonly Sample[]) {
  return ({ resources }: KubernetesFigures): readonly Sample[] =>
    resources.flatMap((one) => labelled({ resource: one.resource }, read(one)));
}

function ofVips(read: (vip: VipFigures) => readonly Sample[]) {
  return ({ vips }: KubernetesFigures): readonly Sample[] =>
    vips.flatMap((vip) =>
      labelled({ address: vip.address, vrrp_instance: vip.instance }, read(vip)),
    );
}

function labelled(labels: Sample['labels'], samples: readonly Sample[]): readonly Sample[] {
  return samples.map((sample) => ({ ...sample, labels: { ...labels, ...sample.labels } }));
}

function one(value: number): readonly Sample[] {
  return [{ labels: {}, value }];
}

const RESOURCE_METRICS: readonly Row[] = [
  {
    name: 'holdfast_kubernetes_followed',
    type: 'gauge',
    labels: ['resource'],
    help: '1 while objects of this kind are followed, 0 where the API server does not answer or refuses.',
    samples: ofResources(({ state }) => one(state === 'followed' ? 1 : 0)),
  },
  {
    name: 'holdfast_kubernetes_lists_total',
    type: 'counter',
    labels: ['resource'],
    help: 'Times that objects were listed whole: once at the start, then once for each resync.',
    samples: ofResources(({ lists }) => one(lists)),
  },
  {
    name: 'holdfast_kubernetes_watches_total',
    type: 'counter',
    labels: ['resource'],
    help: 'Watches that were begun; the API server ends each after some minutes.',
    samples: ofResources(({ watches }) => one(watches)),
  },
  {
    name: 'holdfast_kubernetes_watch_events_total',
    type: 'counter',
    labels: ['resource'],
    help: 'What watches have told, bookmarks included.',
    samples: ofResources(({ events }) => one(events)),
  },
  {
    name: 'holdfast_kubernetes_request_errors_total',
    type: 'counter',
    labels: ['resource', 'reason'],
    help: 'Lists and watches that came to nothing, by reason; 410 Gone is none.',
    samples: ofResources(({ errors }) => byKind('reason', errors)),
  },
];

const PLAN_METRICS: readonly Row[] = [
  {
    name: 'holdfast_kubernetes_planning_duration_seconds',
    type: 'histogram',
    labels: [],
    help: 'How long it took to make a plan of what is known of the cluster.',
    samples: ({ planning }) => [{ labels: {}, value: planning }],
  },
  {
    name: 'holdfast_kubernetes_applying_duration_seconds',
    type: 'histogram',
    labels: [],
    help: 'How long it took to bring a plan into force: the file, the daemon, the disk.',
    samples: ({ applying }) => [{ labels: {}, value: applying }],
  },
  {
    name: 'holdfast_kubernetes_plans_total',
    type: 'counter',
    labels: ['outcome'],
    help: 'Plans by what became of them: applied, refused by the daemon, failed to reach it.',
    samples: ({ plans }) => byKind('outcome', plans),
  },
  {
    name: 'holdfast_kubernetes_applied_timestamp_seconds',
    type: 'gauge',
    labels: [],
    help: 'When a plan came into force last, in seconds since 1970; absent before the first.',
    samples: ({ appliedSeconds }) => (appliedSeconds === undefined ? [] : one(appliedSeconds)),
  },
  {
    name: 'holdfast_kubernetes_refused_entries',
    type: 'gauge',
    labels: [],
    help: 'Entries of the ConfigMap that are wrong now, and not carried out.',
    samples: ({ refusedEntries }) => one(refusedEntries),
  },
  {
    name: 'holdfast_kubernetes_problems',
    type: 'gauge',
    labels: ['reason'],
    help: 'What is wrong now with the ConfigMap and the Services, by the reason of its Event.',
    samples: ({ problems }) => byKind('reason', problems),
  },
  {
    name: 'holdfast_kubernetes_events_total',
    type: 'counter',
    labels: ['outcome'],
    help: 'Events for the API server: written, known to it already, failed.',
    samples: ({ events }) => byKind('outcome', events),
  },
];

const VIP_METRICS: readonly Row[] = [
  {
    name: 'holdfast_kubernetes_vip_held',
    type: 'gauge',
    labels: ['address', 'vrrp_instance'],
    help: '1 where this node is the one that holds the address, 0 where it is not.',
    samples: ofVips(({ place }) => one(place === 'here' ? 1 : 0)),
  },
  {
    name: 'holdfast_kubernetes_vip_service_info',
    type: 'gauge',
    labels: ['address', 'vrrp_instance', 'service'],
    help: 'Which Services are behind the address; always 1.',
    samples: ofVips(({ services }) =>
      services.map((service) => ({ labels: { service }, value: 1 })),
    ),
  },
  {
    name: 'holdfast_kubernetes_vip_ports',
    type: 'gauge',
    labels: ['address', 'vrrp_instance'],
    help: 'Ports of the address that lead to Services.',
    samples: ofVips(({ ports }) => one(ports)),
  },
  {
    name: 'holdfast_kubernetes_vip_endpoints',
    type: 'gauge',
    labels: ['address', 'vrrp_instance'],
    help: 'Endpoints that the ports of the address are balanced to, all ports together.',
    samples: ofVips(({ endpoints }) => one(endpoints)),
  },
];

export const KUBERNETES_METRICS: readonly Row[] = [
  {
    name: 'holdfast_kubernetes_ready',
    type: 'gauge',
    labels: [],
    help: '1 where what the cluster says is in force, 0 where it is not; /readyz says why.',
    samples: ({ readiness }) => one(readiness === 'ready' ? 1 : 0),
  },
  ...RESOURCE_METRICS,
  ...PLAN_METRICS,
  ...VIP_METRICS,
  {
    name: 'holdfast_kubernetes_resident_memory_bytes',
    type: 'gauge',
    labels: [],
    help: 'Memory of the process that speaks with the cluster.',
    samples: ({ residentBytes }) => one(residentBytes),
  },
];

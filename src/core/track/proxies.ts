/** What the proxy has said of the frontends and backends that instances track. */
import type { Micros } from '../../base/time.ts';
import type { Model } from '../../config/model/model.ts';
import type { TrackedProxy, VrrpInstanceModel } from '../../config/model/vrrp.ts';
import type { Sink } from '../machine.ts';
import type { NodeEffect, NodeInput } from '../node-types.ts';
import type { TrackerReport } from '../vrrp/types.ts';
import type { OnVerdict } from './scripts.ts';

/** What is known of all proxies of one name: a frontend and a backend may share it. */
export interface ProxyFacts {
  readonly proxy: string;
  /** Absent where nobody connects to it. `open`: clients are accepted. */
  readonly front?: 'open' | 'closed';
  /** Absent where it has none. */
  readonly servers?: ServerCounts;
}

export interface ServerCounts {
  readonly all: number;
  /** May have traffic, and were found well, or are not checked. */
  readonly up: number;
  /** Their first check is under way. */
  readonly unjudged: number;
}

type Heard =
  | { readonly kind: 'reported'; readonly proxies: readonly ProxyFacts[] }
  | { readonly kind: 'lost'; readonly detail: string };

/** For the program that takes over from this one. */
export interface ProxiesState {
  readonly heard: Heard;
  readonly told: readonly TrackerReport[];
}

export class Proxies {
  #heard: Heard = { kind: 'reported', proxies: [] };
  /** What was told last, by the name of what is tracked. */
  readonly #told = new Map<string, TrackerReport>();

  heard(
    at: Micros,
    input: Extract<NodeInput, { kind: 'proxiesReported' | 'proxyLost' }>,
    model: Model,
    out: Sink<NodeEffect>,
    onVerdict: OnVerdict,
  ): void {
    this.#heard =
      input.kind === 'proxyLost'
        ? { kind: 'lost', detail: input.detail }
        : { kind: 'reported', proxies: input.proxies };
    const tracked = model.instances.flatMap(({ trackedProxies }) => trackedProxies ?? []);
    // Several instances may track the same.
    for (const one of new Map(tracked.map((proxy) => [proxy.name, proxy])).values())
      this.#tell(at, one, out, onVerdict);
  }

  /** What is known of those that an instance tracks; from then on that is no news. */
  known({ trackedProxies }: VrrpInstanceModel): readonly TrackerReport[] {
    return (trackedProxies ?? []).flatMap((tracked) => {
      const report = judge(tracked, this.#heard) ?? this.#told.get(tracked.name);
      if (report === undefined) return [];
      this.#told.set(tracked.name, report);
      return report;
    });
  }

  exportState(): ProxiesState {
    return { heard: this.#heard, told: [...this.#told.values()] };
  }

  importState({ heard, told }: ProxiesState): void {
    this.#heard = heard;
    for (const report of told) this.#told.set(report.name, report);
  }

  #tell(at: Micros, tracked: TrackedProxy, out: Sink<NodeEffect>, onVerdict: OnVerdict): void {
    const report = judge(tracked, this.#heard);
    const last = this.#told.get(tracked.name);
    if (report === undefined || sameReport(report, last)) return;
    this.#told.set(tracked.name, report);
    const { name: proxy, verdict, detail } = report;
    if (verdict !== last?.verdict)
      out.push({ kind: 'record', event: { kind: 'proxyJudged', proxy, at, verdict, detail } });
    onVerdict(report);
  }
}

type Judgement = TrackerReport & { readonly verdict: 'up' | 'down' };

/** Undefined as long as first checks may still decide: what was known before goes on. */
function judge({ name, proxy, min }: TrackedProxy, heard: Heard): Judgement | undefined {
  const down = (detail: string): Judgement => ({ kind: 'proxy', name, verdict: 'down', detail });
  if (heard.kind === 'lost') return down(heard.detail);
  const facts = heard.proxies.find((one) => one.proxy === proxy);
  if (facts === undefined) return undefined;
  if (facts.front === 'closed') return down('it accepts no connections');
  const { servers } = facts;
  if (servers === undefined || min === 0)
    return { kind: 'proxy', name, verdict: 'up', detail: 'it accepts connections' };
  const { all, up, unjudged } = servers;
  const detail = `${up} of ${all} servers up`;
  if (up >= min) return { kind: 'proxy', name, verdict: 'up', detail };
  return up + unjudged >= min ? undefined : down(detail);
}

function sameReport(report: TrackerReport, last: TrackerReport | undefined): boolean {
  return report.verdict === last?.verdict && report.detail === last.detail;
}

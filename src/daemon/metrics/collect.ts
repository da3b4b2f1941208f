/** Puts together what the control op `metrics` answers: what was counted, and what is true now. */
import { readdirSync } from 'node:fs';
import type {
  ControlMetrics,
  GuardMetrics,
  InstanceMetrics,
  MetricsResult,
  ProcessMetrics,
} from '../../api/metrics.ts';
import { type Micros, toSeconds } from '../../base/time.ts';
import type { VrrpInstanceModel } from '../../config/model/vrrp.ts';
import { REFUSAL_COUNTERS } from '../../core/vrrp/admission.ts';
import type { Guard } from '../../core/vrrp/types.ts';
import { isRealtime } from '../../linux/process.ts';
import type { Clock } from '../../ports/clock.ts';
import { COMMIT, VERSION } from '../version.ts';
import type { VrrpProcess } from '../vrrp-process.ts';
import type { InstanceCounts } from './vrrp-metrics.ts';

export interface MetricsSources {
  readonly vrrp: Pick<VrrpProcess, 'node' | 'metrics' | 'holdings'>;
  readonly clock: Clock;
  /** Milliseconds since 1970. */
  readonly startedMs: number;
  /** What the control socket has counted. */
  control(): ControlMetrics;
  controlChildStarts(): number;
}

export function collectMetrics(sources: MetricsSources): MetricsResult {
  const { vrrp, startedMs } = sources;
  const { metrics, node } = vrrp;
  return {
    program: 'holdfast',
    version: VERSION,
    commit: COMMIT,
    nodeVersion: process.versions.node,
    pid: process.pid,
    startedSeconds: startedMs / 1000,
    serving: node.drained ? 'drained' : 'serving',
    process: processMetrics(),
    strays: node.strays(),
    timerLateness: metrics.timerLateness.figures(),
    reloads: { ...metrics.reloads },
    control: sources.control(),
    controlChildStarts: sources.controlChildStarts(),
    sideMessages: metrics.sideMessages(),
    refusalCounters: REFUSAL_COUNTERS,
    instances: instanceMetrics(sources),
    scripts: scriptMetrics(vrrp),
  };
}

function processMetrics(): ProcessMetrics {
  const { user: cpuUserUs, system: cpuSystemUs } = process.cpuUsage();
  const { rss: residentBytes, heapUsed: heapBytes } = process.memoryUsage();
  return {
    cpuUserUs,
    cpuSystemUs,
    residentBytes,
    heapBytes,
    descriptors: countDescriptors(),
    scheduling: isRealtime() ? 'realtime' : 'normal',
  };
}

function countDescriptors(): number | null {
  try {
    // One of them is the directory's own.
    return readdirSync('/proc/self/fd').length - 1;
  } catch {
    return null;
  }
}

function instanceMetrics({ vrrp, clock }: MetricsSources): InstanceMetrics[] {
  const { node, metrics } = vrrp;
  const held = vrrp.holdings.countHeld();
  const found: InstanceMetrics[] = [];
  for (const snapshot of node.snapshots()) {
    const { name, state, lastTransition } = snapshot;
    const model = node.router(name)?.model;
    if (model === undefined) continue;
    const counts = metrics.instance(name);
    // Field by field: with objects spread into it, this took six times as long.
    found.push({
      name,
      interface: model.interface,
      vrid: model.vrid,
      family: model.family,
      state,
      sinceSeconds: lastTransition === undefined ? null : wallSeconds(clock, lastTransition),
      effectivePriority: snapshot.effectivePriority,
      configuredPriority: model.priority,
      operatorPriority: snapshot.operatorPriority ?? null,
      master: state === 'master' || snapshot.master !== undefined ? 'known' : 'unknown',
      // No copy: it becomes text at once.
      statistics: snapshot.statistics as unknown as InstanceMetrics['statistics'],
      transitions: transitionsOf(counts),
      masterChanges: counts.masterChanges,
      rivals: counts.rivals.counts(),
      handovers: counts.handovers.counts(),
      addresses: addressesOf(model, counts, held.get(name) ?? 0),
      peersKnown: snapshot.peers.length,
      listenersUnknown: snapshot.strangers.length,
      guard: guardOf(vrrp.holdings.guardInForce(snapshot.guard), counts.renewals),
    });
  }
  return found;
}

function transitionsOf({ transitions }: InstanceCounts): InstanceMetrics['transitions'] {
  return [...transitions.entries()].map(([key, count]) => {
    const [from = '', to = '', cause = ''] = key.split(' ');
    return { from, to, cause, count };
  });
}

function addressesOf(
  { addresses, excludedAddresses }: VrrpInstanceModel,
  { lost, restored, contested }: InstanceCounts,
  held: number,
): InstanceMetrics['addresses'] {
  const configured = addresses.length + excludedAddresses.length;
  return { configured, held, lost, restored, contested };
}

function guardOf(guard: Guard, renewals: number): GuardMetrics {
  const { kind } = guard;
  const validityUs =
    guard.kind === 'lifetime'
      ? guard.seconds * 1_000_000
      : guard.kind === 'firewall'
        ? guard.validity
        : null;
  return { kind, validityUs, renewals };
}

/** Those of the running configuration, whether they have run or not. */
function scriptMetrics({ metrics, node }: MetricsSources['vrrp']) {
  const configured = new Set(node.model.scripts.map(({ name }) => name));
  for (const name of configured) metrics.expectScript(name);
  return metrics.scripts().filter(({ kind, name }) => kind === 'notify' || configured.has(name));
}

function wallSeconds(clock: Clock, at: Micros): number {
  return clock.wallMs() / 1000 - toSeconds((clock.now() - at) as Micros);
}

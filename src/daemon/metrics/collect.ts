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
import { findInstance } from '../../config/model/model.ts';
import type { VrrpInstanceModel } from '../../config/model/vrrp.ts';
import { planGuards } from '../../core/kernel/guard.ts';
import { refusalCounts } from '../../core/vrrp/admission.ts';
import type { Guard } from '../../core/vrrp/types.ts';
import { isRealtime } from '../../linux/process.ts';
import type { Clock } from '../../ports/clock.ts';
import { COMMIT, VERSION } from '../version.ts';
import type { VrrpProcess } from '../vrrp-process.ts';

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
    serving: metrics.serving,
    process: processMetrics(),
    strays: node.strays(),
    timerLateness: metrics.timerLateness.figures(),
    reloads: { ...metrics.reloads },
    control: sources.control(),
    controlChildStarts: sources.controlChildStarts(),
    sideMessages: {
      ...metrics.sideMessages,
      refused: metrics.sideMessagesRefused.counts(),
    },
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
  const { node } = vrrp;
  const held = vrrp.holdings.countHeld();
  const guards = planGuards(node.model);
  const found: InstanceMetrics[] = [];
  for (const snapshot of node.snapshots()) {
    const model = node.router(snapshot.name)?.model ?? findInstance(node.model, snapshot.name);
    if (model === undefined) continue;
    const { name, lastTransition } = snapshot;
    found.push({
      ...countedOf(vrrp, model),
      name,
      state: snapshot.state,
      sinceSeconds: lastTransition === undefined ? null : wallSeconds(clock, lastTransition),
      effectivePriority: snapshot.effectivePriority,
      configuredPriority: model.priority,
      master: snapshot.state === 'master' || snapshot.master !== undefined ? 'known' : 'unknown',
      statistics: { ...snapshot.statistics },
      advertsRefused: refusalCounts(snapshot.statistics),
      addresses: addressesOf(vrrp, model, held.get(name) ?? 0),
      guard: guardOf(guards.get(name), vrrp.metrics.instance(name).renewals),
    });
  }
  return found;
}

function countedOf({ metrics }: MetricsSources['vrrp'], model: VrrpInstanceModel) {
  const counts = metrics.instance(model.name);
  return {
    interface: model.interface,
    vrid: model.vrid,
    family: model.family,
    transitions: [...counts.transitions.entries()].map(([key, count]) => {
      const [from = '', to = '', cause = ''] = key.split(' ');
      return { from, to, cause, count };
    }),
    masterChanges: counts.masterChanges,
    rivals: counts.rivals.counts(),
    handovers: counts.handovers.counts(),
    peersKnown: counts.peers.size,
  };
}

function addressesOf(
  { metrics }: MetricsSources['vrrp'],
  { name, addresses, excludedAddresses }: VrrpInstanceModel,
  held: number,
): InstanceMetrics['addresses'] {
  const { lost, restored, contested } = metrics.instance(name);
  const configured = addresses.length + excludedAddresses.length;
  return { configured, held, lost, restored, contested };
}

function guardOf(guard: Guard = { kind: 'none' }, renewals: number): GuardMetrics {
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

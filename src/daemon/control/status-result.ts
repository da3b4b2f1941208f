/** The answer to `status`. */
import { hostname } from 'node:os';
import type { GuardStatus, InstanceStatus, StatusResult } from '../../api/status.ts';
import type { Micros } from '../../base/time.ts';
import { findInstance } from '../../config/model/model.ts';
import type { VrrpInstanceModel } from '../../config/model/vrrp.ts';
import type { VrrpSnapshot } from '../../core/vrrp/snapshot.ts';
import type { Guard } from '../../core/vrrp/types.ts';
import type { Clock } from '../../ports/clock.ts';
import { causeText } from '../events/event-text.ts';
import type { EventHistory } from '../events/history.ts';
import { VERSION } from '../version.ts';
import type { VrrpProcess } from '../vrrp-process.ts';

export interface StatusSources {
  readonly vrrp: Pick<VrrpProcess, 'node' | 'phase' | 'holdings'>;
  readonly clock: Clock;
  readonly history: EventHistory;
  readonly configFile: string;
  readonly startedMs: number;
  /** When the running configuration was read. */
  readonly configuredMs: number;
  readonly lastReload:
    | { readonly atMs: number; readonly outcome: 'applied' | 'refused' }
    | undefined;
}

export function statusResult(sources: StatusSources, instance: string | undefined): StatusResult {
  const { vrrp, history, configFile, startedMs, configuredMs, lastReload } = sources;
  return {
    program: 'holdfast',
    version: VERSION,
    pid: process.pid,
    host: hostname(),
    startedAt: isoOf(startedMs),
    configFile,
    configuredAt: isoOf(configuredMs),
    lastReload:
      lastReload === undefined ? null : { at: isoOf(lastReload.atMs), outcome: lastReload.outcome },
    serving: vrrp.node.drained ? 'drained' : 'serving',
    phase: vrrp.phase === 'stopping' ? 'stopping' : 'running',
    lastEvent: history.last,
    instances: instanceStatuses(sources, instance),
  };
}

function instanceStatuses(
  sources: StatusSources,
  wanted: string | undefined,
): readonly InstanceStatus[] {
  const { node } = sources.vrrp;
  const found: InstanceStatus[] = [];
  for (const snapshot of node.snapshots()) {
    if (wanted !== undefined && snapshot.name !== wanted) continue;
    const model = node.router(snapshot.name)?.model ?? findInstance(node.model, snapshot.name);
    if (model === undefined) continue;
    found.push(instanceStatus(sources, snapshot, model));
  }
  return found;
}

function instanceStatus(
  { vrrp, clock }: StatusSources,
  snapshot: VrrpSnapshot,
  model: VrrpInstanceModel,
): InstanceStatus {
  const { lastTransition, lastCause, source, effectivePriority } = snapshot;
  const held = vrrp.holdings
    .heldBy(model)
    .map(({ address, prefixLength }) => `${address}/${prefixLength}`);
  return {
    name: snapshot.name,
    state: snapshot.state,
    since: lastTransition === undefined ? null : isoOf(wallMsAt(clock, lastTransition)),
    cause: lastCause === undefined ? null : causeText(lastCause),
    priority: {
      effective: effectivePriority,
      configured: model.priority,
      override: snapshot.operatorPriority ?? null,
    },
    interface: model.interface,
    vrid: model.vrid,
    family: model.family,
    version: model.version,
    advertIntervalMs: model.advertInterval / 1000,
    source: source ?? null,
    master: masterOf(snapshot),
    addresses: {
      configured: model.addresses.length + model.excludedAddresses.length,
      held,
    },
    faults: snapshot.faults,
    departure: snapshot.departure ?? null,
    restraint: snapshot.restraint,
    guard: guardStatus(vrrp.holdings.guardInForce(snapshot.guard)),
  };
}

function masterOf(snapshot: VrrpSnapshot): InstanceStatus['master'] {
  const { state, source, effectivePriority, master, masterPriority } = snapshot;
  if (state === 'master' && source !== undefined) {
    return { address: source, priority: effectivePriority };
  }
  return master === undefined ? null : { address: master, priority: masterPriority };
}

function guardStatus(guard: Guard): GuardStatus {
  switch (guard.kind) {
    case 'none':
      return { kind: 'none' };
    case 'lifetime':
      return { kind: 'lifetime', afterMs: guard.seconds * 1000 };
    case 'firewall':
      return { kind: 'firewall', afterMs: guard.validity / 1000 };
  }
}

/** The wall clock at an instant of the monotonic one, as far as nobody has set it since. */
export function wallMsAt(clock: Clock, at: Micros): number {
  return clock.wallMs() - (clock.now() - at) / 1000;
}

function isoOf(wallMs: number): string {
  return new Date(wallMs).toISOString();
}

/**
 * What the engine does not count itself: fed from its effects and from the adapters around it. All of
 * it is additions to integers, since it happens between a packet and the answer to it.
 */
import type { Counts, Histogram, ScriptMetrics, SideMessageMetrics } from '../../api/metrics.ts';
import type { Micros } from '../../base/time.ts';
import type { NodeEffect } from '../../core/node-types.ts';
import { type ClearedState, ClearedStatistics } from '../dumps/cleared-statistics.ts';
import { DurationHistogram } from './histogram.ts';
import { Tally } from './tally.ts';

/** From a tenth of what a timer is usually late by to what costs an election. */
const LATENESS_BOUNDS_US = [
  ...[50, 100, 200, 500],
  ...[1000, 2000, 5000, 10_000, 20_000, 50_000, 100_000, 200_000, 500_000],
  ...[1_000_000, 3_000_000],
];
const SCRIPT_BOUNDS_US = [
  ...[2000, 5000, 10_000, 20_000, 50_000, 100_000, 200_000, 500_000],
  ...[1_000_000, 2_000_000, 5_000_000, 10_000_000, 30_000_000],
];
const GONE_MAX = 100;
/** Scripts and instances that a reload took away are told of no more, yet remembered up to here. */
const NAMES_MAX = 10_000;

type RecordedEvent = Extract<NodeEffect, { kind: 'record' }>['event'];
export type ScriptResult = 'success' | 'failure' | 'signalled' | 'not-started';
const SCRIPT_RESULTS: readonly ScriptResult[] = ['success', 'failure', 'signalled', 'not-started'];

export interface InstanceCounts {
  readonly transitions: Tally;
  readonly rivals: Tally<'answers' | 'adverts'>;
  readonly handovers: Tally<'taken-over' | 'nobody' | 'cut-short'>;
  masterChanges: number;
  lost: number;
  restored: number;
  contested: number;
  renewals: number;
}

interface ScriptCounts {
  readonly kind: 'track' | 'notify';
  readonly results: Tally<ScriptResult>;
  readonly durations: DurationHistogram;
  overruns: number;
  verdict: 'up' | 'down' | 'unknown';
}

/** For the program that takes over from this one. */
export interface VrrpMetricsState {
  readonly cleared?: ClearedState;
  readonly reloads: { readonly applied: number; readonly refused: number };
  readonly timerLateness: Histogram;
  readonly instances: readonly (readonly [
    name: string,
    {
      readonly tallies: Readonly<Record<'transitions' | 'rivals' | 'handovers', Counts>>;
      readonly numbers: Readonly<Record<string, number>>;
    },
  ])[];
  readonly scripts: readonly ScriptMetrics[];
}

export class VrrpMetrics {
  readonly timerLateness = new DurationHistogram(LATENESS_BOUNDS_US);
  readonly reloads = { applied: 0, refused: 0 };
  /** What dumps count from. */
  readonly cleared = new ClearedStatistics();
  /** Counted by those who send and hear them. */
  sideMessages: () => SideMessageMetrics = () => ({ sent: 0, received: 0, floods: 0, refused: {} });
  readonly #instances = new Map<string, InstanceCounts>();
  readonly #scripts = new Map<string, ScriptCounts>();
  /** Instances that a reload took away. */
  readonly #gone = new Set<string>();

  /** Everything that the engine orders comes by here. */
  effect(effect: NodeEffect): void {
    switch (effect.kind) {
      case 'record':
        this.#event(effect.event);
        return;
      case 'renewGuard':
        this.instance(effect.instance).renewals++;
        return;
      case 'openInstance':
        this.#gone.delete(effect.model.name);
        return;
      case 'closeInstance':
        this.#retire(effect.instance);
        return;
      default:
        return;
    }
  }

  /** A timer that was due at `due` ran at `now`; a wake-up that nothing was due at counts for nothing. */
  timerRan(due: Micros | undefined, now: Micros): void {
    if (due !== undefined && due <= now) this.timerLateness.observe(now - due);
  }

  addressLost(instance: string): void {
    this.instance(instance).lost++;
  }

  scriptEnded(
    script: { readonly name: string; readonly kind: 'track' | 'notify' },
    result: ScriptResult,
    tookUs: number,
  ): void {
    const counts = this.#script(script.name, script.kind);
    counts.results.add(result);
    if (result !== 'not-started') counts.durations.observe(tookUs);
  }

  /** A vrrp_script that has not run yet is told of too. */
  expectScript(name: string): void {
    this.#script(name, 'track');
  }

  instance(name: string): InstanceCounts {
    let counts = this.#instances.get(name);
    if (counts === undefined) {
      counts = {
        transitions: new Tally(),
        rivals: new Tally(['answers', 'adverts']),
        handovers: new Tally(['taken-over', 'nobody', 'cut-short']),
        masterChanges: 0,
        lost: 0,
        restored: 0,
        contested: 0,
        renewals: 0,
      };
      makeRoom(this.#instances);
      this.#instances.set(name, counts);
    }
    return counts;
  }

  exportState(): VrrpMetricsState {
    const instances = [...this.#instances].map(([name, counts]) => {
      const { transitions, rivals, handovers, ...numbers } = counts;
      const tallies = {
        transitions: transitions.counts(),
        rivals: rivals.counts(),
        handovers: handovers.counts(),
      };
      return [name, { tallies, numbers }] as const;
    });
    return {
      cleared: this.cleared.exportState(),
      reloads: { ...this.reloads },
      timerLateness: this.timerLateness.figures(),
      instances,
      scripts: this.scripts(),
    };
  }

  /** Goes on counting where another program has stopped. */
  importState({ cleared = [], ...state }: VrrpMetricsState): void {
    this.cleared.importState(cleared);
    const { reloads, timerLateness, instances, scripts } = state;
    Object.assign(this.reloads, reloads);
    this.timerLateness.importFigures(timerLateness);
    for (const [name, { tallies, numbers }] of instances) {
      const counts = this.instance(name);
      counts.transitions.importCounts(tallies.transitions);
      counts.rivals.importCounts(tallies.rivals);
      counts.handovers.importCounts(tallies.handovers);
      Object.assign(counts, numbers);
    }
    for (const { name, kind, results, overruns, verdict, durations } of scripts) {
      const counts = this.#script(name, kind);
      counts.results.importCounts(results);
      counts.overruns = overruns;
      counts.verdict = verdict ?? 'unknown';
      counts.durations.importFigures(durations);
    }
  }

  scripts(): readonly ScriptMetrics[] {
    return [...this.#scripts].map(([key, script]) => ({
      name: key.slice(key.indexOf(' ') + 1),
      kind: script.kind,
      results: script.results.counts(),
      overruns: script.overruns,
      verdict: script.kind === 'track' ? script.verdict : null,
      durations: script.durations.figures(),
    }));
  }

  /** An instance that comes back soon goes on counting; others are forgotten. */
  #retire(instance: string): void {
    this.#gone.add(instance);
    if (this.#gone.size <= GONE_MAX) return;
    for (const oldest of this.#gone) {
      this.#gone.delete(oldest);
      this.#instances.delete(oldest);
      return;
    }
  }

  #event(event: RecordedEvent): void {
    switch (event.kind) {
      case 'transition':
        this.instance(event.instance).transitions.add(
          `${event.from} ${event.to} ${event.cause.kind}`,
        );
        return;
      case 'masterChanged':
        this.instance(event.instance).masterChanges++;
        return;
      case 'handoverEnded':
        this.instance(event.instance).handovers.add(event.outcome);
        return;
      case 'addressRestored':
        this.instance(event.instance).restored++;
        return;
      case 'addressContested':
        this.instance(event.instance).contested++;
        return;
      case 'rivalSeen':
        this.instance(event.instance).rivals.add(event.how);
        return;
      case 'scriptJudged':
        this.#script(event.script, 'track').verdict = event.outcome === 'succeeded' ? 'up' : 'down';
        return;
      case 'scriptOverrun':
        this.#script(event.script, 'track').overruns++;
        return;
      default:
        return;
    }
  }

  #script(name: string, kind: 'track' | 'notify'): ScriptCounts {
    const key = `${kind} ${name}`;
    let counts = this.#scripts.get(key);
    if (counts === undefined) {
      counts = {
        kind,
        results: new Tally(SCRIPT_RESULTS),
        durations: new DurationHistogram(SCRIPT_BOUNDS_US),
        overruns: 0,
        verdict: 'unknown',
      };
      makeRoom(this.#scripts);
      this.#scripts.set(key, counts);
    }
    return counts;
  }
}

/** Thousands of reloads with ever new names cost no memory. */
function makeRoom(map: Map<string, unknown>): void {
  if (map.size < NAMES_MAX) return;
  const [oldest] = map.keys();
  if (oldest !== undefined) map.delete(oldest);
}

/** What there is to count of the controller, for Prometheus. */
import type { KubernetesFigures, ResourceFigures } from '../../api/prometheus/kubernetes-table.ts';
import type { Diagnosis } from '../../kubernetes/reconcile/objects.ts';
import type { Plan } from '../../kubernetes/reconcile/plan.ts';
import { DurationHistogram } from '../metrics/histogram.ts';
import { vipsOf } from './plan-vips.ts';

export type PlanOutcome = 'applied' | 'refused' | 'failed';
export type EventOutcome = 'written' | 'known' | 'failed';

/** From a small cluster's millisecond to a reload that hangs. */
const BOUNDS_US = [1, 5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000, 10_000].map(
  (ms) => ms * 1000,
);

export class Measures {
  readonly #planning = new DurationHistogram(BOUNDS_US);
  readonly #applying = new DurationHistogram(BOUNDS_US);
  readonly #plans: Record<PlanOutcome, number> = { applied: 0, refused: 0, failed: 0 };
  readonly #events: Record<EventOutcome, number> = { written: 0, known: 0, failed: 0 };
  #appliedSeconds: number | undefined;
  #inForce: Plan | undefined;
  #diagnoses: readonly Diagnosis[] = [];

  planned({ diagnoses }: Plan, tookMs: number): void {
    this.#planning.observe(tookMs * 1000);
    this.#diagnoses = diagnoses;
  }

  /** A plan has come to an end. */
  settled(plan: Plan, outcome: PlanOutcome, tookMs: number): void {
    this.#plans[outcome]++;
    this.#applying.observe(tookMs * 1000);
    if (outcome !== 'applied') return;
    this.#appliedSeconds = Date.now() / 1000;
    this.#inForce = plan;
  }

  eventSent(outcome: EventOutcome): void {
    this.#events[outcome]++;
  }

  /** `held`: names of the instances that are master here. */
  figures(now: {
    readonly readiness: KubernetesFigures['readiness'];
    readonly resources: readonly ResourceFigures[];
    readonly held: { has(instance: string): boolean };
  }): KubernetesFigures {
    const { readiness, resources, held } = now;
    const problems: Record<string, number> = {};
    for (const { reason } of this.#diagnoses) problems[reason] = (problems[reason] ?? 0) + 1;
    return {
      ...{ readiness, resources, problems },
      residentBytes: process.memoryUsage.rss(),
      appliedSeconds: this.#appliedSeconds,
      planning: this.#planning.figures(),
      applying: this.#applying.figures(),
      plans: { ...this.#plans },
      refusedEntries: problems.WrongEntry ?? 0,
      events: { ...this.#events },
      vips: (this.#inForce === undefined ? [] : vipsOf(this.#inForce)).map((vip) => ({
        address: vip.address,
        instance: vip.instance,
        place: held.has(vip.instance) ? ('here' as const) : ('elsewhere' as const),
        services: [...new Set(vip.ports.map(({ service }) => service))],
        ports: vip.ports.length,
        endpoints: vip.ports.reduce((sum, { endpoints }) => sum + endpoints, 0),
      })),
    };
  }
}

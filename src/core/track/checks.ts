/** What the checker process has said of the checks that instances track. */
import type { Micros } from '../../base/time.ts';
import type { VrrpInstanceModel } from '../../config/model/vrrp.ts';
import type { Sink } from '../machine.ts';
import type { NodeEffect, NodeInput } from '../node-types.ts';
import type { TrackerReport } from '../vrrp/types.ts';
import type { OnVerdict } from './scripts.ts';

/** For the program that takes over from this one. */
export type ChecksState = readonly TrackerReport[];

export class Checks {
  readonly #reports = new Map<string, TrackerReport>();

  /** The checker process repeats itself when it is started anew: that is no news. */
  judged(
    at: Micros,
    { check, verdict, detail }: Extract<NodeInput, { kind: 'checkJudged' }>,
    out: Sink<NodeEffect>,
    onVerdict: OnVerdict,
  ): void {
    const isNews = this.#reports.get(check)?.verdict !== verdict;
    const report: TrackerReport = { kind: 'check', name: check, verdict, detail };
    this.#reports.set(check, report);
    if (!isNews) return;
    out.push({ kind: 'record', event: { kind: 'checkJudged', check, at, verdict, detail } });
    onVerdict(report);
  }

  /** What is known of those that an instance tracks. */
  known({ trackedChecks }: VrrpInstanceModel): readonly TrackerReport[] {
    return trackedChecks.flatMap(({ name }) => this.#reports.get(name) ?? []);
  }

  exportState(): ChecksState {
    return [...this.#reports.values()];
  }

  importState(state: ChecksState): void {
    for (const report of state) this.#reports.set(report.name, report);
  }
}

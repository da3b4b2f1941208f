/** What scripts, interfaces, checks and the proxy do to one virtual router: weights that add up, and faults. */
import type { Tracking, VrrpInstanceModel } from '../../config/model/vrrp.ts';
import type { TrackerReport, TrackerVerdict } from './types.ts';

const PRIORITY_LOWEST = 1;
/** 255 belongs to owners; weights never lift anybody to it. */
const PRIORITY_HIGHEST = 254;
const PRIORITY_OWNER = 255;

/** What one tracker says, and what that does to the priority. */
export interface TrackerPart {
  readonly kind: TrackerReport['kind'];
  readonly name: string;
  readonly weight: number;
  readonly verdict: TrackerVerdict;
  /** In words for people; empty before the first report. */
  readonly detail: string;
  /** Added to the priority now. */
  readonly contribution: number;
}

interface Tracked {
  readonly kind: TrackerReport['kind'];
  readonly tracking: Tracking;
  report: TrackerReport | undefined;
}

type TrackedByInstance = Pick<
  VrrpInstanceModel,
  'trackedInterfaces' | 'trackedScripts' | 'trackedChecks' | 'trackedProxies'
>;

export class Trackers {
  readonly #tracked = new Map<string, Tracked>();
  /** What was said of anything, so that a tracker that a reload adds is known at once. */
  readonly #heard = new Map<string, TrackerReport>();

  configure(instance: TrackedByInstance): void {
    const { trackedInterfaces, trackedScripts, trackedChecks, trackedProxies } = instance;
    this.#tracked.clear();
    const add = (kind: TrackerReport['kind'], tracking: Tracking): void => {
      const key = trackerKey(kind, tracking.name);
      this.#tracked.set(key, { kind, tracking, report: this.#heard.get(key) });
    };
    for (const tracking of trackedInterfaces) add('interface', tracking);
    for (const tracking of trackedScripts) add('script', tracking);
    for (const tracking of trackedChecks) add('check', tracking);
    for (const tracking of trackedProxies ?? []) add('proxy', tracking);
  }

  /** Notes a verdict; says whether this instance tracks it. */
  note(report: TrackerReport): 'changed' | 'same' | 'not-tracked' {
    const key = trackerKey(report.kind, report.name);
    this.#heard.set(key, report);
    const tracked = this.#tracked.get(key);
    if (tracked === undefined) return 'not-tracked';
    const isSame = tracked.report?.verdict === report.verdict;
    tracked.report = report;
    return isSame ? 'same' : 'changed';
  }

  /** All that was ever said. */
  exportState(): readonly TrackerReport[] {
    return [...this.#heard.values()];
  }

  /** Trackers that have not said anything yet. */
  pending(): readonly string[] {
    return [...this.#tracked.values()]
      .filter(({ report }) => report === undefined)
      .map(({ tracking }) => tracking.name);
  }

  /** Reports of weight-0 trackers that count as a fault. */
  faults(): readonly TrackerReport[] {
    const faults: TrackerReport[] = [];
    for (const tracked of this.#tracked.values()) {
      if (tracked.tracking.weight === 0 && sensed(tracked) === 'down' && tracked.report) {
        faults.push(tracked.report);
      }
    }
    return faults;
  }

  parts(): readonly TrackerPart[] {
    return [...this.#tracked.values()].map((tracked) => ({
      kind: tracked.kind,
      name: tracked.tracking.name,
      weight: tracked.tracking.weight,
      verdict: tracked.report?.verdict ?? 'unknown',
      detail: tracked.report?.detail ?? '',
      contribution: contribution(tracked),
    }));
  }

  /** Base priority plus the weights in force, within 1..254; an owner's never changes. */
  effectivePriority(base: number): number {
    if (base === PRIORITY_OWNER) return base;
    let sum = base;
    for (const tracked of this.#tracked.values()) sum += contribution(tracked);
    return Math.min(PRIORITY_HIGHEST, Math.max(PRIORITY_LOWEST, sum));
  }
}

function trackerKey(kind: TrackerReport['kind'], name: string): string {
  return `${kind} ${name}`;
}

function sensed({ tracking, report }: Tracked): TrackerVerdict {
  const verdict = report?.verdict ?? 'unknown';
  if (verdict === 'unknown' || tracking.sense === 'normal') return verdict;
  return verdict === 'up' ? 'down' : 'up';
}

function contribution(tracked: Tracked): number {
  const { weight } = tracked.tracking;
  const verdict = sensed(tracked);
  if (weight > 0) return verdict === 'up' ? weight : 0;
  return verdict === 'down' ? weight : 0;
}

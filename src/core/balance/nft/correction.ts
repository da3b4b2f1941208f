/** What counts of connections make of a service's weights: fewest connections, and thresholds. */
import type { DesiredServer, DesiredService, ServerId } from '../plane.ts';
import { schedulerOf } from './schedulers.ts';
import type { CorrectedWeights } from './service-plan.ts';

export interface ServerLoad {
  readonly active: number;
  readonly inactive: number;
}

export interface Correction {
  readonly weights: CorrectedWeights;
  /** Above their upper threshold, and not yet below the lower one. */
  readonly overloaded: ReadonlySet<ServerId>;
}

/** As IPVS weighs them: an established connection is worth so many that open or close. */
const ACTIVE_WORTH = 256;
/** Whoever has too many connections still gets this part of its share, so that a surge does not hit one. */
const LEAST_PART = 1 / 8;
const PRECISION = 1024;

export function needsCounts({ scheduler, servers }: DesiredService): 'needs' | 'does not' {
  const isCounted =
    schedulerOf(scheduler)?.correction !== undefined ||
    servers.some(({ upperThreshold }) => upperThreshold > 0);
  return isCounted ? 'needs' : 'does not';
}

/** `arrivals`: new connections since the last count, of which as many are expected until the next. */
export function correctWeights(
  service: DesiredService,
  loads: ReadonlyMap<ServerId, ServerLoad>,
  arrivals: number,
  before: ReadonlySet<ServerId>,
): Correction {
  const overloaded = new Set(
    service.servers.filter((server) => isOverloaded(server, loads, before)).map(({ id }) => id),
  );
  const weights = new Map<ServerId, number>([...overloaded].map((id) => [id, 0]));
  const scheduler = schedulerOf(service.scheduler);
  const open = service.servers.filter(({ id, weight }) => weight > 0 && !overloaded.has(id));
  if (scheduler?.correction === 'overflow') {
    const full = open.filter(({ id, weight }) => (loads.get(id)?.active ?? 0) >= weight);
    // Where all have as many as they should, the heaviest gets more.
    if (full.length < open.length) for (const { id } of full) weights.set(id, 0);
  } else if (scheduler?.correction === 'even') {
    const weightOf = (server: DesiredServer): number =>
      scheduler.weights === 'equal' ? 1 : server.weight;
    for (const [id, share] of evenShares(open, weightOf, loads, arrivals)) weights.set(id, share);
  }
  return { weights, overloaded };
}

/** What each should get of the coming connections, so that all have as many for their weight. */
function evenShares(
  servers: readonly DesiredServer[],
  weightOf: (server: DesiredServer) => number,
  loads: ReadonlyMap<ServerId, ServerLoad>,
  arrivals: number,
): readonly (readonly [ServerId, number])[] {
  const rows = servers.map((server) => {
    const { active = 0, inactive = 0 } = loads.get(server.id) ?? {};
    return { id: server.id, weight: weightOf(server), load: active + inactive / ACTIVE_WORTH };
  });
  const totalWeight = rows.reduce((sum, { weight }) => sum + weight, 0);
  const totalLoad = rows.reduce((sum, { load }) => sum + load, 0);
  const coming = Math.max(arrivals, rows.length);
  const wants = rows.map(({ weight, load }) => {
    const part = weight / totalWeight;
    return Math.max(part * (totalLoad + coming) - load, part * coming * LEAST_PART);
  });
  const total = wants.reduce((sum, each) => sum + each, 0);
  return rows.map(({ id }, index) => {
    return [id, Math.max(1, Math.round(((wants[index] ?? 0) * PRECISION) / total))];
  });
}

/** Without a lower threshold a server is free again at three quarters of the upper one, as in IPVS. */
function isOverloaded(
  { id, upperThreshold, lowerThreshold }: DesiredServer,
  loads: ReadonlyMap<ServerId, ServerLoad>,
  before: ReadonlySet<ServerId>,
): boolean {
  if (upperThreshold === 0) return false;
  const { active = 0, inactive = 0 } = loads.get(id) ?? {};
  const connections = active + inactive;
  if (connections >= upperThreshold) return true;
  const lower = lowerThreshold > 0 ? lowerThreshold : (upperThreshold * 3) / 4;
  return before.has(id) && connections >= lower;
}

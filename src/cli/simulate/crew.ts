/**
 * Shares the work of a forecast among threads, each of which reads the files itself. Groups that are alike
 * are simulated once.
 */
import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import type { Source } from '../../config/lint/types.ts';
import { likenessOf, renamed } from '../../sim/forecast/alike.ts';
import {
  type ForecastOptions,
  failureSets,
  forecast,
  joined,
} from '../../sim/forecast/forecast.ts';
import { groupsOf } from '../../sim/forecast/groups.ts';
import type { ForecastNode, Group, GroupForecast } from '../../sim/forecast/types.ts';
import { type NodeSettings, readNodes } from './nodes.ts';

/** Fewer failures than this are simulated sooner than a thread has started. */
const ALONE_MAX = 150;
const THREADS_MAX = 8;
/** Of a thread's young generation: forecasts are made of what is soon forgotten. */
const YOUNG_MB = 64;

export interface Order {
  readonly sources: readonly Source[];
  readonly settings: NodeSettings;
  readonly options: ForecastOptions;
}

/** Which groups are simulated, and by which of them each is answered. */
export interface Plan {
  readonly groups: readonly Group[];
  readonly distinct: readonly Group[];
  /** For each group the index among the distinct ones. */
  readonly answers: readonly number[];
}

export function planOf(nodes: readonly ForecastNode[], { failures }: ForecastOptions): Plan {
  const groups = groupsOf(nodes);
  const known = new Map<string, number>();
  const distinct: Group[] = [];
  const answers = groups.map((group, index) => {
    // What was asked of some nodes by name is no answer for others.
    const key = typeof failures === 'string' ? likenessOf(group) : String(index);
    const at = known.get(key) ?? distinct.push(group) - 1;
    known.set(key, at);
    return at;
  });
  return { groups, distinct, answers };
}

/** The whole forecast. `file`: the bundle that a thread runs; it calls `work`. */
export async function simulateAll(
  nodes: readonly ForecastNode[],
  order: Order,
  file: string,
): Promise<readonly GroupForecast[]> {
  const plan = planOf(nodes, order.options);
  const { failures } = order.options;
  const sets = plan.distinct.map((group) => failureSets(group, failures).length);
  const count = sets.reduce((sum, one) => sum + one, 0);
  const threads = count <= ALONE_MAX ? 1 : Math.min(THREADS_MAX, availableParallelism());
  const shares =
    threads === 1
      ? [plan.distinct.map((group) => forecast(group, order.options))]
      : await Promise.all(
          Array.from({ length: threads }, (_, index) =>
            hire(file, { ...order, options: { ...order.options, share: { index, of: threads } } }),
          ),
        );
  const found = plan.distinct.map((_, at) => joined(shares.flatMap((share) => share[at] ?? [])));
  return plan.groups.flatMap((group, index) => {
    const at = plan.answers[index] ?? 0;
    const [answer, from] = [found[at], plan.distinct[at]];
    if (answer === undefined || from === undefined) return [];
    return [from === group ? answer : renamed(answer, from, group)];
  });
}

function hire(file: string, order: Order): Promise<readonly GroupForecast[]> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(file, {
      workerData: { forecastOrder: order },
      resourceLimits: { maxYoungGenerationSizeMb: YOUNG_MB },
    });
    worker.once('message', resolve);
    worker.once('error', reject);
    worker.once('exit', (code) => reject(new Error(`a thread ended with ${code}`)));
  });
}

/** What a thread does. */
export function work({ sources, settings, options }: Order): readonly GroupForecast[] {
  const { nodes } = readNodes(sources, settings);
  return planOf(nodes, options).distinct.map((group) => forecast(group, options));
}

/**
 * Shares the work of a forecast among processes, each of which reads the files itself. Groups that are
 * alike are simulated once.
 */
import { fork } from 'node:child_process';
import { availableParallelism } from 'node:os';
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

/** Fewer failures than this are simulated sooner than a process has started. */
const ALONE_MAX = 150;
const HELPERS_MAX = 8;
/** Forecasts are made of what is soon forgotten. */
const FLAGS = ['--max-semi-space-size=64'];
const HELPER = '--forecast-helper';

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

/** The whole forecast. `file`: the bundle that a helper runs. */
export async function simulateAll(
  nodes: readonly ForecastNode[],
  order: Order,
  file: string,
): Promise<readonly GroupForecast[]> {
  const plan = planOf(nodes, order.options);
  const { failures } = order.options;
  const sets = plan.distinct.map((group) => failureSets(group, failures).length);
  const count = sets.reduce((sum, one) => sum + one, 0);
  const helpers = count <= ALONE_MAX ? 1 : Math.min(HELPERS_MAX, availableParallelism());
  const shares =
    helpers === 1
      ? [plan.distinct.map((group) => forecast(group, order.options))]
      : await Promise.all(
          Array.from({ length: helpers }, (_, index) =>
            hire(file, { ...order, options: { ...order.options, share: { index, of: helpers } } }),
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

/** A process of its own: the flags of the daemon, which spare memory, would make it three times as slow. */
function hire(file: string, order: Order): Promise<readonly GroupForecast[]> {
  return new Promise((resolve, reject) => {
    const helper = fork(file, [HELPER], { execArgv: FLAGS });
    helper.once('message', (answer) => {
      resolve(answer as readonly GroupForecast[]);
      helper.disconnect();
    });
    helper.once('error', reject);
    helper.once('exit', (code) => reject(new Error(`a helper ended with ${code}`)));
    helper.send(order);
  });
}

/** Waits for its order, answers, and ends with the one who gave it. */
export function serveAsHelper(): void {
  process.once('message', (order) => process.send?.(work(order as Order)));
  process.once('disconnect', () => process.exit());
}

export function isHelper(): boolean {
  return process.send !== undefined && process.argv.includes(HELPER);
}

function work({ sources, settings, options }: Order): readonly GroupForecast[] {
  const { nodes } = readNodes(sources, settings);
  return planOf(nodes, options).distinct.map((group) => forecast(group, options));
}

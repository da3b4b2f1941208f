/** What the simulator says of a case, from the text that the hosts are given. */
import { createRng } from '../../src/base/rng.ts';
import { readKeepalivedConfig } from '../../src/config/keepalived/index.ts';
import { createMemoryFiles } from '../../src/config/keepalived/memory-files.ts';
import type { Host } from '../../src/lab/host.ts';
import { forecast } from '../../src/sim/forecast/forecast.ts';
import { groupsOf } from '../../src/sim/forecast/groups.ts';
import {
  ALLOWANCE,
  type Failure,
  type ForecastNode,
  type Outcome,
} from '../../src/sim/forecast/types.ts';
import { CHECK_SECONDS, configOf, type ForecastCase, isCheck } from './cases.ts';

/** In milliseconds. */
export interface Foretold {
  /** `gap`: how long nobody answers; `takeover`: where somebody does all the time, until another does. */
  readonly what: 'gap' | 'takeover';
  readonly least: number;
  readonly typical: number;
  readonly most: number;
  /** One advertisement interval and what finding out takes: the range is no wider. */
  readonly widthMax: number;
}

const FAILURES: Readonly<Record<ForecastCase['event'], Failure>> = {
  crash: { kind: 'crash', nodes: ['a'] },
  stop: { kind: 'stop', nodes: ['a'] },
  hang: { kind: 'hang', nodes: ['a'] },
  kill: { kind: 'kill', nodes: ['a'] },
  cable: { kind: 'cable', nodes: ['a'], subject: 'eth0' },
  mute: { kind: 'mute', nodes: ['a'] },
  partition: { kind: 'partition', nodes: ['a'] },
  script: { kind: 'script', nodes: ['a'], subject: 'healthy' },
  weight: { kind: 'script', nodes: ['a'], subject: 'healthy' },
  return: { kind: 'crash', nodes: ['a'] },
};

export function foretell(one: ForecastCase, hosts: readonly Host[]): Foretold {
  const nodes = hosts.map((host, index): ForecastNode => {
    const others = hosts.filter((other) => other !== host);
    const text = configOf(one, host, others);
    const { model } = readKeepalivedConfig(host.name, {
      files: createMemoryFiles({ [host.name]: text }),
      environment: { get: () => undefined },
      rng: createRng(1),
      hostName: host.name,
    });
    return { name: host.name, model, program: index === 0 ? one.master : one.successor };
  });
  const [group] = groupsOf(nodes);
  if (group === undefined) throw new Error('the hosts have no instance');
  const failures = [[FAILURES[one.event]]];
  const { rows } = forecast(group, { seed: 1, slowness: 2, failures });
  const outcome = rows[0]?.outcomes[0];
  if (outcome === undefined) throw new Error('nothing was foretold');
  return { ...rangeOf(one, outcome), widthMax: widthOf(one) };
}

function rangeOf(one: ForecastCase, outcome: Outcome): Omit<Foretold, 'widthMax'> {
  const late = ALLOWANCE.late / 1000;
  if (one.event === 'return') {
    const typical = outcome.mendedGap / 1000;
    return { what: 'gap', least: 0, typical, most: typical + late };
  }
  const { gap, takeover } = outcome;
  if (gap === undefined) throw new Error(`${one.event}: nobody takes over`);
  // After a stop nothing is to be found out: what counts is whether anybody is missed.
  const isGap = gap.most > 0 || one.event === 'stop';
  const range = isGap ? gap : (takeover ?? gap);
  const [least, typical] = [range.least / 1000, range.typical / 1000];
  return {
    what: isGap ? 'gap' : 'takeover',
    ...{ least, typical, most: Math.max(late, range.most / 1000) },
  };
}

/** Checks find out by their interval, silence by three adverts that do not come; a stop says so itself. */
function widthOf(one: ForecastCase): number {
  const { event, advertSeconds } = one;
  if (event === 'stop' || event === 'return') return advertSeconds * 1000;
  return (advertSeconds + (isCheck(one) ? CHECK_SECONDS : 3 * advertSeconds)) * 1000;
}

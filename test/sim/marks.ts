import type { VrrpState } from '../../src/core/vrrp/types.ts';
import type { SeedObserver } from '../../src/sim/run.ts';
import type { Step } from '../../src/sim/types.ts';

export const STATES: readonly VrrpState[] = ['init', 'backup', 'master', 'fault'];
export const INPUTS = [
  'start',
  'advertReceived',
  'linkChanged',
  'sourceChanged',
  'trackerChanged',
  'addressLost',
  'reconfigured',
  'stopRequested',
  'expire',
] as const;

/** Pairs that a node cannot bring about: a router is started once, and sleeps in init and fault. */
const IMPOSSIBLE = new Set([
  'backup start',
  'master start',
  'fault start',
  'init expire',
  'fault expire',
]);

/** Counts which input met which state. */
export class Marks implements SeedObserver {
  readonly counts = new Map<string, number>();

  onStep(step: Step): void {
    const { stimulus, before, after } = step;
    if (stimulus.kind === 'start') for (const _ of after.keys()) this.#mark('init', 'start');
    const judged = step.effects.some(
      (effect) => effect.kind === 'record' && effect.event.kind === 'scriptJudged',
    );
    for (const [name, { state }] of before) {
      const model = step.host.node?.router(name)?.model ?? step.host.model.instances[0];
      const isOwn = 'interface' in stimulus && stimulus.interface === model?.interface;
      if (judged || (stimulus.kind === 'linkChanged' && !isOwn))
        this.#mark(state, 'trackerChanged');
      if (stimulus.kind === 'advertReceived') {
        if (stimulus.advert.vrid === model?.vrid) this.#mark(state, 'advertReceived');
      } else if (stimulus.kind === 'addressesChanged') {
        if (isOwn) this.#mark(state, 'sourceChanged');
      } else if (stimulus.kind === 'linkChanged') {
        if (isOwn) this.#mark(state, 'linkChanged');
      } else if (stimulus.kind === 'addressLost') {
        if (stimulus.instance === name) this.#mark(state, 'addressLost');
      } else if (stimulus.kind === 'reconfigured') {
        if (!step.host.untouchedByReload().includes(name)) this.#mark(state, 'reconfigured');
      } else if (stimulus.kind === 'stopRequested') this.#mark(state, 'stopRequested');
      else if (stimulus.kind === 'expire' && isRouterTimer(step, name)) this.#mark(state, 'expire');
    }
  }

  #mark(state: VrrpState, input: (typeof INPUTS)[number]): void {
    const pair = `${state} ${input}`;
    this.counts.set(pair, (this.counts.get(pair) ?? 0) + 1);
  }
}

export function unreachedPairs(marks: Marks): readonly string[] {
  const pairs = STATES.flatMap((state) => INPUTS.map((input) => `${state} ${input}`));
  return pairs.filter((pair) => !IMPOSSIBLE.has(pair) && !marks.counts.has(pair));
}

function isRouterTimer({ effects }: Step, name: string): boolean {
  return effects.some((effect) => 'instance' in effect && effect.instance === name);
}
